package tsidp.endpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tsidp.client.Registrations;
import tsidp.endpoint.ClientAccess.Authenticated;
import tsidp.endpoint.TokenEndpoint.GrantType;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.jose.Signer;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.log.Log;
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;
import tsidp.token.Claims;
import tsidp.token.Resources;
import tsidp.token.SignIns;
import tsidp.token.SigningKeys;

/// The token endpoint (RFC 6749 §3.2): one pipeline for every grant type. The client is authenticated before it begins;
/// the grant type proves that there is something to redeem; then the policy is asked, the tokens are issued, and the ID
/// token is signed while the disk writes. Nothing is answered that is not on the disk.
///
/// @param grantTypes by the value of `grant_type`
public record TokenEndpoint(Map<String, GrantType> grantTypes, Supplier<Issuer> issuer, SigningKeys keys,
        Registrations registrations, SteadyClock clock, Log log)
        implements Endpoint<Authenticated> {

    /// What an answer has beside the access token.
    sealed interface Told {

        /// Of a sign-in, or the renewal of one: a refresh token and an ID token.
        ///
        /// @param nonce for the ID token; empty for none
        record IdToken(String nonce) implements Told {
        }

        /// Of a token for another audience (RFC 8693 §2.2.1).
        ///
        /// @param tellsScope whether the scope is another than the client asked for, or than that of its token
        record Exchanged(boolean tellsScope) implements Told {
        }
    }

    /// What a grant type proved.
    interface Proof {

        /// In whose name tokens may be issued.
        Person person();

        /// The resources that they may be for, before the policy is asked.
        List<String> resources();

        /// Issues the tokens, for the resources that the policy allows.
        SignIns.Issued issue(List<String> allowed) throws Refusal;

        /// What the answer says besides.
        Told told();
    }

    /// One grant type.
    public interface GrantType {

        /// Proves that there is something to redeem.
        ///
        /// @throws Refusal if there is nothing, or not for this client
        /// @throws StoreException if a revocation that this causes can't be stored
        Proof prove(Authenticated client) throws Refusal;
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
            return answer(name, grantType.prove(client), client);
        } catch (Refusal refusal) {
            throw refusal.of("client " + client.client().id());
        }
    }

    private Answer answer(String name, Proof proof, Authenticated client) throws Refusal {
        List<String> allowed = Resources.allowed(proof.person(), proof.resources());
        registrations.used(client.client().id());
        SignIns.Issued issued = proof.issue(allowed);
        var answer = new LinkedHashMap<String, JsonValue>();
        answer.put("token_type", JsonValue.of("Bearer"));
        answer.put("expires_in", JsonValue.of(issued.accessToken().lifetime().toSeconds()));
        String scope = issued.accessToken().scopes().toString();
        switch (proof.told()) {
            case Told.IdToken(String nonce) -> {
                Signer key = keys.current(client.client());
                answer.put("id_token", JsonValue.of(key.sign(new Claims(issuer.get(), clock).idToken(issued.signIn(),
                        issued.accessToken(), nonce, issued.atHash(key.algorithm())))));
                answer.put("scope", JsonValue.of(scope));
            }
            case Told.Exchanged(boolean tellsScope) -> {
                answer.put("issued_token_type", JsonValue.of(TokenExchangeGrant.ACCESS_TOKEN_TYPE));
                if (tellsScope) {
                    answer.put("scope", JsonValue.of(scope));
                }
            }
        }
        SignIns.Tokens tokens = issued.await();
        answer.put("access_token", JsonValue.of(tokens.accessToken()));
        if (!tokens.refreshToken().isEmpty()) {
            answer.put("refresh_token", JsonValue.of(tokens.refreshToken()));
        }
        log(name, client, issued);
        return new Answer.Document(200, new JsonObject(answer));
    }

    private void log(String name, Authenticated client, SignIns.Issued issued) {
        var fields = new ArrayList<Object>(List.of("grant", name, "user", issued.signIn().person().loginName(),
                "node", issued.signIn().person().peer().node().name(), "client", client.client().id(),
                "audience", String.join(" ", issued.accessToken().audience()),
                "scope", issued.accessToken().scopes()));
        issued.accessToken().act().string("sub").ifPresent(actor -> fields.addAll(List.of("actor", actor)));
        log.info("token", fields.toArray());
    }
}
