package tsidp.http;

import tsidp.protocol.Refusal;

/// Admits or refuses a request. What `admit` returns is the proof, and the endpoint accepts nothing else.
public interface Access<T> {

    /// Admits the request and returns the proof.
    ///
    /// @throws Refusal if the request is not admitted
    T admit(Request request) throws Refusal;

    /// Whether the proof can be in the body, which is then read before the request is admitted: a route with such a
    /// guard accepts short bodies only.
    default boolean readsBody() {
        return false;
    }
}
