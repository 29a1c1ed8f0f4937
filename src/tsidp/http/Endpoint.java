package tsidp.http;

import tsidp.protocol.Refusal;

/// What answers an admitted request.
public interface Endpoint<T> {

    /// The answer.
    ///
    /// @throws Refusal if the request is refused; the route says how that is told
    Answer answer(Request request, T admitted) throws Refusal;
}
