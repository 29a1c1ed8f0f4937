package tsidp.token;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import tsidp.json.JsonArray;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.Scopes;
import tsidp.store.SteadyClock;

/// The claims about a person: in an ID token, in the UserInfo answer, in the answer to an introspection. The names, and
/// when each claim is present, are the Go tsidp's; additions are marked.
///
/// @param clock of the moments in sign-ins and tokens
public record Claims(Issuer issuer, SteadyClock clock) {

    /// The Go tsidp's: clocks of relying parties may be slow by this much.
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    /// The claims of the ID token that is issued with an access token (OpenID Connect Core §2). `nonce` may be empty:
    /// a refreshed ID token has none (§12.2).
    ///
    /// @param atHash of the text of the access token (§3.1.3.6)
    public JsonObject idToken(SignIn signIn, AccessToken token, String nonce, String atHash) {
        var node = signIn.person().peer().node();
        var claims = new LinkedHashMap<String, JsonValue>();
        claims.put("iss", JsonValue.of(issuer.url()));
        claims.put("sub", JsonValue.of(signIn.person().subject()));
        claims.put("aud", JsonValue.of(token.audience()));
        claims.put("exp", seconds(token.expires()));
        claims.put("iat", seconds(token.issued()));
        claims.put("nbf", seconds(token.issued().minus(CLOCK_SKEW)));
        claims.put("jti", JsonValue.of(token.id()));
        putUnlessEmpty(claims, "nonce", nonce);
        claims.put("at_hash", JsonValue.of(atHash));
        // Ours, OpenID Connect Core §2. A refreshed ID token has them as the first one had (§12.2).
        Session session = signIn.session();
        claims.put("auth_time", seconds(session.authenticated()));
        claims.put("acr", JsonValue.of(Session.ACR));
        claims.put("amr", JsonValue.of(session.amr()));
        putUnlessEmpty(claims, "sid", session.id());
        claims.put("key", JsonValue.of(node.key()));
        claims.put("addresses", JsonValue.of(node.addresses()));
        claims.put("nid", JsonValue.of(node.id()));
        claims.put("node", JsonValue.of(node.name()));
        claims.put("tailnet", JsonValue.of(node.name().substring(node.name().indexOf('.') + 1)));
        claims.put("uid", JsonValue.of(node.user()));
        putScoped(claims, signIn.person(), token.scopes());
        if (token.audience().size() > 1) {
            claims.put("azp", JsonValue.of(token.clientId()));
        }
        return signIn.person().capabilities().addTo(new JsonObject(claims));
    }

    /// The UserInfo answer (OpenID Connect Core §5.3.2), with the claims that the scopes request (§5.4).
    public JsonObject userInfo(Person person, Scopes scopes) {
        var claims = new LinkedHashMap<String, JsonValue>();
        claims.put("sub", JsonValue.of(person.subject()));
        if (scopes.has("profile")) {
            putUnlessEmpty(claims, "username", person.username());
        }
        putScoped(claims, person, scopes); // ours, preferred_username: Synology DSM reads it here
        return person.capabilities().addToUserInfo(new JsonObject(claims));
    }

    /// The answer to an introspection of a valid token (RFC 7662 §2.2). The login name is included if `told`, the
    /// scopes that decide what the asking client is told, has `profile`.
    public JsonObject introspection(SignIn signIn, AccessToken token, Scopes told) {
        var claims = new LinkedHashMap<String, JsonValue>();
        claims.put("active", JsonValue.of(true));
        claims.put("client_id", JsonValue.of(token.clientId()));
        claims.put("exp", seconds(token.expires()));
        claims.put("iat", seconds(token.issued()));
        claims.put("nbf", seconds(token.issued().minus(CLOCK_SKEW)));
        claims.put("token_type", JsonValue.of("Bearer"));
        claims.put("iss", JsonValue.of(issuer.url()));
        claims.put("jti", JsonValue.of(token.id()));
        claims.put("sub", JsonValue.of(signIn.person().subject()));
        if (told.has("profile")) {
            claims.put("username", JsonValue.of(signIn.person().loginName()));
        }
        putScoped(claims, signIn.person(), token.scopes());
        claims.put("aud", JsonValue.of(token.audience()));
        claims.put("scope", JsonValue.of(token.scopes().toString()));
        if (!token.act().members().isEmpty()) {
            claims.put("act", token.act());
        }
        return signIn.person().capabilities().addTo(new JsonObject(claims));
    }

    private void putScoped(Map<String, JsonValue> claims, Person person, Scopes scopes) {
        if (scopes.has("email")) {
            putUnlessEmpty(claims, "email", person.email(issuer));
        }
        if (scopes.has("profile")) {
            putNames(claims, person.peer().user().displayName());
            putUnlessEmpty(claims, "preferred_username", person.username());
            putUnlessEmpty(claims, "picture", person.peer().user().profilePictureUrl());
        }
        JsonArray groups = person.capabilities().groups();
        if (scopes.has("groups") && !groups.values().isEmpty()) {
            claims.put("groups", groups);
        }
    }

    /// Ours outside of UserInfo, which many applications never ask. Which part of a name is which can be told of two
    /// words.
    private static void putNames(Map<String, JsonValue> claims, String name) {
        putUnlessEmpty(claims, "name", name);
        String[] words = name.strip().split("\\s+");
        if (words.length == 2) {
            claims.put("given_name", JsonValue.of(words[0]));
            claims.put("family_name", JsonValue.of(words[1]));
        }
    }

    private static void putUnlessEmpty(Map<String, JsonValue> claims, String name, String value) {
        if (!value.isEmpty()) {
            claims.put(name, JsonValue.of(value));
        }
    }

    private JsonValue seconds(Instant instant) {
        return JsonValue.of(clock.toWall(instant).getEpochSecond());
    }
}
