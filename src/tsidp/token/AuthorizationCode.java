package tsidp.token;

import java.time.Instant;
import java.util.List;
import tsidp.json.JsonValue;
import tsidp.person.Person;
import tsidp.protocol.Scopes;

/// An authorization code that was given and not redeemed (RFC 6749 §4.1.2), and all that it stands for. The code itself
/// is not kept: `signInId` is made from it by SHA-256, and becomes the id of the sign-in.
///
/// @param redirectUri as the request had it
/// @param resources what the client wants to reach (RFC 8707); may be empty
/// @param nonce empty if the request had none
/// @param authenticated when whois named the person
/// @param wantsAuthTime whether the request had max_age, and so `auth_time` must be told (OpenID Connect Core §2)
public record AuthorizationCode(String signInId, String clientId, String redirectUri, Person person, Scopes scopes,
        List<String> resources, String nonce, CodeChallenge challenge, Instant authenticated, boolean wantsAuthTime) {

    /// Ours: what a code takes besides its texts and its person, in bytes of heap, its place in `Codes` included.
    private static final int OWN_WEIGHT = 1100;

    public AuthorizationCode {
        resources = List.copyOf(resources);
    }

    /// About how many bytes of heap it takes.
    long weight() {
        return OWN_WEIGHT + person.weight() + JsonValue.weight(List.of(redirectUri, nonce))
                + JsonValue.weight(resources);
    }
}
