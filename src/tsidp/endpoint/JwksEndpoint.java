package tsidp.endpoint;

import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.token.SigningKeys;

/// The keys that ID tokens are verified with (RFC 7517 §5).
public record JwksEndpoint(SigningKeys keys) implements Endpoint<Anyone> {

    @Override
    public Answer answer(Request request, Anyone anyone) {
        return new Answer.PublicDocument(keys.jwks());
    }
}
