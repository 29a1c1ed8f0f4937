package tsidp.http;

import java.util.Map;

/// The limits of the JDK's HTTP server. It reads them once, when its classes load: this must come first in `main`.
/// All are ours.
///
/// They are for everybody together. What each source may have is counted by us: TLS connections from their first byte
/// on (`TlsConnections`), exchanges from their last header on (`Router`). What `com.sun.net.httpserver` lets nobody
/// count, refuse or end are connections that have sent nothing: it accepts them itself and shows them to nobody. One
/// costs 2 KB and a descriptor, and is ended after [#MAX_REQUEST_SECONDS]; so a device that holds [#MAX_CONNECTIONS] of
/// them can keep others out of a listener. Only a firewall in front can count these (`connlimit` of iptables).
public final class HttpLimits {

    /// Bytes of a request's head. The longest that clients send is the query of /authorize.
    public static final String MAX_HEAD = "16384";

    /// A half-open plain connection takes up to 55 KB, with a head almost complete: so many of each of two listeners
    /// are half of the heap, and only programs of this machine can hold them, since tailscaled's proxy sends whole
    /// heads.
    static final int MAX_CONNECTIONS = 512;

    private static final int MAX_REQUEST_SECONDS = 15;

    private static final Map<String, String> PROPERTIES = Map.of(
            // Seconds: a request, head and body, that is not here by then is cut off.
            "sun.net.httpserver.maxReqTime", "" + MAX_REQUEST_SECONDS,
            // Seconds: so is an answer that its receiver does not take.
            "sun.net.httpserver.maxRspTime", "30",
            // Seconds that a connection may wait for its next request, and how many may. Longer than tailscaled's proxy
            // keeps its own (90): whoever ends them first must be the one who sends.
            "sun.net.httpserver.idleInterval", "100",
            "sun.net.httpserver.maxIdleConnections", "64",
            // Of each listener, and there may be three.
            "jdk.httpserver.maxConnections", "" + MAX_CONNECTIONS,
            // Milliseconds: how often it is looked which connections have waited too long.
            "sun.net.httpserver.clockTick", "1000",
            // Of one request.
            "sun.net.httpserver.maxReqHeaders", "100",
            "sun.net.httpserver.maxReqHeaderSize", MAX_HEAD,
            // Bytes of a refused body that are read away, so that the refusal arrives.
            "sun.net.httpserver.drainAmount", "262144",
            // Answers are written in two parts: without this each would wait for an acknowledgement.
            "sun.net.httpserver.nodelay", "true");

    private HttpLimits() {
    }

    /// Sets them, except those that the operator set on the command line of the JVM.
    public static void set() {
        PROPERTIES.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
    }
}
