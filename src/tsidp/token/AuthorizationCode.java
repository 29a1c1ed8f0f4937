package tsidp.token;

import java.time.Instant;
import java.util.List;
import tsidp.json.JsonValue;

/// An authorization code that was given and not redeemed (RFC 6749 §4.1.2), and what it was given for. The code itself
/// is not kept: `signInId` is made from it by SHA-256, and becomes the id of the sign-in.
///
/// @param redirectUri as the request had it
/// @param nonce empty if the request had none
public record AuthorizationCode(String signInId, Authorization authorization, String redirectUri, String nonce,
        CodeChallenge challenge, Instant issued) {

    /// Ours, in bytes of heap: a code without its texts and its person, including its entry in `Codes`.
    private static final int OWN_WEIGHT = 1100;

    /// About how many bytes of heap it takes.
    long weight() {
        return OWN_WEIGHT + authorization.person().weight() + JsonValue.weight(List.of(redirectUri, nonce))
                + JsonValue.weight(authorization.resources());
    }

    String clientId() {
        return authorization.clientId();
    }

    String subject() {
        return authorization.person().subject();
    }
}
