package tsidp.http;

/// Whose scripts may read an answer (CORS).
public enum Origins {
    /// Nobody's but our own pages'.
    SAME,
    /// Nobody's, and only our own pages may send what changes something.
    OWN,
    /// Everybody's: the answer depends on nothing that a browser adds by itself.
    ANY
}
