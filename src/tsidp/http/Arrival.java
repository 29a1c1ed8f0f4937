package tsidp.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.InetSocketAddress;

/// What a [Door] has found out about a request before anything of it is believed.
///
/// @param path the path that was asked of us
/// @param headers as the caller sent them
/// @param remote who asks: an address that whois may be asked about
/// @param isFunnel whether it came over Funnel, from the Internet
public record Arrival(String path, Headers headers, InetSocketAddress remote, boolean isFunnel) {

    /// At a listener that callers connect to themselves: the other end of the connection is who asks, and headers say
    /// nothing of that.
    static Arrival direct(HttpExchange exchange) {
        return new Arrival(String.valueOf(exchange.getRequestURI().getRawPath()), exchange.getRequestHeaders(),
                exchange.getRemoteAddress(), false);
    }

    /// At the plain listener for programs of this machine: no person comes there. The port that a program comes from
    /// may at the same time be that of a peer's connection to another of our ports, which whois can't tell apart; so it
    /// is asked about port 0, which is nobody's.
    public static Arrival local(HttpExchange exchange) {
        return new Arrival(String.valueOf(exchange.getRequestURI().getRawPath()), exchange.getRequestHeaders(),
                new InetSocketAddress(exchange.getRemoteAddress().getAddress(), 0), false);
    }
}
