package tsidp.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tsidp.http.Answer.Asset;
import tsidp.http.Answer.Document;
import tsidp.http.Answer.Empty;
import tsidp.http.Answer.Page;
import tsidp.http.Answer.PublicDocument;
import tsidp.http.Answer.Redirect;
import tsidp.http.Answer.Setting;
import tsidp.http.Answer.Text;
import tsidp.json.JsonWriter;

/// Writes answers: the only place that sets status and headers.
final class AnswerWriter {

    /// Only our own files; no other scripts, no inline styles, no framing, no forms to other sites than these.
    private static final String POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; script-src %s;"
            + " form-action %s; base-uri 'none'; frame-ancestors 'none'";

    /// Ours: how long the rest of a body is read and discarded. Otherwise the answer could be lost when the connection
    /// closes (RFC 9112 §9.6). A sender that has not finished by then is disconnected.
    private static final Duration DRAIN = Duration.ofSeconds(1);

    private AnswerWriter() {
    }

    static void write(HttpExchange exchange, Answer answer) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Security-Policy", POLICY.formatted("'self'", "'self'"));
        switch (answer) {
            case Document(int status, var json) ->
                unstored(exchange, status, "application/json", JsonWriter.writeBytes(json));
            case PublicDocument(var json) -> kept(exchange, "application/json", JsonWriter.writeBytes(json));
            case Redirect(int status, String location) -> {
                headers.set("Location", location);
                unstored(exchange, status, "", new byte[0]);
            }
            case Setting(Answer setting, String cookie) -> {
                headers.set("Set-Cookie", cookie);
                write(exchange, setting);
            }
            case Empty() -> unstored(exchange, 204, "", new byte[0]);
            case Page(int status, Html html, String formAction, String scripts) -> {
                headers.set("Content-Security-Policy", POLICY.formatted(scripts, formAction));
                unstored(exchange, status, "text/html; charset=utf-8", utf8(html.toString()));
            }
            case Text(int status, String text) -> unstored(exchange, status, "text/plain; charset=utf-8", utf8(text));
            case Asset(String mediaType, byte[] content) -> kept(exchange, mediaType, content);
        }
    }

    private static void unstored(HttpExchange exchange, int status, String mediaType, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("Pragma", "no-cache");
        send(exchange, status, mediaType, body);
    }

    private static void kept(HttpExchange exchange, String mediaType, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Cache-Control", "public, max-age=300");
        send(exchange, 200, mediaType, body);
    }

    private static void send(HttpExchange exchange, int status, String mediaType, byte[] body) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("X-Content-Type-Options", "nosniff");
        // `no-referrer` would make browsers send `Origin: null` with our own forms (Fetch, "append a request Origin").
        headers.set("Referrer-Policy", "same-origin");
        headers.set("X-Frame-Options", "DENY");
        // RFC 9112 §9.6: the JDK closes the connection without announcing it, and the next request on it would be lost.
        if ("close".equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Connection"))) {
            headers.set("Connection", "close");
        }
        if (!mediaType.isEmpty()) {
            headers.set("Content-Type", mediaType);
        }
        if (body.length == 0 || exchange.getRequestMethod().equals("HEAD")) {
            drain(exchange.getRequestBody());
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.getResponseBody().flush();
            drain(exchange.getResponseBody());
        }
    }

    /// Closes a stream of an exchange, upon which the JDK's server reads the rest of the request's body. The exchange
    /// itself is not closed: if the body breaks off, the server would then not count the connection as closed.
    private static void drain(Closeable stream) throws IOException {
        Deadline.within(DRAIN, () -> {
            stream.close();
            return stream;
        });
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
