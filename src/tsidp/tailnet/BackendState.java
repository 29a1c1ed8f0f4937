package tsidp.tailnet;

/// The state of tailscaled: `BackendState` in LocalAPI's status (`ipn.State`).
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
    /// `Running`: the only state in which answers can be trusted.
    RUNNING,
    /// A state that we don't know. Not running.
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
