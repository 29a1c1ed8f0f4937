package tsidp.http;

/// What pages of other sites may do with a route.
public enum Origins {
    /// No CORS: other sites can't read the answer.
    NO_CORS,
    /// No CORS, and state-changing requests must come from our own pages (CSRF check).
    NO_CSRF,
    /// CORS: any site may call it, because the answer does not depend on anything that a browser adds by itself.
    CORS
}
