package tsidp.endpoint;

import java.util.Optional;
import tsidp.http.Access;
import tsidp.http.Request;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.token.SignIns;

/// Admits requests with a valid access token (RFC 6750 §2.1; in the body of a POST, §2.2).
public record BearerAccess(SignIns signIns) implements Access<SignIns.Held> {

    @Override
    public SignIns.Held admit(Request request) throws Refusal {
        return signIns.accessToken(token(request)).orElseThrow(() -> new Refusal(OAuthError.INVALID_TOKEN,
                "the access token is unknown, expired or revoked"));
    }

    @Override
    public boolean readsBody() {
        return true;
    }

    private static String token(Request request) throws Refusal {
        Optional<String> inBody = isForm(request) ? request.form().get("access_token") : Optional.empty();
        if (!request.hasHeader("Authorization")) {
            return inBody.orElseThrow(() -> new Refusal(OAuthError.NO_TOKEN, "an access token is required"));
        }
        String authorization = request.header("Authorization").orElse("");
        if (inBody.isPresent() || !authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "the access token must be sent once, as a Bearer token");
        }
        return authorization.substring(7).strip();
    }

    /// The Bearer token of the `Authorization` header.
    ///
    /// @throws Refusal if there is none
    static String inHeader(Request request) throws Refusal {
        String authorization = request.header("Authorization").orElse("");
        if (!authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw new Refusal(OAuthError.NO_TOKEN, "a token is required");
        }
        return authorization.substring(7).strip();
    }

    /// Some clients post an empty body with another media type, and send the token in the header.
    private static boolean isForm(Request request) {
        return request.header("Content-Type").orElse("").startsWith("application/x-www-form-urlencoded");
    }
}
