package tsidp.http;

/// What pages of other sites may do with a route.
public enum Origins {
    /// They may not read the answer.
    NO_CORS,
    /// Nor may they send what changes something: that must come from our own pages.
    NO_CSRF,
    /// They may call it: the answer depends on nothing that a browser adds by itself.
    CORS
}
