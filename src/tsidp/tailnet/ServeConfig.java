package tsidp.tailnet;

import java.util.Map;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// What tailscaled serves (`ipn.ServeConfig`), and the ETag of this version. Entries of others are kept as they were
/// read.
public record ServeConfig(JsonObject json, String etag) {

    private static final String FOREGROUND = "Foreground";

    /// This config, with an entry for as long as a session lasts: HTTPS for the tailnet at this host and port, with
    /// every request forwarded to an HTTP server on this machine.
    ///
    /// @param target the server, as in `http://127.0.0.1:8080/path` or `unix:/path`
    /// @param isFunnel whether to serve the Internet too
    public ServeConfig withForeground(String sessionId, String host, int port, String target, boolean isFunnel) {
        String hostPort = host + ":" + port;
        var handlers = object("Handlers", object("/", object("Proxy", JsonValue.of(target))));
        JsonObject tailnet = object("TCP", object(String.valueOf(port), object("HTTPS", JsonValue.of(true))))
                .with("Web", object(hostPort, handlers));
        JsonObject entry = isFunnel ? tailnet.with("AllowFunnel", object(hostPort, JsonValue.of(true))) : tailnet;
        JsonObject foreground = json.object(FOREGROUND).orElse(JsonObject.EMPTY).with(sessionId, entry);
        return new ServeConfig(json.with(FOREGROUND, foreground), etag);
    }

    /// Whether the session has an entry.
    public boolean hasForeground(String sessionId) {
        return json.object(FOREGROUND).flatMap(sessions -> sessions.get(sessionId)).isPresent();
    }

    private static JsonObject object(String name, JsonValue value) {
        return new JsonObject(Map.of(name, value));
    }
}
