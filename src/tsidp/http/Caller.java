package tsidp.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Predicate;

/// Who asks what, as a [CallerResolver] found out.
///
/// @param path the path that was asked of us
/// @param headers as the caller sent them
/// @param source the address that the request comes from: for limits and the log
/// @param peer the address that whois is asked about; empty where the caller can only be nobody
/// @param isFunnel whether it came over Funnel, from the Internet
public record Caller(String path, Headers headers, InetAddress source, Optional<InetAddress> peer,
        boolean isFunnel) {

    /// Callers of a listener that they connect to themselves: the other end of the connection is who asks, and headers
    /// say nothing of that.
    ///
    /// @param isOurs whether an address is one of this machine
    public static CallerResolver direct(Predicate<InetAddress> isOurs) {
        return exchange -> {
            InetAddress source = exchange.getRemoteAddress().getAddress();
            InetAddress reached = exchange.getLocalAddress().getAddress();
            return new Caller(path(exchange), exchange.getRequestHeaders(), source,
                    peer(source, isOurs.or(reached::equals)), false);
        };
    }

    /// A program of this machine, at the plain listener for those: nobody, and tailscaled is not asked.
    public static Caller local(HttpExchange exchange) {
        return new Caller(path(exchange), exchange.getRequestHeaders(), exchange.getRemoteAddress().getAddress(),
                Optional.empty(), false);
    }

    /// The address as a peer's, unless it is one of this machine. Any process has those: tailscaled would answer with
    /// the machine's owner, or, of a loopback address, with the peer whose connection had that port a moment ago.
    public static Optional<InetAddress> peer(InetAddress address, Predicate<InetAddress> isOurs) {
        boolean isOfThisMachine = address.isLoopbackAddress() || address.isAnyLocalAddress()
                || address.isLinkLocalAddress() || isOurs.test(address);
        return isOfThisMachine ? Optional.empty() : Optional.of(address);
    }

    public static String path(HttpExchange exchange) {
        return String.valueOf(exchange.getRequestURI().getRawPath());
    }
}
