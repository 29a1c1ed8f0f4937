package tsidp.fake;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tsidp.client.Client;
import tsidp.jose.JoseException;
import tsidp.jose.Jws;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;

/// An application that signs a person in: what it sends where, unless a test says otherwise. Parameters are alternating
/// names and values; an empty value removes the parameter.
public final class RelyingParty {

    private final Browser browser;
    private final Client client;

    /// An application that a person opens with a browser.
    public RelyingParty(Browser browser, Client client) {
        this.browser = browser;
        this.client = client;
    }

    /// The client that it is.
    public Client client() {
        return client;
    }

    /// The parameters of an authorization request.
    public Map<String, String> request(String... others) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("response_type", "code");
        parameters.put("client_id", client.id());
        parameters.put("redirect_uri", client.redirectUris().getFirst());
        parameters.put("scope", "openid email profile");
        parameters.put("state", "a state");
        parameters.put("nonce", "a nonce");
        return with(parameters, others);
    }

    /// Sends the browser to /authorize.
    public Reply authorize(String... others) {
        return browser.get("/authorize", request(others));
    }

    /// A code from a sign-in.
    public String code(String... others) {
        Reply reply = authorize(others);
        String code = reply.status() == 302 ? reply.parameters().get("code") : null;
        if (code == null) {
            throw new AssertionError("no code: " + reply);
        }
        return code;
    }

    /// The parameters of a token request, the credentials in the body.
    public Map<String, String> redemption(String code, String... others) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("grant_type", "authorization_code");
        parameters.put("code", code);
        parameters.put("redirect_uri", client.redirectUris().getFirst());
        return with(credentials(parameters), others);
    }

    /// Redeems a code at /token.
    public Reply redeem(String code, String... others) {
        return browser.post("/token", redemption(code, others));
    }

    /// The tokens of a complete sign-in.
    public Reply login(String... others) {
        Reply reply = redeem(code(others));
        if (reply.status() != 200) {
            throw new AssertionError("no tokens: " + reply);
        }
        return reply;
    }

    /// Redeems a refresh token at /token.
    public Reply refresh(String refreshToken, String... others) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("grant_type", "refresh_token");
        parameters.put("refresh_token", refreshToken);
        return browser.post("/token", with(credentials(parameters), others));
    }

    /// Asks /userinfo with an access token.
    public Reply userInfo(String accessToken) {
        return browser.get("/userinfo", "Authorization", "Bearer " + accessToken);
    }

    /// Asks /introspect about a token.
    public Reply introspect(String token) {
        return browser.post("/introspect", credentials(new LinkedHashMap<>(Map.of("token", token))));
    }

    /// The claims of an ID token, whose signature is verified with the published key.
    public JsonObject claims(Reply tokens) {
        try {
            JsonObject jwks = browser.get("/.well-known/jwks.json").json();
            List<JsonObject> keys = jwks.array("keys").orElseThrow().values().stream()
                    .map(key -> (JsonObject) key).toList();
            return Jws.verify(tokens.string("id_token"), keys);
        } catch (JoseException e) {
            throw new AssertionError(tokens.toString(), e);
        }
    }

    /// The header of a token.
    public static JsonObject header(String token) throws Exception {
        return JsonReader.readObject(Base64.getUrlDecoder().decode(token.substring(0, token.indexOf('.'))));
    }

    /// The value of `Authorization` for HTTP Basic (RFC 6749 §2.3.1).
    public static String basic(String id, String secret) {
        String pair = Browser.encode(id) + ":" + Browser.encode(secret);
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private Map<String, String> credentials(Map<String, String> parameters) {
        parameters.put("client_id", client.id());
        if (!client.secret().isEmpty()) {
            parameters.put("client_secret", client.secret());
        }
        return parameters;
    }

    private static Map<String, String> with(Map<String, String> parameters, String... others) {
        for (int i = 0; i < others.length; i += 2) {
            if (others[i + 1].isEmpty()) {
                parameters.remove(others[i]);
            } else {
                parameters.put(others[i], others[i + 1]);
            }
        }
        return parameters;
    }
}
