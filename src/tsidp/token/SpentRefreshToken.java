package tsidp.token;

import java.time.Instant;
import java.util.Map;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;
import tsidp.protocol.Secrets;

/// A refresh token that was spent. Clients retry and race, so for a short time it gets the same successor again. The
/// successor is HMAC-SHA-256 of this salt under the spent token: a client with the token gets it by asking, a thief
/// with only the file can't compute it, and so neither token needs to be kept.
///
/// @param hash SHA-256 of the token's secret part, base64url
/// @param salt random, base64url
record SpentRefreshToken(String hash, String salt, Instant spent) {

    /// The secret part of the token that followed this one.
    String successor(String secret) {
        return Secrets.hmac(secret, salt);
    }

    JsonObject toJson() {
        return new JsonObject(Map.of("hash", JsonValue.of(hash), "salt", JsonValue.of(salt),
                "spent", JsonValue.of(spent.toEpochMilli())));
    }

    static SpentRefreshToken of(Members json) {
        return new SpentRefreshToken(json.text("hash"), json.text("salt"),
                Instant.ofEpochMilli(json.integer("spent")));
    }
}
