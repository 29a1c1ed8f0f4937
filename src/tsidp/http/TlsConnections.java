package tsidp.http;

import com.sun.net.httpserver.HttpHandler;
import java.net.InetSocketAddress;
import java.time.Duration;

/// Limits TLS connections, per address and in total, since each takes about 100 KB from its first byte on. Until its
/// first answer a connection has an opening place; afterwards it needs a kept place, or it is closed.
///
/// The JDK's server does not report when a connection ends. So the place of one that ended early becomes free only when
/// its lifetime is over; that affects an address that breaks off many handshakes, and no other.
final class TlsConnections {

    /// Ours: connections without an answer. An address may be a subnet router with many machines behind it.
    private static final int OPENING = 192;
    private static final int OPENING_EACH = 48;

    /// As long as the JDK's server waits for a request: see `HttpLimits`.
    private static final Duration OPENING_LIFETIME = Duration.ofSeconds(15);

    /// Ours: connections that may send another request. As many as the JDK's server keeps, for as long as it waits for
    /// a request to begin and to end. Beyond that, a connection is closed after its answer, which costs only a
    /// handshake.
    private static final int KEPT = 64;
    private static final int KEPT_EACH = 48;
    private static final Duration KEPT_LIFETIME = Duration.ofSeconds(115);

    private final Shares<InetSocketAddress> opening = new Shares<>(OPENING, OPENING_LIFETIME);
    private final Shares<InetSocketAddress> kept = new Shares<>(KEPT, KEPT_LIFETIME);

    /// Takes an opening place for a connection.
    ///
    /// @throws IllegalStateException if none is free: the JDK's server then closes the connection
    void open(InetSocketAddress client) {
        if (!opening.enter(client, client.getAddress(), OPENING_EACH)) {
            throw new IllegalStateException("too many TLS connections without a request");
        }
    }

    /// Wraps a handler, and counts the connections that are kept. The opening place is given back only after the
    /// answer: even a connection that the router refuses takes its 100 KB until then.
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
