package tsidp.endpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Supplier;
import tsidp.client.ResponseMode;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.jose.Algorithm;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.protocol.Issuer;
import tsidp.protocol.Scopes;
import tsidp.token.Session;

/// The server's metadata: OpenID Connect Discovery §3 and RFC 8414 §2. Lists only what is served.
///
/// @param isOpenId whether it is `/.well-known/openid-configuration`, not `/.well-known/oauth-authorization-server`
public record MetadataEndpoint(Supplier<Issuer> issuer, boolean enablesSts, boolean isOpenId)
        implements Endpoint<Anyone> {

    private static final List<String> AUTHENTICATION_METHODS =
            List.of("client_secret_post", "client_secret_basic", "none");

    @Override
    public Answer answer(Request request, Anyone anyone) {
        Issuer us = issuer.get();
        var metadata = new LinkedHashMap<String, JsonValue>();
        metadata.put("issuer", JsonValue.of(us.url()));
        metadata.put("authorization_endpoint", JsonValue.of(us.url("/authorize")));
        metadata.put("token_endpoint", JsonValue.of(us.url("/token")));
        metadata.put("userinfo_endpoint", JsonValue.of(us.url("/userinfo")));
        metadata.put("introspection_endpoint", JsonValue.of(us.url("/introspect")));
        metadata.put("revocation_endpoint", JsonValue.of(us.url("/revoke")));
        if (!request.caller().isFunnel()) {
            metadata.put("registration_endpoint", JsonValue.of(us.url("/register")));
        }
        metadata.put("jwks_uri", JsonValue.of(us.url("/.well-known/jwks.json")));
        metadata.put("scopes_supported", JsonValue.of(Scopes.SUPPORTED));
        metadata.put("response_types_supported", JsonValue.of(List.of("code")));
        metadata.put("response_modes_supported", JsonValue.of(ResponseMode.SUPPORTED));
        metadata.put("grant_types_supported", JsonValue.of(enablesSts
                ? List.of("authorization_code", "refresh_token", TokenExchangeGrant.NAME)
                : List.of("authorization_code", "refresh_token")));
        metadata.put("token_endpoint_auth_methods_supported", JsonValue.of(AUTHENTICATION_METHODS));
        metadata.put("introspection_endpoint_auth_methods_supported",
                JsonValue.of(List.of("client_secret_post", "client_secret_basic")));
        metadata.put("revocation_endpoint_auth_methods_supported", JsonValue.of(AUTHENTICATION_METHODS));
        metadata.put("code_challenge_methods_supported", JsonValue.of(List.of("plain", "S256")));
        metadata.put("authorization_response_iss_parameter_supported", JsonValue.of(true));
        if (isOpenId) {
            putOpenId(metadata, us);
        } else {
            metadata.put("resource_indicators_supported", JsonValue.of(true));
        }
        return new Answer.PublicDocument(new JsonObject(metadata));
    }

    private static void putOpenId(LinkedHashMap<String, JsonValue> metadata, Issuer us) {
        metadata.put("end_session_endpoint", JsonValue.of(us.url("/logout")));
        metadata.put("backchannel_logout_supported", JsonValue.of(true));
        metadata.put("backchannel_logout_session_supported", JsonValue.of(true));
        metadata.put("subject_types_supported", JsonValue.of(List.of("public")));
        metadata.put("id_token_signing_alg_values_supported", JsonValue.of(Algorithm.names()));
        metadata.put("claims_supported", JsonValue.of(List.of("sub", "aud", "exp", "iat", "iss", "jti", "nbf", "nonce",
                "at_hash", "auth_time", "acr", "amr", "sid", "azp", "email", "preferred_username", "picture", "name",
                "given_name", "family_name", "username", "groups", "key", "addresses", "nid", "node", "tailnet",
                "uid")));
        metadata.put("acr_values_supported", JsonValue.of(List.of(Session.ACR)));
        metadata.put("prompt_values_supported",
                JsonValue.of(List.of("none", "login", "consent", "select_account", "create")));
        metadata.put("claims_parameter_supported", JsonValue.of(false));
        metadata.put("request_parameter_supported", JsonValue.of(false));
        metadata.put("request_uri_parameter_supported", JsonValue.of(false));
    }
}
