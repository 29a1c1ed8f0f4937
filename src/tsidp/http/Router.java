package tsidp.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.store.StoreException;

/// Handles every request: finds its row, and does everything that no endpoint may forget. A request for another host is
/// refused first (421): identity is ambient here, so another site's name that resolves to our address must not work
/// (DNS rebinding).
public final class Router implements HttpHandler {

    /// Ours: exchanges at once, each with a body of 64 KiB at most. The Internet, all of it, has a quarter of them, and
    /// one network there a quarter of that; one address of the tailnet, where a busy application or a subnet router may
    /// be, has a little more than a third.
    private static final int EXCHANGES = 256;
    private static final int INTERNETS = 64;
    private static final int EACH_NETWORK = 16;
    private static final int EACH_ADDRESS = 96;

    /// Ours: how many that find no place are told so at once.
    private static final int REFUSALS = 64;

    /// Ours: how many of them may wait for a body, so that there is always a place for a request without one, as those
    /// of a sign-in in a browser are; and how many of those may be of one address.
    private static final int BODIES = 128;
    private static final int BODIES_EACH = 48;

    /// Ours: how long a body may take. For the tailnet as long as the JDK's server waits: see `HttpLimits`.
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration PATIENCE_WITH_THE_INTERNET = Duration.ofSeconds(5);

    /// RFC 4291 §2.5.4: the part of an IPv6 address that says whose network it is, in bytes.
    private static final int NETWORK_PREFIX = 8;

    /// Ours, in seconds: when it is worth while to try again.
    private static final String RETRY_AFTER = "5";

    /// The rows of one path, which differ in their methods alone.
    ///
    /// @param path to which the sender is redirected; empty if it is the requested one
    private record Found(List<Route<?>> rows, String id, String path) {

        Route<?> first() {
            return rows.getFirst();
        }

        /// The value of `Allow` (RFC 9110 §10.2.1).
        String allow() {
            var methods = new TreeSet<String>();
            rows.forEach(row -> methods.addAll(row.methods()));
            if (first().origins() == Origins.CORS) {
                methods.add("OPTIONS");
            }
            return String.join(", ", methods);
        }
    }

    private final Map<String, List<Route<?>>> exact;
    private final Map<String, List<Route<?>>> patterns;
    private final CallerResolver callers;
    private final Predicate<String> isOurHost;
    private final Log log;
    private final boolean logsEverything;
    private final Shares<HttpExchange> exchanges = new Shares<>(EXCHANGES);
    private final Shares<HttpExchange> internets = new Shares<>(INTERNETS);
    private final Shares<HttpExchange> bodies = new Shares<>(BODIES);
    private final Semaphore refusals = new Semaphore(REFUSALS);

