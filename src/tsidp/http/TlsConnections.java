package tsidp.http;

import com.sun.net.httpserver.HttpHandler;
import java.net.InetSocketAddress;
import java.time.Duration;

/// Bounds the TLS connections, of each address and of all, since one takes some 100 KB from its first byte on. Until
/// its first answer a connection has a place among those that open; after it one among those that are kept, or it ends.
///
/// The JDK's server does not say when a connection ends. So a place of one that ended early is free only after its
/// time; that keeps an address waiting that breaks off many handshakes, and nobody else.
final class TlsConnections {

    /// Ours: connections without an answer. An address may be a subnet router with many machines behind it.
    private static final int OPENING = 192;
    private static final int OPENING_EACH = 48;

    /// As long as the JDK's server waits for a request: see `HttpLimits`.
    private static final Duration OPENING_LIFETIME = Duration.ofSeconds(15);

    /// Ours: connections that may bring another request. As many as the JDK's server keeps, and as long as it waits for
    /// a request to begin and to end. Beyond, a connection ends with its answer, which costs a handshake and no more.
    private static final int KEPT = 64;
    private static final int KEPT_EACH = 48;
    private static final Duration KEPT_LIFETIME = Duration.ofSeconds(115);

    private final Shares<InetSocketAddress> opening = new Shares<>(OPENING, OPENING_LIFETIME);
    private final Shares<InetSocketAddress> kept = new Shares<>(KEPT, KEPT_LIFETIME);

    /// Takes the place of a connection that opens.
    ///
    /// @throws IllegalStateException if there is none: the JDK's server then closes the connection
    void open(InetSocketAddress client) {
        if (!opening.enter(client, client.getAddress(), OPENING_EACH)) {
            throw new IllegalStateException("too many TLS connections that ask nothing");
        }
    }

    /// A handler that is told which connections are kept. The place among those that open is given back only after the
    /// answer: also a connection that is refused a place in the router takes its 100 KB until then.
    HttpHandler counting(HttpHandler handler) {
        return exchange -> {
            InetSocketAddress client = exchange.getRemoteAddress();
            if (!kept.enter(client, client.getAddress(), KEPT_EACH)) {
                exchange.getResponseHeaders().set("Connection", "close");
            }
            try {
                handler.handle(exchange);
            } finally {
                opening.leave(client);
            }
        };
    }
}
