package tsidp;

import java.util.Map;

/// The limits of the JDK's HTTP server. It reads them once, when its classes load: this must come first in `main`.
/// All are ours.
final class HttpLimits {

    /// Bytes of a request's head. The longest that clients send is the query of /authorize.
    static final String MAX_HEAD = "32768";

    private static final Map<String, String> PROPERTIES = Map.of(
            // Seconds: a request, head and body, that is not here by then is cut off.
            "sun.net.httpserver.maxReqTime", "15",
            // Seconds: so is an answer that its receiver does not take.
            "sun.net.httpserver.maxRspTime", "30",
            // Seconds that a connection may wait for its next request, and how many may. Longer than tailscaled's proxy
            // keeps its own (90): whoever ends them first must be the one who sends.
            "sun.net.httpserver.idleInterval", "100",
            "sun.net.httpserver.maxIdleConnections", "64",
            // Of each listener, and there may be three. A TLS connection whose head is not complete takes some 100 KB:
            // this is what the heap is made for.
            "jdk.httpserver.maxConnections", "512",
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
    static void set() {
        PROPERTIES.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
    }
}
