package tsidp.http;

/// From where a route may be reached.
public enum Reach {
    /// From anywhere, including the Internet over Funnel.
    WORLD,
    /// Not over Funnel: a caller from the Internet can't be identified.
    TAILNET
}
