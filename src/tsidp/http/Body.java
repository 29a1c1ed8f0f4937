package tsidp.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// The body of an exchange, not yet read. The sender controls how long it takes, and it may never end.
///
/// Nothing waits for a place to read one, so that nobody can hold those of others. What bounds the memory is the number
/// of exchanges at once (see [Router]), and that a stranger's body is smaller than the connection that it comes on.
///
/// @param bodies that are awaited now; when half of the places are taken, a slow one is given less time
/// @param share how many of them may be of one address
/// @param patience how long it may take
record Body(HttpExchange exchange, Shares<HttpExchange> bodies, int share, Duration patience) {

    /// Ours: how long a body may take when many are awaited.
    private static final Duration LITTLE_PATIENCE = Duration.ofSeconds(2);

    /// The request with its body, if its method has one. What has arrived with the head is not waited for.
    ///
    /// @param max in bytes
    /// @throws Refusal (413) if it is longer
    /// @throws IOException if it does not arrive
    Request appendedTo(Request head, int max) throws IOException, Refusal {
        if (!Set.of("POST", "PUT").contains(head.method())) {
            return head;
        }
        String length = head.header("Content-Length").orElse("");
        if (length.length() > 9 || !length.isEmpty() && Integer.parseInt(length) > max) {
            throw tooLong(max);
        }
        InputStream in = exchange.getRequestBody();
        boolean isHere = !length.isEmpty() && in.available() >= Integer.parseInt(length);
        byte[] body = isHere ? content(in, Integer.parseInt(length)) : read(in, head.caller().source(), max + 1);
        if (body.length > max) {
            throw tooLong(max);
        }
        return new Request(head.method(), head.id(), head.rawQuery(), head.caller(), body);
    }

    private byte[] read(InputStream in, InetAddress source, int max) throws IOException, Refusal {
        if (!bodies.enter(exchange, source, share)) {
            throw new Refusal(OAuthError.CROWDED, "too many requests wait for their bodies");
        }
        try {
            return Deadline.within(bodies.isHalfTaken() && patience.compareTo(LITTLE_PATIENCE) > 0 ? LITTLE_PATIENCE
                    : patience, () -> content(in, max));
        } finally {
            bodies.leave(exchange);
        }
    }

    private static byte[] content(InputStream in, int max) throws IOException {
        byte[] content = new byte[max];
        int length = 0;
        try {
            for (int part = 0; part >= 0 && length < max; length += Math.max(part, 0)) {
                part = in.read(content, length, max - length);
            }
        } catch (IOException broken) {
            // The JDK's server takes no trailer fields, which may be ignored (RFC 9112 §7.1.2): having read the last
            // chunk it fails once, and then the body has ended.
            if (in.read() >= 0) {
                throw broken;
            }
        }
        return Arrays.copyOf(content, length);
    }

    private static Refusal tooLong(int max) {
        return new Refusal(OAuthError.CONTENT_TOO_LARGE, "the body is longer than " + max + " bytes");
    }
}
