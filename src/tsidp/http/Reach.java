package tsidp.http;

/// From where a route may be reached.
public enum Reach {
    /// From wherever we are reached, the Internet included.
    WORLD,
    /// Not over Funnel: who comes from the Internet is nobody, so nothing there is for them.
    TAILNET
}
