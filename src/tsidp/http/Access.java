package tsidp.http;

import tsidp.protocol.Refusal;

/// Who may come in. What it answers is the proof, and the endpoint behind it takes nothing else.
public interface Access<T> {

    /// The proof that the request may come in.
    ///
    /// @throws Refusal if it may not
    T admit(Request request) throws Refusal;

    /// Whether the proof may be in the body, which is then read before anybody is admitted: a route with such a guard
    /// takes short bodies only.
    default boolean readsBody() {
        return false;
    }
}
