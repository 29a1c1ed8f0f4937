package tsidp.token;

import java.time.Instant;
import java.util.Map;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;

/// The current refresh token of a sign-in (RFC 6749 §1.5). The token itself is not kept, only its hash.
///
/// @param hash SHA-256 of the token's secret part, base64url
record RefreshToken(String hash, Instant expires) {

    JsonObject toJson() {
        return new JsonObject(Map.of("hash", JsonValue.of(hash), "expires", JsonValue.of(expires.getEpochSecond())));
    }

    static RefreshToken of(Members json) {
        return new RefreshToken(json.text("hash"), json.second("expires"));
    }
}
