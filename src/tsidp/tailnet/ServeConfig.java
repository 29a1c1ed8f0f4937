package tsidp.tailnet;

import java.util.Map;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// What tailscaled serves (`ipn.ServeConfig`), and the tag of this version of it. Whatever is not ours in it is kept as
/// it was read.
record ServeConfig(JsonObject json, String etag) {

    private static final String FOREGROUND = "Foreground";

    /// This config and, as long as a session lasts: HTTPS for tailnet and Funnel at that host and port, all of it
    /// handed to an HTTP server of this machine.
    ///
    /// @param target the server, as in `http://127.0.0.1:8080/path` or `unix:/path`
    ServeConfig withForeground(String sessionId, String host, int port, String target) {
        String hostPort = host + ":" + port;
        var handlers = object("Handlers", object("/", object("Proxy", JsonValue.of(target))));
        var entry = object("TCP", object(String.valueOf(port), object("HTTPS", JsonValue.of(true))))
                .with("Web", object(hostPort, handlers))
                .with("AllowFunnel", object(hostPort, JsonValue.of(true)));
        JsonObject foreground = json.object(FOREGROUND).orElse(JsonObject.EMPTY).with(sessionId, entry);
        return new ServeConfig(json.with(FOREGROUND, foreground), etag);
    }

    private static JsonObject object(String name, JsonValue value) {
        return new JsonObject(Map.of(name, value));
    }
}
