package tsidp.oauth;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// An access token of a grant (RFC 6749 §1.4). The token itself is not kept, only its hash.
///
/// @param hash SHA-256 of the token's secret part, base64url
/// @param id `jti`, of the ID token that was given with it too
/// @param resources what it is for besides the client (RFC 8707); may be empty
public record AccessToken(String hash, String id, Scopes scopes, List<String> resources, Instant issued,
        Instant expires) {

    /// Copies the list.
    public AccessToken {
        resources = List.copyOf(resources);
    }

    JsonObject toJson() {
        var json = new LinkedHashMap<String, JsonValue>();
        json.put("hash", JsonValue.of(hash));
        json.put("id", JsonValue.of(id));
        json.put("scope", JsonValue.of(scopes.toString()));
        json.put("resources", JsonValue.of(resources));
        json.put("issued", JsonValue.of(issued.getEpochSecond()));
        json.put("expires", JsonValue.of(expires.getEpochSecond()));
        return new JsonObject(json);
    }

    static Optional<AccessToken> fromJson(JsonObject json) {
        if (json.string("hash").isEmpty() || json.string("id").isEmpty() || json.strings("resources").isEmpty()
                || json.integer("issued").isEmpty() || json.integer("expires").isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new AccessToken(json.string("hash").get(), json.string("id").get(),
                Scopes.requested(json.string("scope")), json.strings("resources").get(),
                Instant.ofEpochSecond(json.integer("issued").getAsLong()),
                Instant.ofEpochSecond(json.integer("expires").getAsLong())));
    }
}
