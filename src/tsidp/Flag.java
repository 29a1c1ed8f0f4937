package tsidp;

import java.util.Optional;

/// A command-line flag, its environment variable and its default: first the Go tsidp's, then ours.
enum Flag {
    DIR("dir", Kind.TEXT, "TS_STATE_DIR", "", "`directory` of the state files (default: tsnet-tsidp in the user's"
            + " configuration directory)"),
    HOSTNAME("hostname", Kind.TEXT, "TS_HOSTNAME", "idp", "`name` of the node on the tailnet, when it is our own"),
    PORT("port", Kind.NUMBER, "TSIDP_PORT", "443", "`port` of the issuer, and to listen on"),
    LOCAL_PORT("local-port", Kind.NUMBER, "TSIDP_LOCAL_PORT", "-1", "also serve plain HTTP on this `port` of"
            + " localhost (-1: don't)"),
    USE_LOCAL_TAILSCALED("use-local-tailscaled", Kind.SWITCH, "TSIDP_USE_LOCAL_TAILSCALED", "false",
            "use the tailscaled of this machine instead of a node of our own"),
    FUNNEL("funnel", Kind.SWITCH, "TSIDP_USE_FUNNEL", "false", "serve relying parties outside the tailnet, through"
            + " Tailscale Funnel"),
    ENABLE_STS("enable-sts", Kind.SWITCH, "TSIDP_ENABLE_STS", "false", "serve token exchange (RFC 8693)"),
    LOG("log", Kind.TEXT, "TSIDP_LOG", "info", "log `level`: debug, info, warn or error"),
    DEBUG_ALL_REQUESTS("debug-all-requests", Kind.SWITCH, "TSIDP_DEBUG_ALL_REQUESTS", "false",
            "log every request (without parameters, headers or body)"),
    DEBUG_TSNET("debug-tsnet", Kind.SWITCH, "TSIDP_DEBUG_TSNET", "false", "log what our own node logs"),
    ADVERTISE_TAGS("advertise-tags", Kind.TEXT, "TS_ADVERTISE_TAGS", "", "`tags` of our own node, separated by commas"),
    AUTHKEY_FILE("authkey-file", Kind.TEXT, "TS_AUTHKEY_FILE", "", "`file` with the key with which our own node joins,"
            + " instead of TS_AUTHKEY"),
    TAILSCALED("tailscaled", Kind.TEXT, "TSIDP_TAILSCALED", "tailscaled", "`program` that our own node runs: a path, or"
            + " a name to look for on PATH"),
    SOCKET("socket", Kind.TEXT, "TS_SOCKET", "/var/run/tailscale/tailscaled.sock", "`path` of tailscaled's LocalAPI"
            + " socket"),
    LISTEN("listen", Kind.TEXT, "TSIDP_LISTEN", "", "serve HTTPS on this `address:port` instead of on the Tailscale"
            + " IPs of the machine"),
    LOG_FORMAT("log-format", Kind.TEXT, "TSIDP_LOG_FORMAT", "logfmt", "`format` of the log: logfmt or json"),
    VERSION("version", Kind.SWITCH, "", "false", "print the version and exit"),
    HELP("help", Kind.SWITCH, "", "false", "print this list and exit");

    /// The type of a flag's value.
    enum Kind { TEXT, NUMBER, SWITCH }

    private final String flagName;
    private final Kind kind;
    private final String variable;
    private final String initial;
    private final String help;

    Flag(String flagName, Kind kind, String variable, String initial, String help) {
        this.flagName = flagName;
        this.kind = kind;
        this.variable = variable;
        this.initial = initial;
        this.help = help;
    }

    static Optional<Flag> named(String name) {
        for (Flag flag : values()) {
            if (flag.flagName.equals(name) || flag == HELP && name.equals("h")) {
                return Optional.of(flag);
            }
        }
        return Optional.empty();
    }

    String flagName() {
        return flagName;
    }

    Kind kind() {
        return kind;
    }

    /// Its environment variable; empty if it has none.
    String variable() {
        return variable;
    }

    /// Its default value.
    String initial() {
        return initial;
    }

    /// Its lines in the list of `-help`.
    String describe() {
        String value = kind == Kind.SWITCH ? "" : " " + help.replaceAll(".*`([^`]*)`.*", "$1");
        String more = variable.isEmpty() ? "" : kind == Kind.SWITCH || initial.isEmpty() ? " (" + variable + ")"
                : " (" + variable + ", default " + initial + ")";
        return "  -" + flagName + value + "\n        " + help.replace("`", "") + more + "\n";
    }
}
