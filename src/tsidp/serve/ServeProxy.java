package tsidp.serve;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import tsidp.http.Caller;
import tsidp.http.CallerResolver;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// Resolves callers whose requests tailscaled's serve proxy forwards: peers, and the Internet over Funnel. The proxy
/// replaces any `X-Forwarded-*` and `Tailscale-*` headers of a caller (ipn/ipnlocal/serve.go), so they can be trusted
/// if the proxy sent them. A secret at the start of each path proves that: see `ServeListener`.
public final class ServeProxy implements CallerResolver {

    /// From tailscaled: present only on Funnel traffic.
    private static final String FUNNEL = "Tailscale-Funnel-Request";

    private final byte[] prefix;
    private final Predicate<InetAddress> isOurs;

    /// Trusts requests whose path begins with a prefix that only the proxy knows.
    ///
    /// @param prefix as in `/9f…`
    /// @param isOurs whether an address belongs to this machine
    public ServeProxy(String prefix, Predicate<InetAddress> isOurs) {
        this.prefix = prefix.getBytes(StandardCharsets.ISO_8859_1);
        this.isOurs = isOurs;
    }

    @Override
    public Caller resolve(HttpExchange exchange) throws Refusal {
        String target = Caller.path(exchange);
        byte[] path = target.getBytes(StandardCharsets.ISO_8859_1);
        int length = Math.min(prefix.length, path.length);
        if (!MessageDigest.isEqual(prefix, Arrays.copyOf(path, length))) {
            throw new Refusal(OAuthError.NOT_FOUND, "nothing is served at this address", "not from tailscaled's proxy");
        }
        Headers in = exchange.getRequestHeaders();
        var headers = new Headers();
        in.forEach((name, values) -> {
            if (!isProxys(name)) {
                headers.put(name, values);
            }
        });
        // For a Unix socket, which has no host name, the proxy sets Host itself.
        headers.set("Host", single(in, "X-Forwarded-Host"));
        try {
            InetAddress source = InetAddress.ofLiteral(single(in, "X-Forwarded-For"));
            boolean isFunnel = in.containsKey(FUNNEL);
            return new Caller(target.substring(length), headers, source,
                    isFunnel ? Optional.empty() : Caller.peer(source, isOurs), isFunnel);
        } catch (IllegalArgumentException notAnAddress) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "tailscaled's proxy did not name the caller");
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
