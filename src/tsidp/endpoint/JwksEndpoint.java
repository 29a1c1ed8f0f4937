package tsidp.endpoint;

import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.oauth.SigningKeys;

/// The keys that ID tokens are verified with (RFC 7517 §5).
public final class JwksEndpoint implements Endpoint<Anyone> {

    private final SigningKeys keys;

    /// An endpoint of these keys.
    public JwksEndpoint(SigningKeys keys) {
        this.keys = keys;
    }

    @Override
    public Answer answer(Request request, Anyone anyone) {
        return new Answer.PublicDocument(keys.jwks());
    }
}
