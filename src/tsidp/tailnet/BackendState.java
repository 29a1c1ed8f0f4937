package tsidp.tailnet;

/// What tailscaled is doing: `BackendState` of LocalAPI's status (`ipn.State`).
public enum BackendState {
    /// `NoState`: it has just started.
    NO_STATE,
    /// `NeedsLogin`
    NEEDS_LOGIN,
    /// `NeedsMachineAuth`
    NEEDS_MACHINE_AUTH,
    /// `Stopped`
    STOPPED,
    /// `Starting`
    STARTING,
    /// `Running`: the only state in which a question has an answer to trust.
    RUNNING,
    /// A name that we don't know. Not running.
    UNKNOWN;

    static BackendState of(String name) {
        return switch (name) {
            case "NoState" -> NO_STATE;
            case "NeedsLogin" -> NEEDS_LOGIN;
            case "NeedsMachineAuth" -> NEEDS_MACHINE_AUTH;
            case "Stopped" -> STOPPED;
            case "Starting" -> STARTING;
            case "Running" -> RUNNING;
            default -> UNKNOWN;
        };
    }
}
