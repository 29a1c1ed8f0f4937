package tsidp.endpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import tsidp.endpoint.ClientAccess.Authenticated;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.log.Log;
import tsidp.oauth.Claims;
import tsidp.oauth.Grants;
import tsidp.oauth.Issuer;
import tsidp.oauth.OAuthError;
import tsidp.oauth.Refusal;
import tsidp.oauth.SigningKeys;
import tsidp.store.StoreException;

/// The token endpoint (RFC 6749 §3.2): one pipeline for every grant. The client is authenticated before it begins; the
/// grant redeems; then the ID token is signed while the disk writes, and nothing is answered that is not on the disk.
public final class TokenEndpoint implements Endpoint<Authenticated> {

    /// What a grant redeemed.
    ///
    /// @param nonce for the ID token; empty for none
    record Redeemed(Grants.Issued issued, String nonce, boolean wantsAuthTime) {
    }

    /// One grant type: proves one thing and redeems it.
    interface GrantType {

        /// Redeems what the parameters hold.
        ///
        /// @throws Refusal if there is nothing to redeem, or not for this client
        Redeemed redeem(Authenticated client) throws Refusal;
    }

    private final Map<String, GrantType> grantTypes;
    private final Supplier<Issuer> issuer;
    private final SigningKeys keys;
    private final Log log;

    /// An endpoint of those grant types, by the value of `grant_type`.
    TokenEndpoint(Map<String, GrantType> grantTypes, Supplier<Issuer> issuer, SigningKeys keys, Log log) {
        this.grantTypes = Map.copyOf(grantTypes);
        this.issuer = issuer;
        this.keys = keys;
        this.log = log;
    }

    /// The endpoint as it is served.
    public static TokenEndpoint of(CodeGrant code, RefreshGrant refresh, Supplier<Issuer> issuer, SigningKeys keys,
            Log log) {
        return new TokenEndpoint(Map.of("authorization_code", code, "refresh_token", refresh), issuer, keys, log);
    }

    @Override
    public Answer answer(Request request, Authenticated client) throws Refusal {
        String name = client.parameters().require("grant_type");
        GrantType grantType = grantTypes.get(name);
        if (grantType == null) {
            throw new Refusal(OAuthError.UNSUPPORTED_GRANT_TYPE, "this grant_type is not supported");
        }
        Redeemed redeemed = grantType.redeem(client);
        Grants.Issued issued = redeemed.issued();
        String idToken = keys.current().sign(new Claims(issuer.get(), this::fault)
                .idToken(issued.grant(), issued.accessToken(), redeemed.nonce(), redeemed.wantsAuthTime()));
        awaitDurable(issued);
        log.info("token", "grant", name, "user", issued.grant().person().loginName(),
                "node", issued.grant().person().peer().node().name(), "client", client.client().id(),
                "scope", issued.accessToken().scopes());
        return new Answer.Document(200, document(issued, idToken));
    }

    private static JsonObject document(Grants.Issued issued, String idToken) {
        var answer = new LinkedHashMap<String, JsonValue>();
        answer.put("access_token", JsonValue.of(issued.accessTokenText()));
        answer.put("token_type", JsonValue.of("Bearer"));
        answer.put("expires_in", JsonValue.of(Grants.ACCESS_TOKEN_LIFETIME.toSeconds()));
        answer.put("id_token", JsonValue.of(idToken));
        answer.put("refresh_token", JsonValue.of(issued.refreshTokenText()));
        answer.put("scope", JsonValue.of(issued.accessToken().scopes().toString()));
        return new JsonObject(answer);
    }

    private void awaitDurable(Grants.Issued issued) throws Refusal {
        try {
            issued.receipt().await();
        } catch (StoreException e) {
            log.error("store", "fault", e.getMessage());
            throw new Refusal(OAuthError.TEMPORARILY_UNAVAILABLE, "the tokens can't be stored", e.getMessage());
        }
    }

    private void fault(String sentence) {
        log.warn("grant", "fault", sentence);
    }
}
