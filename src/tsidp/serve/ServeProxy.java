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

/// Callers whose requests tailscaled's serve proxy hands on: peers, and the Internet over Funnel. The proxy replaces
/// whatever a caller sent as `X-Forwarded-*` and `Tailscale-*` (ipn/ipnlocal/serve.go), so these headers are its word,
/// provided that it is the proxy that sends them. A secret at the start of each path proves that: see `ServeListener`.
public final class ServeProxy implements CallerResolver {

    /// From tailscaled: present on Funnel traffic and on no other.
    private static final String FUNNEL = "Tailscale-Funnel-Request";

    private final byte[] prefix;
    private final Predicate<InetAddress> isOurs;

    /// Believes requests for paths that begin with a prefix that only the proxy knows.
    ///
    /// @param prefix as in `/9f…`
    /// @param isOurs whether an address is one of this machine
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
        // The proxy names the host itself to a socket that has no name.
        headers.set("Host", single(in, "X-Forwarded-Host"));
        try {
            InetAddress source = InetAddress.ofLiteral(single(in, "X-Forwarded-For"));
            boolean isFunnel = in.containsKey(FUNNEL);
            return new Caller(target.substring(length), headers, source,
                    isFunnel ? Optional.empty() : Caller.peer(source, isOurs), isFunnel);
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
