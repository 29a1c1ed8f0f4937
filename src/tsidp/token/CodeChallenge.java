package tsidp.token;

import java.util.Optional;
import java.util.regex.Pattern;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;

/// Binds a code to the client that requested it (RFC 7636 §4).
///
/// @param challenge as the client sent it: 43 to 128 unreserved characters; empty for the method NONE
public record CodeChallenge(Method method, String challenge) {

    /// How the challenge is derived from the verifier (RFC 7636 §4.2).
    public enum Method {
        /// The request had no challenge.
        NONE,
        /// The challenge is the verifier. Only for old clients; a public client must use S256 (RFC 9700 §2.1.1).
        PLAIN,
        /// The challenge is BASE64URL(SHA-256(verifier)).
        S256
    }

    /// For a request without a challenge.
    public static final CodeChallenge NONE = new CodeChallenge(Method.NONE, "");

    /// RFC 7636 §4.1 and §4.2: the grammar of verifier and challenge.
    private static final Pattern GRAMMAR = Pattern.compile("[A-Za-z0-9._~-]{43,128}");

    /// The challenge of an authorization request; the method defaults to plain (RFC 7636 §4.3).
    ///
    /// @throws Refusal (invalid_request) if method or challenge is malformed, or a method has no challenge (§4.4.1)
    public static CodeChallenge of(Parameters parameters) throws Refusal {
        Optional<String> challenge = parameters.get("code_challenge");
        Optional<String> name = parameters.get("code_challenge_method");
        if (challenge.isEmpty()) {
            if (name.isPresent()) {
                throw new Refusal(OAuthError.INVALID_REQUEST, "code_challenge is missing");
            }
            return NONE;
        }
        Method method = switch (name.orElse("plain")) {
            case "plain" -> Method.PLAIN;
            case "S256" -> Method.S256;
            default -> throw new Refusal(OAuthError.INVALID_REQUEST, "code_challenge_method must be S256 or plain");
        };
        if (!GRAMMAR.matcher(challenge.get()).matches()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "code_challenge must have 43 to 128 unreserved characters");
        }
        return new CodeChallenge(method, challenge.get());
    }

    /// Proves that the client that redeems a code is the one that requested it (RFC 7636 §4.6). A verifier without a
    /// challenge is refused too: somebody removed the challenge from the request (RFC 9700 §2.1.1, downgrade).
    ///
    /// @throws Refusal (invalid_grant; invalid_request if the verifier is missing or malformed)
    public void verify(Optional<String> codeVerifier) throws Refusal {
        if (method == Method.NONE) {
            if (codeVerifier.isPresent()) {
                throw new Refusal(OAuthError.INVALID_GRANT,
                        "code_verifier was sent, but the authorization request had no code_challenge");
            }
            return;
        }
        String verifier = codeVerifier.orElseThrow(
                () -> new Refusal(OAuthError.INVALID_REQUEST, "code_verifier is missing"));
        if (!GRAMMAR.matcher(verifier).matches()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "code_verifier must have 43 to 128 unreserved characters");
        }
        String computed = method == Method.PLAIN ? verifier : Secrets.sha256(verifier);
        if (!Secrets.equal(computed, challenge)) {
            throw new Refusal(OAuthError.INVALID_GRANT, "code_verifier does not match code_challenge");
        }
    }
}
