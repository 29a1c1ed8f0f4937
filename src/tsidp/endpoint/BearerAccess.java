package tsidp.endpoint;

import java.util.Optional;
import tsidp.http.Access;
import tsidp.http.Request;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.token.Presence;
import tsidp.token.SignIns;

/// Admits requests with a valid access token (RFC 6750 §2.1; in the body of a POST, §2.2), of a person at a device that
/// is still theirs.
public record BearerAccess(SignIns signIns, Presence presence) implements Access<SignIns.Held> {

    @Override
    public SignIns.Held admit(Request request) throws Refusal {
        Optional<SignIns.Held> held = signIns.accessToken(token(request));
        return (held.isEmpty() ? held : presence.now(held.get())).orElseThrow(() -> new Refusal(
                OAuthError.INVALID_TOKEN, "the access token is unknown, expired or revoked"));
    }

    @Override
    public boolean readsBody() {
        return true;
    }

    /// Some clients post an empty body with another media type, and send the token in the header.
    private static String token(Request request) throws Refusal {
        Optional<String> inBody = request.isForm() ? request.form().get("access_token") : Optional.empty();
        if (!request.hasHeader("Authorization")) {
            return inBody.orElseThrow(() -> new Refusal(OAuthError.NO_TOKEN, "an access token is required"));
        }
        return inHeader(request).filter(_ -> inBody.isEmpty()).orElseThrow(() -> new Refusal(
                OAuthError.INVALID_REQUEST, "the access token must be sent once, as a Bearer token"));
    }

    /// The token of the `Authorization` header, if there is one such header and it has a Bearer token.
    static Optional<String> inHeader(Request request) {
        return request.header("Authorization").filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
                .map(value -> value.substring(7).strip());
    }
}
