package tsidp.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// The body of an exchange, not read yet. Until the last byte it belongs to whoever sends it, and may never end.
///
/// There is no permit to read one, so that nobody can hold those of others. What bounds the memory is the number of
/// exchanges at once (see [Router]), and that a stranger's body is smaller than the connection that it comes on.
///
/// @param patience how long it may take
record Body(HttpExchange exchange, Duration patience) {

    /// The request with its body; without one, if its method has none.
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
        byte[] body = Deadline.within(patience, () -> exchange.getRequestBody().readNBytes(max + 1));
        if (body.length > max) {
            throw tooLong(max);
        }
        return new Request(head.method(), head.id(), head.rawQuery(), head.caller(), body);
    }

    private static Refusal tooLong(int max) {
        return new Refusal(OAuthError.CONTENT_TOO_LARGE, "the body is longer than " + max + " bytes");
    }
}