    /// A router for these rows.
    ///
    /// @param isOurHost is given a host name in lower case, without port
    public Router(List<Route<?>> table, CallerResolver callers, Predicate<String> isOurHost, Log log,
            boolean logsEverything) {
        this.exact = table.stream().filter(Route::isExact).collect(Collectors.groupingBy(Route::path));
        this.patterns = table.stream().filter(row -> !row.isExact()).collect(Collectors.groupingBy(Route::path));
        this.callers = callers;
        this.isOurHost = isOurHost;
        this.log = log;
        this.logsEverything = logsEverything;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                answer(exchange, callers.resolve(exchange));
            } catch (Refusal refusal) {
                // It did not arrive the required way: nothing in it is believed, and its path may contain a secret.
                var stranger = new Caller("", exchange.getRequestHeaders(), exchange.getRemoteAddress().getAddress(),
                        Optional.empty(), false);
                refuse(exchange, request(exchange, stranger, ""), RefusalStyle.PAGE, refusal);
            }
        }
    }

    private void answer(HttpExchange exchange, Caller caller) throws IOException {
        Optional<Found> found = find(caller.path());
        RefusalStyle style = found.map(rows -> rows.first().refusals()).orElse(RefusalStyle.PAGE);
        Request request = request(exchange, caller, found.map(Found::id).orElse(""));
        try {
            refuseTooMany(exchange, caller);
            refuseForeign(request);
            dispatch(exchange, request, found.orElseThrow(() -> new Refusal(OAuthError.NOT_FOUND,
                    "nothing is served at this address")));
        } catch (Refusal refusal) {
            refuse(exchange, request, style, refusal);
        } catch (StoreException fault) {
            log.error("store", "fault", fault.getMessage());
            refuse(exchange, request, style, new Refusal(OAuthError.TEMPORARILY_UNAVAILABLE,
                    "this can't be stored now: try again later", fault.getMessage()));
        } catch (RuntimeException bug) {
            refuse(exchange, request, style, unexpected(bug));
        } finally {
            exchanges.leave(exchange);
            internets.leave(exchange);
        }
        logRequest(exchange, request);
    }

    /// As Go's `ServeMux`: a path that is not clean, or lacks the final slash of a row, is redirected to the one that
    /// is served. The sender then asks for that, so each guard sees the path that is answered.
    private Optional<Found> find(String path) {
        Optional<Found> asked = rows(path);
        String clean = clean(path);
        return asked.isPresent() || !path.startsWith("/") ? asked
                : redirected(clean).or(() -> redirected(clean + "/"));
    }

    private Optional<Found> redirected(String path) {
        return rows(path).map(found -> new Found(found.rows(), found.id(), path));
    }

    private Optional<Found> rows(String path) {
        if (exact.containsKey(path)) {
            return Optional.of(new Found(exact.get(path), "", ""));
        }
        return patterns.values().stream().flatMap(rows -> rows.getFirst().id(path).map(id -> new Found(rows, id, ""))
                .stream()).findFirst();
    }

    /// The path without empty and dot segments (RFC 3986 §5.2.4). It begins with one slash, so it never names another
    /// host.
    private static String clean(String path) {
        var kept = new ArrayDeque<String>();
        for (String segment : path.split("/")) {
            if (segment.equals("..")) {
                kept.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                kept.addLast(segment);
            }
        }
        return "/" + String.join("/", kept) + (path.endsWith("/") && !kept.isEmpty() ? "/" : "");
    }

    private void dispatch(HttpExchange exchange, Request request, Found found)
            throws IOException, Refusal {
        if (request.caller().isFunnel() && found.first().reach() == Reach.TAILNET) {
            throw new Refusal(OAuthError.OVER_FUNNEL, "this is not served to the Internet, only to the tailnet");
        }
        if (found.first().origins() == Origins.CORS) {
            Headers headers = exchange.getResponseHeaders();
            headers.set("Access-Control-Allow-Origin", "*");
            headers.set("Access-Control-Allow-Methods", found.allow());
            // `*` does not stand for Authorization (Fetch, "CORS non-wildcard request-header name").
            headers.set("Access-Control-Allow-Headers", "*, Authorization");
            if (request.method().equals("OPTIONS")) {
                AnswerWriter.write(exchange, new Answer.Empty());
                return;
            }
        }
        if (!found.path().isEmpty()) {
            // RFC 9110 §15.4.8: with the same method.
            AnswerWriter.write(exchange, new Answer.Redirect(307,
                    found.path() + (request.rawQuery().isEmpty() ? "" : "?" + request.rawQuery())));
            return;
        }
        Optional<Route<?>> row = found.rows().stream().filter(one -> one.methods().contains(request.method()))
                .findFirst();
        if (row.isEmpty()) {
            exchange.getResponseHeaders().set("Allow", found.allow());
            throw new Refusal(OAuthError.METHOD_NOT_ALLOWED,
                    "the method must be " + found.allow().replace(", ", " or "));
        }
        if (row.get().origins() == Origins.NO_CSRF) {
            refuseOtherOrigins(request);
        }
        AnswerWriter.write(exchange, row.get().answer(request, new Body(exchange, bodies, BODIES_EACH,
                request.caller().isFunnel() ? PATIENCE_WITH_THE_INTERNET : PATIENCE)));
    }

    private void refuse(HttpExchange exchange, Request request, RefusalStyle style, Refusal refusal)
            throws IOException {
        boolean isCrowded = refusal.error() == OAuthError.CROWDED;
        // Until its body is read away or given up, each keeps a connection, of which there are few too.
        if (isCrowded && !refusals.tryAcquire()) {
            throw new IOException("too many requests are refused at once: this connection ends");
        }
        try {
            tell(exchange, request, style, refusal);
        } finally {
            refusals.release(isCrowded ? 1 : 0);
        }
    }

    private void tell(HttpExchange exchange, Request request, RefusalStyle style, Refusal refusal)
            throws IOException {
        String challenge = style.challenge(refusal);
        if (!challenge.isEmpty()) {
            exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
        }
        if (refusal.error() == OAuthError.CONTENT_TOO_LARGE) {
            exchange.getResponseHeaders().set("Connection", "close");
        }
        if (refusal.error().status() == 503) {
            // RFC 9110 §10.2.3.
            exchange.getResponseHeaders().set("Retry-After", RETRY_AFTER);
        }
        log.stranger(request.source(), "refused", "path", request.path(), "status", refusal.error().status(),
                "error", refusal.error().wireName(), "why", refusal.description(), "detail", refusal.detail());
        AnswerWriter.write(exchange, style.answer(request, refusal));
    }

    private Refusal unexpected(RuntimeException bug) {
        String number = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        log.error("unexpected", "number", number, "exception", bug.getClass().getName(),
                "at", bug.getStackTrace().length == 0 ? "?" : bug.getStackTrace()[0]);
        return new Refusal(OAuthError.SERVER_ERROR, "internal error number " + number);
    }

    private void refuseTooMany(HttpExchange exchange, Caller caller) throws Refusal {
        boolean hasPlace = caller.isFunnel() ? internets.enter(exchange, network(caller.source()), EACH_NETWORK)
                && exchanges.enter(exchange, "Internet", INTERNETS)
                : exchanges.enter(exchange, caller.source(), EACH_ADDRESS);
        if (!hasPlace) {
            throw new Refusal(OAuthError.CROWDED, caller.isFunnel() ? "the Internet sends too many requests at once"
                    : "this address sends too many requests at once");
        }
    }

    private static String network(InetAddress address) {
        return address instanceof Inet6Address ? HexFormat.of().formatHex(address.getAddress(), 0, NETWORK_PREFIX)
                : address.getHostAddress();
    }

    /// `Host` must name us (RFC 9110 §15.5.20).
    private void refuseForeign(Request request) throws Refusal {
        String host = request.header("Host").orElse("");
        if (!isOurHost.test(hostName(host))) {
            throw new Refusal(OAuthError.MISDIRECTED_REQUEST, "this server does not answer for that host name",
                    "host " + host);
        }
    }

    /// State-changing requests must come from our own pages, or from no page at all: a program sends neither header.
    private static void refuseOtherOrigins(Request request) throws Refusal {
        if (request.method().equals("GET")) {
            return;
        }
        String site = request.header("Sec-Fetch-Site").orElse("");
        String origin = request.header("Origin").orElse("");
        // Fetch Metadata §2.4: `none` is a person's own doing.
        boolean isOurs = Set.of("", "none").contains(site) ? origin.isEmpty() || isSameOrigin(origin, request)
                : site.equals("same-origin");
        if (!isOurs || request.hasHeader("Origin") && origin.isEmpty()) {
            throw new Refusal(OAuthError.FOREIGN_FORM, "this request came from another site",
                    "origin " + origin + " site " + site);
        }
    }

    private static boolean isSameOrigin(String origin, Request request) {
        String host = request.header("Host").orElse("");
        return origin.equalsIgnoreCase("https://" + host) || origin.equalsIgnoreCase("http://" + host);
    }

    private static String hostName(String host) {
        int port = host.lastIndexOf(':');
        String name = port > host.lastIndexOf(']') ? host.substring(0, port) : host;
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static Request request(HttpExchange exchange, Caller caller, String id) {
        String query = exchange.getRequestURI().getRawQuery();
        return new Request(exchange.getRequestMethod(), id, query == null ? "" : query, caller, new byte[0]);
    }

    private void logRequest(HttpExchange exchange, Request request) {
        if (!logsEverything && !log.writes(Level.DEBUG)) {
            return;
        }
        Object[] fields = {"method", request.method(), "path", request.path(), "status", exchange.getResponseCode(),
            "from", request.source()};
        if (logsEverything) {
            log.info("request", fields);
        } else {
            log.debug("request", fields);
        }
    }
}
