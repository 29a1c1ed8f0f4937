package tsidp.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.oauth.OAuthError;
import tsidp.oauth.Refusal;

/// Takes every request: finds its row, and does alone what no endpoint may forget. A request for another host is
/// refused first (421): identity is ambient here, so a name that somebody else points at us must get nothing.
public final class Router implements HttpHandler {

    /// Ours: bodies longer than this are read a few at a time, so that a flood of them can't fill the memory.
    private static final int LARGE_BODY = 8 << 10;

    private final Map<String, Route<?>> routes = new HashMap<>();
    private final Predicate<String> isOurHost;
    private final Log log;
    private final boolean logsEverything;
    private final Semaphore largeBodies = new Semaphore(32);

    /// A router of those rows. `isOurHost` is asked with a host name in lower case, without port.
    public Router(List<Route<?>> table, Predicate<String> isOurHost, Log log, boolean logsEverything) {
        table.forEach(route -> routes.put(route.path(), route));
        this.isOurHost = isOurHost;
        this.log = log;
        this.logsEverything = logsEverything;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Route<?> route = routes.get(exchange.getRequestURI().getRawPath());
            RefusalStyle style = route == null ? RefusalStyle.PAGE : route.refusals();
            Request request = withoutBody(exchange);
            try {
                refuseForeign(exchange, request);
                if (route == null) {
                    throw new Refusal(OAuthError.NOT_FOUND, "nothing is served at this address");
                }
                dispatch(exchange, request, route);
            } catch (Refusal refusal) {
                refuse(exchange, request, style, refusal);
            } catch (RuntimeException bug) {
                refuse(exchange, request, style, unexpected(bug));
            }
            logRequest(exchange, request);
        }
    }

    private void dispatch(HttpExchange exchange, Request request, Route<?> route) throws IOException, Refusal {
        if (route.origins() == Origins.ANY) {
            Headers headers = exchange.getResponseHeaders();
            headers.set("Access-Control-Allow-Origin", "*");
            headers.set("Access-Control-Allow-Methods", route.allow());
            // `*` does not stand for Authorization (Fetch, "CORS non-wildcard request-header name").
            headers.set("Access-Control-Allow-Headers", "*, Authorization");
            if (request.method().equals("OPTIONS")) {
                AnswerWriter.writeEmpty(exchange);
                return;
            }
        }
        if (!route.methods().contains(request.method())) {
            exchange.getResponseHeaders().set("Allow", route.allow());
            throw new Refusal(OAuthError.METHOD_NOT_ALLOWED,
                    "the method must be " + route.allow().replace(", ", " or "));
        }
        AnswerWriter.write(exchange, route.answer(withBody(exchange, request, route.maxBody())));
    }

    private void refuse(HttpExchange exchange, Request request, RefusalStyle style, Refusal refusal)
            throws IOException {
        String challenge = style.challenge(refusal);
        if (!challenge.isEmpty()) {
            exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
        }
        if (refusal.error() == OAuthError.CONTENT_TOO_LARGE) {
            exchange.getResponseHeaders().set("Connection", "close");
        }
        log.info("refused", "path", request.path(), "from", request.remote().getAddress().getHostAddress(),
                "status", refusal.error().status(), "error", refusal.error().wireName(),
                "why", refusal.description(), "detail", refusal.detail());
        AnswerWriter.write(exchange, style.answer(request, refusal));
    }

    private Refusal unexpected(RuntimeException bug) {
        String number = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        log.error("unexpected", "number", number, "exception", bug.getClass().getName(),
                "at", bug.getStackTrace().length == 0 ? "?" : bug.getStackTrace()[0]);
        return new Refusal(OAuthError.SERVER_ERROR, "an unexpected fault, number " + number);
    }

    /// The request target must be a path, and `Host` must name us (RFC 9112 §3.2).
    private void refuseForeign(HttpExchange exchange, Request request) throws Refusal {
        List<String> hosts = exchange.getRequestHeaders().getOrDefault("Host", List.of());
        if (exchange.getRequestURI().isAbsolute() || exchange.getRequestURI().getRawAuthority() != null
                || hosts.size() != 1 || !isOurHost.test(hostName(hosts.getFirst()))) {
            throw new Refusal(OAuthError.MISDIRECTED_REQUEST, "this server does not answer for that host name",
                    "host " + String.join(" ", hosts));
        }
        String length = request.header("Content-Length").orElse("0");
        if (!length.chars().allMatch(c -> c >= '0' && c <= '9')) {
            // Where the next request begins is a matter of opinion now: there must be none.
            exchange.getResponseHeaders().set("Connection", "close");
            throw new Refusal(OAuthError.INVALID_REQUEST, "malformed Content-Length");
        }
    }

    private static String hostName(String host) {
        int port = host.lastIndexOf(':');
        String name = port > host.lastIndexOf(']') ? host.substring(0, port) : host;
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static Request withoutBody(HttpExchange exchange) {
        String path = exchange.getRequestURI().getRawPath();
        String query = exchange.getRequestURI().getRawQuery();
        return new Request(exchange.getRequestMethod(), path == null ? "" : path, query == null ? "" : query,
                exchange.getRequestHeaders(), exchange.getRemoteAddress(), new byte[0]);
    }

    private Request withBody(HttpExchange exchange, Request request, int maxBody) throws IOException, Refusal {
        if (!Set.of("POST", "PUT").contains(request.method())) {
            return request;
        }
        String length = request.header("Content-Length").orElse("");
        if (length.length() > 9 || !length.isEmpty() && Integer.parseInt(length) > maxBody) {
            throw tooLarge(maxBody);
        }
        boolean isLarge = length.isEmpty() || Integer.parseInt(length) > LARGE_BODY;
        if (isLarge) {
            largeBodies.acquireUninterruptibly();
        }
        try {
            byte[] body = exchange.getRequestBody().readNBytes(maxBody + 1);
            if (body.length > maxBody) {
                throw tooLarge(maxBody);
            }
            return new Request(request.method(), request.path(), request.rawQuery(), request.headers(),
                    request.remote(), body);
        } finally {
            if (isLarge) {
                largeBodies.release();
            }
        }
    }

    private static Refusal tooLarge(int maxBody) {
        return new Refusal(OAuthError.CONTENT_TOO_LARGE, "the body is longer than " + maxBody + " bytes");
    }

    private void logRequest(HttpExchange exchange, Request request) {
        if (!logsEverything && !log.writes(Level.DEBUG)) {
            return;
        }
        Object[] fields = {"method", request.method(), "path", request.path(), "status", exchange.getResponseCode(),
            "from", request.remote().getAddress().getHostAddress()};
        if (logsEverything) {
            log.info("request", fields);
        } else {
            log.debug("request", fields);
        }
    }
}
