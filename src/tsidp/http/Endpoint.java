package tsidp.http;

import tsidp.protocol.Refusal;
import tsidp.store.StoreException;

/// Answers an admitted request.
public interface Endpoint<T> {

    /// The answer.
    ///
    /// @throws Refusal if the request is refused; the route says how that is told
    /// @throws StoreException if what the answer would say can't be stored
    Answer answer(Request request, T admitted) throws Refusal;
}
