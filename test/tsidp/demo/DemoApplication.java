package tsidp.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import tsidp.fake.FakeTailnet;
import tsidp.http.Html;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;
import tsidp.store.ExpiringMap;

/// The application: its pages, its cookie, and who is signed in. Works without script, and answers for one host only.
final class DemoApplication implements HttpHandler {

    /// No scripts, no framing, no forms to other sites.
    private static final String POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
            + " frame-ancestors 'none'";

    private static final Pattern COOKIE = Pattern.compile("(?:^|; *)tsidp-demo=([A-Za-z0-9_-]{43})(?:;|$)");

    // Ours.

    private static final int MAX_FORM_BYTES = 1024;
    private static final int MAX_BROWSERS = 1000;
    private static final Duration ATTEMPT = Duration.ofMinutes(10);
    private static final Duration SESSION = Duration.ofHours(12);

    private final Secrets secrets = new Secrets(new SecureRandom());
    private final String url;
    private final FakeTailnet tailnet;
    private final RelyingParty relyingParty;
    private final InstantSource clock;
    private final ExpiringMap<String, LoginAttempt> attempts;
    private final ExpiringMap<String, SignedIn> sessions;
    private volatile Visitor visitor = Visitor.ALICE;

    /// An application at a URL, without a path, for visitors from a tailnet.
    DemoApplication(String url, FakeTailnet tailnet, RelyingParty relyingParty, InstantSource clock) {
        this.url = url;
        this.tailnet = tailnet;
        this.relyingParty = relyingParty;
        this.clock = clock;
        this.attempts = new ExpiringMap<>(MAX_BROWSERS, clock);
        this.sessions = new ExpiringMap<>(MAX_BROWSERS, clock);
        visitor.speakAt(tailnet);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var headers = exchange.getResponseHeaders();
            headers.set("Content-Security-Policy", POLICY);
            headers.set("X-Content-Type-Options", "nosniff");
            // Under no-referrer a browser also sends "Origin: null" with our own forms.
            headers.set("Referrer-Policy", "same-origin");
            headers.set("Cache-Control", "no-store");
            if (!url.equals("http://" + exchange.getRequestHeaders().getFirst("Host"))) {
                // The cookie and the redirect URI are only for this name.
                redirect(exchange, url + "/");
                return;
            }
            try {
                route(exchange);
            } catch (LoginException e) {
                send(exchange, 502, "text/html", DemoPages.fault(e).toString().getBytes(StandardCharsets.UTF_8));
            } catch (Refusal malformed) {
                send(exchange, 400, "text/plain", (malformed.description() + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private void route(HttpExchange exchange) throws IOException, LoginException, Refusal {
        switch (exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath()) {
            case "GET /", "HEAD /" -> send(exchange, 200, "text/html", page(exchange));
            case "GET /style.css" -> send(exchange, 200, "text/css", Html.file("style.css"));
            case "GET /demo.css" -> send(exchange, 200, "text/css", Html.file("demo.css"));
            case "GET /login" -> login(exchange);
            case "GET /callback" -> callback(exchange);
            case "POST /who", "POST /refresh", "POST /logout" -> change(exchange);
            default -> send(exchange, 404, "text/plain", "There is no such page.\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    private byte[] page(HttpExchange exchange) {
        Optional<SignedIn> session = browser(exchange).flatMap(sessions::get);
        return DemoPages.home(visitor, session, relyingParty.issuer()).toString().getBytes(StandardCharsets.UTF_8);
    }

    private void login(HttpExchange exchange) throws IOException, LoginException {
        String state = secrets.base64Url(32);
        var attempt = new LoginAttempt(browser(exchange).orElseGet(() -> newBrowser(exchange)),
                secrets.base64Url(32), secrets.base64Url(32));
        attempts.put(state, attempt, clock.instant().plus(ATTEMPT));
        redirect(exchange, relyingParty.authorizationUrl(state, attempt));
    }

    private void callback(HttpExchange exchange) throws IOException, LoginException, Refusal {
        Parameters answer = Parameters.parse(Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse(""));
        LoginAttempt attempt = answer.get("state").flatMap(attempts::take)
                .filter(begun -> browser(exchange).equals(Optional.of(begun.browser())))
                .orElseThrow(() -> new LoginException("state", "This browser did not ask for that answer, or did so"
                        + " too long ago."));
        // RFC 9207 §2.4.
        if (!answer.get("iss").equals(Optional.of(relyingParty.issuer()))) {
            throw new LoginException("iss", "This answer comes from another provider.");
        }
        if (answer.get("error").isPresent()) {
            throw new LoginException(answer.get("error").get(), "The provider refuses: "
                    + answer.get("error_description").orElse("it does not say why") + ".");
        }
        SignedIn signedIn = relyingParty.redeem(answer.require("code"), attempt);
        // A new session id: somebody who knew the old cookie does not know this one (session fixation).
        sessions.take(attempt.browser());
        sessions.put(newBrowser(exchange), signedIn, clock.instant().plus(SESSION));
        redirect(exchange, url + "/");
    }

    private void change(HttpExchange exchange) throws IOException, LoginException, Refusal {
        List<String> origins = exchange.getRequestHeaders().getOrDefault("Origin", List.of(url));
        if (!origins.equals(List.of(url))) {
            send(exchange, 403, "text/plain", "That form is not of this page.\n".getBytes(StandardCharsets.UTF_8));
            return;
        }
        byte[] body = exchange.getRequestBody().readNBytes(MAX_FORM_BYTES);
        Optional<String> browser = browser(exchange);
        switch (exchange.getRequestURI().getPath()) {
            case "/who" -> {
                String name = Parameters.parse(new String(body, StandardCharsets.ISO_8859_1)).require("who");
                visitor = Visitor.named(name).orElseThrow(
                        () -> new Refusal(OAuthError.INVALID_REQUEST, "there is nobody of that name"));
                visitor.speakAt(tailnet);
            }
            case "/refresh" -> {
                Optional<SignedIn> session = browser.flatMap(sessions::get);
                if (session.isPresent()) {
                    SignedIn refreshed = relyingParty.refresh(session.get());
                    sessions.put(browser.get(), refreshed, clock.instant().plus(SESSION));
                }
            }
            default -> browser.ifPresent(sessions::take);
        }
        redirect(exchange, url + "/");
    }

    private static Optional<String> browser(HttpExchange exchange) {
        var cookies = COOKIE.matcher(String.join("; ", exchange.getRequestHeaders().getOrDefault("Cookie", List.of())));
        return cookies.find() ? Optional.of(cookies.group(1)) : Optional.empty();
    }

    private String newBrowser(HttpExchange exchange) {
        String name = secrets.base64Url(32);
        exchange.getResponseHeaders().set("Set-Cookie", "tsidp-demo=" + name + "; Path=/; HttpOnly; SameSite=Lax");
        return name;
    }

    private static void redirect(HttpExchange exchange, String location) throws IOException {
        exchange.getResponseHeaders().set("Location", location);
        exchange.sendResponseHeaders(303, -1);
    }

    private static void send(HttpExchange exchange, int status, String mediaType, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", mediaType + "; charset=utf-8");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
