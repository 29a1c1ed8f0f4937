package tsidp.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import tsidp.oauth.OAuthError;
import tsidp.oauth.Refusal;

/// The door that tailscaled's serve proxy comes through, for peers and for Funnel. The proxy replaces whatever a caller
/// sent as `X-Forwarded-*` and `Tailscale-*` (ipn/ipnlocal/serve.go), so these headers are its word, provided that it
/// is the proxy that sends them. That is proved by the connection or by the path: see `ServeListener`.
public final class ServeDoor implements Door {

    /// From tailscaled: present on Funnel traffic and on no other.
    private static final String FUNNEL = "Tailscale-Funnel-Request";

    private final Predicate<InetSocketAddress> isFromProxy;
    private final byte[] prefix;

    /// A door that opens to connections of the proxy, for paths that begin with a prefix that only it knows.
    ///
    /// @param prefix as in `/9f…`; empty if the connection is proof enough
    public ServeDoor(Predicate<InetSocketAddress> isFromProxy, String prefix) {
        this.isFromProxy = isFromProxy;
        this.prefix = prefix.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public Arrival arrival(HttpExchange exchange) throws Refusal {
        String target = String.valueOf(exchange.getRequestURI().getRawPath());
        byte[] path = target.getBytes(StandardCharsets.ISO_8859_1);
        int length = Math.min(prefix.length, path.length);
        if (!isFromProxy.test(exchange.getRemoteAddress())
                || !MessageDigest.isEqual(prefix, Arrays.copyOf(path, length))) {
            throw new Refusal(OAuthError.NOT_FOUND, "nothing is served at this address", "not from tailscaled's proxy");
        }
        Headers in = exchange.getRequestHeaders();
        var headers = new Headers();
        in.forEach((name, values) -> {
            if (!isProxys(name)) {
                headers.put(name, values);
            }
        });
        // The proxy names the host itself to a socket that has no name.
        headers.set("Host", single(in, "X-Forwarded-Host"));
        try {
            // A bare address, which whois answers for as it does for a connection from there.
            var from = new InetSocketAddress(InetAddress.ofLiteral(single(in, "X-Forwarded-For")), 0);
            return new Arrival(target.substring(length), headers, from, in.containsKey(FUNNEL));
        } catch (IllegalArgumentException notAnAddress) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "tailscaled's proxy did not say who asks");
        }
    }

    private static boolean isProxys(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("host") || lower.startsWith("x-forwarded-") || lower.startsWith("tailscale-");
    }

    private static String single(Headers headers, String name) {
        List<String> values = headers.getOrDefault(name, List.of());
        return values.size() == 1 ? values.getFirst() : "";
    }
}
