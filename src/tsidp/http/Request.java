package tsidp.http;

import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;

/// A request as an endpoint sees it: immutable, its body read and bounded.
///
/// @param id the part of the path that matched the route's `{id}`; empty if the route has none
/// @param caller who sent the request, as the listener's [CallerResolver] determined
public record Request(String method, String id, String rawQuery, Caller caller, byte[] body) {

    /// The name of our one cookie: of this host alone, and only over HTTPS (RFC 6265bis §4.1.3).
    public static final String COOKIE = "__Host-tsidp";

    private static final String FORM = "application/x-www-form-urlencoded";

    /// The requested path.
    public String path() {
        return caller.path();
    }

    /// The headers, as the caller sent them.
    public Headers headers() {
        return caller.headers();
    }

    /// The address that the request comes from, for the log.
    public String source() {
        return caller.source().getHostAddress();
    }

    /// The value of a header, if it appears exactly once.
    public Optional<String> header(String name) {
        List<String> values = headers().getOrDefault(name, List.of());
        return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
    }

    /// Whether a header is present, once or more.
    public boolean hasHeader(String name) {
        return headers().containsKey(name);
    }

    /// Whether the client's `Accept` header names a media type.
    public boolean accepts(String mediaType) {
        return headers().getOrDefault("Accept", List.of()).stream()
                .anyMatch(value -> value.toLowerCase(Locale.ROOT).contains(mediaType));
    }

    /// Whether a browser shows the answer to a person: a navigation of a whole window (Fetch Metadata) or, from a
    /// browser that does not say what it does, a request that accepts HTML. Not what a script fetches, nor a frame,
    /// which would show none of our pages.
    public boolean isNavigation() {
        return hasHeader("Sec-Fetch-Mode") ? header("Sec-Fetch-Mode").equals(Optional.of("navigate"))
                && header("Sec-Fetch-Dest").orElse("document").equals("document") : accepts("text/html");
    }

    /// Whether the body is declared as a form.
    public boolean isForm() {
        return mediaType().equalsIgnoreCase(FORM);
    }

    private String mediaType() {
        return header("Content-Type").orElse("").split(";", 2)[0].strip();
    }

    /// The parameters of the query.
    ///
    /// @throws Refusal (invalid_request) if they are malformed
    public Parameters query() throws Refusal {
        return Parameters.parse(rawQuery);
    }

    /// The parameters of the body (RFC 6749 appendix B).
    ///
    /// @throws Refusal (invalid_request) if the body has another media type or is malformed
    public Parameters form() throws Refusal {
        if (body.length == 0) {
            return Parameters.NONE;
        }
        if (!isForm()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "the body must be " + FORM);
        }
        return Parameters.parse(new String(body, StandardCharsets.ISO_8859_1));
    }
}
