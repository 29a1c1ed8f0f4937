package tsidp.token;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.UnaryOperator;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;
import tsidp.protocol.Scopes;

/// An access token of a sign-in (RFC 6749 §1.4). The token itself is not kept, only its hash.
///
/// @param hash SHA-256 of the token's secret part, base64url
/// @param id `jti`, shared with the ID token that was issued with it
/// @param clientId of the client that it was issued to
/// @param audience the client and resources (RFC 8707), or what it was exchanged for (RFC 8693)
/// @param act who acts for the person (RFC 8693 §4.1); empty if nobody does
public record AccessToken(String hash, String id, String clientId, Scopes scopes, List<String> audience,
        JsonObject act, Instant issued, Instant expires) {

    /// Ours, in bytes of heap: a token without its audience and actors.
    private static final int OWN_WEIGHT = 300;

    public AccessToken {
        audience = List.copyOf(audience);
    }

    /// Approximate size in bytes of heap.
    long weight() {
        return OWN_WEIGHT + JsonValue.weight(audience) + act.weight();
    }

    /// How long it is valid.
    public Duration lifetime() {
        return Duration.between(issued, expires);
    }

    /// This token, expiring no later than `end`.
    AccessToken until(Instant end) {
        return end.isAfter(expires) ? this
                : new AccessToken(hash, id, clientId, scopes, audience, act, issued, end);
    }

    /// This token in the time of another clock.
    AccessToken by(UnaryOperator<Instant> clock) {
        return new AccessToken(hash, id, clientId, scopes, audience, act, clock.apply(issued), clock.apply(expires));
    }

    JsonObject toJson() {
        var json = new LinkedHashMap<String, JsonValue>();
        json.put("hash", JsonValue.of(hash));
        json.put("id", JsonValue.of(id));
        json.put("client", JsonValue.of(clientId));
        json.put("scope", JsonValue.of(scopes.toString()));
        json.put("audience", JsonValue.of(audience));
        if (!act.members().isEmpty()) {
            json.put("act", act);
        }
        json.put("issued", JsonValue.of(issued.getEpochSecond()));
        json.put("expires", JsonValue.of(expires.getEpochSecond()));
        return new JsonObject(json);
    }

    static AccessToken of(Members json) {
        return new AccessToken(json.text("hash"), json.text("id"), json.text("client"),
                Scopes.requested(json.json().string("scope")), json.texts("audience"), json.objectOrEmpty("act").json(),
                json.second("issued"), json.second("expires"));
    }
}
