package tsidp.demo;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tsidp.client.Client;
import tsidp.jose.Base64Url;
import tsidp.jose.JoseException;
import tsidp.jose.Jws;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.protocol.Secrets;

/// The application's side of the protocol: OpenID Connect Core §3.1 with PKCE (RFC 7636). Whatever the provider
/// answers, either a verified sign-in comes of it or a `LoginException`.
final class RelyingParty {

    private static final String SCOPE = "openid email profile";

    /// Ours: the clock that issued an ID token may be fast by this much.
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(1);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE).build();
    private final String issuer;
    private final String base;
    private final Client client;
    private final InstantSource clock;
    private final JsonObject metadata;

    private RelyingParty(String issuer, String base, Client client, InstantSource clock, JsonObject metadata) {
        this.issuer = issuer;
        this.base = base;
        this.client = client;
        this.clock = clock;
        this.metadata = metadata;
    }

    /// Reads the issuer's metadata (OpenID Connect Discovery §4) and compares its name.
    ///
    /// @param base the URL to which the issuer's paths are appended
    static RelyingParty discover(String issuer, String base, Client client, InstantSource clock)
            throws LoginException {
        var unread = new RelyingParty(issuer, base, client, clock, JsonObject.EMPTY);
        JsonObject metadata = unread.ask(HttpRequest.newBuilder(
                URI.create(base + "/.well-known/openid-configuration")));
        if (!metadata.string("issuer").equals(Optional.of(issuer))) {
            throw new LoginException("discovery", "The metadata is of another issuer.");
        }
        return new RelyingParty(issuer, base, client, clock, metadata);
    }

    String issuer() {
        return issuer;
    }

    /// Where the browser goes to ask for a code.
    String authorizationUrl(String state, LoginAttempt attempt) throws LoginException {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("response_type", "code");
        parameters.put("client_id", client.id());
        parameters.put("redirect_uri", client.redirectUris().getFirst());
        parameters.put("scope", SCOPE);
        parameters.put("state", state);
        parameters.put("nonce", attempt.nonce());
        parameters.put("code_challenge", Secrets.sha256(attempt.codeVerifier()));
        parameters.put("code_challenge_method", "S256");
        return endpoint("authorization_endpoint") + "?" + form(parameters);
    }

    /// Redeems a code (OpenID Connect Core §3.1.3).
    SignedIn redeem(String code, LoginAttempt attempt) throws LoginException {
        JsonObject tokens = tokens(Map.of("grant_type", "authorization_code", "code", code, "redirect_uri",
                client.redirectUris().getFirst(), "code_verifier", attempt.codeVerifier()));
        SignedIn answer = signedIn(tokens, 0);
        if (!answer.claims().string("nonce").equals(Optional.of(attempt.nonce()))) {
            throw new LoginException("id_token", "The ID token was not made for this log-in: its nonce is another.");
        }
        return answer;
    }

    /// Redeems a refresh token (OpenID Connect Core §12). The new ID token must be about the same person.
    SignedIn refresh(SignedIn before) throws LoginException {
        JsonObject tokens = tokens(Map.of("grant_type", "refresh_token", "refresh_token", before.refreshToken()));
        SignedIn answer = signedIn(tokens, before.refreshes() + 1);
        if (!answer.claims().string("sub").equals(before.claims().string("sub"))) {
            throw new LoginException("id_token", "The new ID token is about somebody else.");
        }
        return answer;
    }

    private SignedIn signedIn(JsonObject tokens, int refreshes) throws LoginException {
        String idToken = text(tokens, "id_token");
        JsonObject claims = verified(idToken);
        JsonObject userInfo = ask(HttpRequest.newBuilder(endpoint("userinfo_endpoint"))
                .header("Authorization", "Bearer " + text(tokens, "access_token")));
        // OpenID Connect Core §5.3.2.
        if (!userInfo.string("sub").equals(claims.string("sub"))) {
            throw new LoginException("userinfo", "UserInfo is about somebody else than the ID token.");
        }
        return new SignedIn(header(idToken), claims, userInfo, text(tokens, "refresh_token"), refreshes);
    }

    /// OpenID Connect Core §3.1.3.7.
    private JsonObject verified(String idToken) throws LoginException {
        JsonObject claims;
        try {
            claims = Jws.verify(idToken, keys());
        } catch (JoseException e) {
            throw new LoginException("id_token", "The ID token can't be trusted: " + e.getMessage() + ".");
        }
        if (!claims.string("iss").equals(Optional.of(issuer))) {
            throw new LoginException("id_token", "The ID token is of another issuer.");
        }
        if (!claims.strings("aud").equals(Optional.of(List.of(client.id())))) {
            throw new LoginException("id_token", "The ID token is for another application.");
        }
        long now = clock.instant().getEpochSecond();
        if (claims.integer("exp").orElse(0) <= now
                || claims.integer("iat").orElse(Long.MAX_VALUE) > now + CLOCK_SKEW.toSeconds()) {
            throw new LoginException("id_token", "The ID token is expired, or not of now.");
        }
        return claims;
    }

    private List<JsonObject> keys() throws LoginException {
        JsonObject set = ask(HttpRequest.newBuilder(endpoint("jwks_uri")));
        var keys = new ArrayList<JsonObject>();
        for (JsonValue key : set.array("keys").orElseThrow(() -> unreadable("jwks_uri")).values()) {
            if (key instanceof JsonObject jwk) {
                keys.add(jwk);
            }
        }
        return keys;
    }

    private static JsonObject header(String idToken) throws LoginException {
        try {
            return JsonReader.readObject(Base64Url.decode(idToken.substring(0, idToken.indexOf('.'))));
        } catch (JoseException | JsonException verifiedAlready) {
            throw unreadable("id_token");
        }
    }

    private JsonObject tokens(Map<String, String> parameters) throws LoginException {
        // RFC 6749 §2.3.1; both are hexadecimal, which its form encoding leaves as it is.
        String credentials = client.id() + ":" + client.secret();
        return ask(HttpRequest.newBuilder(endpoint("token_endpoint"))
                .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(
                        credentials.getBytes(StandardCharsets.UTF_8)))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form(parameters))));
    }

    /// The demo's exception: the path of the metadata, at our base.
    private URI endpoint(String name) throws LoginException {
        return URI.create(base + URI.create(text(metadata, name)).getRawPath());
    }

    private JsonObject ask(HttpRequest.Builder request) throws LoginException {
        HttpResponse<byte[]> response;
        try {
            response = http.send(request.timeout(PATIENCE).build(), BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new LoginException("provider", "The provider does not answer.");
        } catch (InterruptedException leaving) {
            Thread.currentThread().interrupt();
            throw new LoginException("provider", "This application is ending.");
        }
        String path = response.uri().getPath();
        JsonObject answer;
        try {
            answer = JsonReader.readObject(response.body());
        } catch (JsonException e) {
            throw new LoginException("provider", path + " answered " + response.statusCode() + " and no JSON object.");
        }
        if (response.statusCode() != 200) {
            throw new LoginException(answer.string("error").orElse("status " + response.statusCode()),
                    path + " answered " + response.statusCode() + ": "
                            + answer.string("error_description").orElse("it does not say why") + ".");
        }
        return answer;
    }

    private static String text(JsonObject answer, String name) throws LoginException {
        return answer.string(name).orElseThrow(() -> unreadable(name));
    }

    private static LoginException unreadable(String name) {
        return new LoginException("provider", "The provider's answer has no " + name + ", or one that can't be read.");
    }

    private static String form(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    /// Closes its connections, so that the provider does not have to wait for them.
    void close() {
        http.shutdownNow();
    }
}
