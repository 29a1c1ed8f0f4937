package tsidp.endpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tsidp.endpoint.ClientAccess.Authenticated;
import tsidp.endpoint.TokenEndpoint.GrantType;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.log.Log;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;
import tsidp.token.Claims;
import tsidp.token.SignIns;
import tsidp.token.SigningKeys;

/// The token endpoint (RFC 6749 §3.2): one pipeline for every grant type. The client is authenticated before it begins;
/// the grant type redeems; then the ID token is signed while the disk writes, and nothing is answered that is not on
/// the disk.
///
/// @param grantTypes by the value of `grant_type`
public record TokenEndpoint(Map<String, GrantType> grantTypes, Supplier<Issuer> issuer, SigningKeys keys,
        SteadyClock clock, Log log) implements Endpoint<Authenticated> {

    /// What a grant type redeemed.
    sealed interface Redeemed {

        /// The tokens.
        SignIns.Issued issued();

        /// A log-in, or the renewal of one: it has an ID token.
        ///
        /// @param nonce for the ID token; empty for none
        record LogIn(SignIns.Issued issued, String nonce, boolean wantsAuthTime) implements Redeemed {
        }

        /// A token for another audience (RFC 8693 §2.2.1).
        ///
        /// @param tellsScope whether the scope is another than the client asked for
        record Exchange(SignIns.Issued issued, boolean tellsScope) implements Redeemed {
        }
    }

    /// One grant type: proves one thing and redeems it.
    public interface GrantType {

        /// Redeems what the parameters hold.
        ///
        /// @throws Refusal if there is nothing to redeem, or not for this client
        /// @throws StoreException if what was redeemed can't be stored
        Redeemed redeem(Authenticated client) throws Refusal, StoreException;
    }

    public TokenEndpoint {
        grantTypes = Map.copyOf(grantTypes);
    }

    @Override
    public Answer answer(Request request, Authenticated client) throws Refusal {
        String name = client.parameters().require("grant_type");
        GrantType grantType = grantTypes.get(name);
        if (grantType == null) {
            throw new Refusal(OAuthError.UNSUPPORTED_GRANT_TYPE, "this grant_type is not supported");
        }
        try {
            Redeemed redeemed = grantType.redeem(client);
            JsonObject document = document(redeemed);
            redeemed.issued().receipt().await();
            log(name, client, redeemed.issued());
            return new Answer.Document(200, document);
        } catch (StoreException e) {
            log.error("store", "fault", e.getMessage());
            throw new Refusal(OAuthError.TEMPORARILY_UNAVAILABLE, "the tokens can't be stored",
                    e.getMessage() + ", client " + client.client().id());
        } catch (Refusal refusal) {
            throw refusal.of("client " + client.client().id());
        }
    }

    private void log(String name, Authenticated client, SignIns.Issued issued) {
        var fields = new ArrayList<Object>(List.of("grant", name, "user", issued.signIn().person().loginName(),
                "node", issued.signIn().person().peer().node().name(), "client", client.client().id(),
                "audience", String.join(" ", issued.accessToken().audience()),
                "scope", issued.accessToken().scopes()));
        issued.accessToken().act().string("sub").ifPresent(actor -> fields.addAll(List.of("actor", actor)));
        log.info("token", fields.toArray());
    }

    private JsonObject document(Redeemed redeemed) throws Refusal {
        SignIns.Issued issued = redeemed.issued();
        var answer = new LinkedHashMap<String, JsonValue>();
        answer.put("access_token", JsonValue.of(issued.accessTokenText()));
        answer.put("token_type", JsonValue.of("Bearer"));
        answer.put("expires_in", JsonValue.of(issued.accessToken().lifetime().toSeconds()));
        switch (redeemed) {
            case Redeemed.LogIn(var _, String nonce, boolean wantsAuthTime) -> {
                var claims = new Claims(issuer.get(), clock, log.faults("grant"));
                answer.put("id_token", JsonValue.of(keys.current()
                        .sign(claims.idToken(issued.signIn(), issued.accessToken(), nonce, wantsAuthTime))));
                answer.put("refresh_token", JsonValue.of(issued.refreshTokenText()));
                answer.put("scope", JsonValue.of(issued.accessToken().scopes().toString()));
            }
            case Redeemed.Exchange(var _, boolean tellsScope) -> {
                answer.put("issued_token_type", JsonValue.of(TokenExchangeGrant.ACCESS_TOKEN_TYPE));
                if (tellsScope) {
                    answer.put("scope", JsonValue.of(issued.accessToken().scopes().toString()));
                }
            }
        }
        return new JsonObject(answer);
    }
}
