package tsidp.http;

import java.util.Map;

/// The limits of the JDK's HTTP server. It reads them once, when its classes load: this must come first in `main`.
/// All values are ours.
///
/// These limits are global. Limits per source are ours: TLS connections are counted from their first byte
/// (`TlsConnections`), exchanges from their last header (`Router`). Connections that have sent nothing can't be
/// counted, refused or closed: `com.sun.net.httpserver` accepts them itself and does not expose them. Each costs 2 KB
/// and a descriptor, and is closed after [#MAX_REQUEST_SECONDS]; so a device that holds [#MAX_CONNECTIONS] of them can
/// keep others out of a listener. Only a firewall in front can count these (`connlimit` of iptables).
public final class HttpLimits {

    /// A half-open plain connection takes up to 55 KB, with a head almost complete: so many of each of two listeners
    /// are half of the heap, and only programs of this machine can hold them, since tailscaled's proxy sends whole
    /// heads.
    static final int MAX_CONNECTIONS = 512;

    private static final int MAX_REQUEST_SECONDS = 15;

    private static final Map<String, String> PROPERTIES = Map.of(
            // Seconds within which a request, head and body, must arrive.
            "sun.net.httpserver.maxReqTime", "" + MAX_REQUEST_SECONDS,
            // Seconds within which the client must have read the answer.
            "sun.net.httpserver.maxRspTime", "30",
            // How many seconds a connection may wait for its next request, and how many connections may. Longer than
            // tailscaled's proxy keeps its own (90): the side that sends requests must be the first to close.
            "sun.net.httpserver.idleInterval", "100",
            "sun.net.httpserver.maxIdleConnections", "64",
            // Per listener; there may be three.
            "jdk.httpserver.maxConnections", "" + MAX_CONNECTIONS,
            // Milliseconds between checks for connections that have waited too long.
            "sun.net.httpserver.clockTick", "1000",
            // Per request: more than what `RequestHeads` lets pass, percent-encoded and counted with 32 bytes a line.
            "sun.net.httpserver.maxReqHeaders", "200",
            "sun.net.httpserver.maxReqHeaderSize", "65536",
            // Bytes of a refused body that are read and discarded, so that the refusal arrives.
            "sun.net.httpserver.drainAmount", "262144",
            // Answers are written in two parts: without this the second would wait for an acknowledgement.
            "sun.net.httpserver.nodelay", "true");

    private HttpLimits() {
    }

    /// Sets them, except those that the operator set on the JVM's command line.
    public static void set() {
        PROPERTIES.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
    }
}
