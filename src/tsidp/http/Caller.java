package tsidp.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Predicate;
import tsidp.protocol.Refusal;

/// Who sent a request, and what it asks for, as determined by a [CallerResolver].
///
/// @param path the requested path
/// @param headers as the caller sent them
/// @param source the address that the request comes from: for limits and the log
/// @param peer the address to ask whois about; empty if the caller can't be a person
/// @param isFunnel whether the request came over Funnel, from the Internet
public record Caller(String path, Headers headers, InetAddress source, Optional<InetAddress> peer,
        boolean isFunnel) {

    /// Resolves callers that connect directly: the caller is the remote address of the connection, and headers are not
    /// believed.
    ///
    /// @param isOurs whether an address belongs to this machine
    public static CallerResolver direct(Predicate<InetAddress> isOurs) {
        return exchange -> {
            InetAddress source = exchange.getRemoteAddress().getAddress();
            InetAddress reached = exchange.getLocalAddress().getAddress();
            return new Caller(path(exchange), exchange.getRequestHeaders(), source,
                    peer(source, isOurs.or(reached::equals)), false);
        };
    }

    /// A program on this machine, at the plain HTTP listener: never a person, so tailscaled is not asked.
    public static Caller local(HttpExchange exchange) throws Refusal {
        return new Caller(path(exchange), exchange.getRequestHeaders(), exchange.getRemoteAddress().getAddress(),
                Optional.empty(), false);
    }

    /// The address as a peer's, unless it belongs to this machine. Any process can use those: tailscaled would answer
    /// with the machine's owner or, for a loopback address, with the peer whose connection had that port a moment ago.
    public static Optional<InetAddress> peer(InetAddress address, Predicate<InetAddress> isOurs) {
        boolean isOfThisMachine = address.isLoopbackAddress() || address.isAnyLocalAddress()
                || address.isLinkLocalAddress() || isOurs.test(address);
        return isOfThisMachine ? Optional.empty() : Optional.of(address);
    }

    /// The requested path, as it was sent.
    ///
    /// @throws Refusal if the head of the request was refused
    public static String path(HttpExchange exchange) throws Refusal {
        return RequestHead.path(exchange.getRequestURI());
    }
}
