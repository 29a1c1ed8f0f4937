package tsidp.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tsidp.protocol.OAuthError;

/// What one connection sends, with each head of a request replaced by its [RequestHead]. Not thread-safe.
final class RequestHeads {

    /// Ours, in bytes: a head without its cookies. The longest that clients send is the query of /authorize.
    private static final int MAX_HEAD = 16_384;

    /// Ours: one line. A browser sends the cookies of every server on our host; all but ours are dropped.
    private static final int MAX_LINE = 65_536;

    private static final int MAX_LINES = 100;

    private final String prefix;
    private final boolean isLast;
    private final List<String> lines = new ArrayList<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int size;
    private long body;

    /// @param prefix is put before each target
    /// @param isLast whether the connection carries one request only
    RequestHeads(String prefix, boolean isLast) {
        this.prefix = prefix;
        this.isLast = isLast;
    }

    /// The next bytes, rewritten. A head comes when it is complete.
    byte[] rewrite(byte[] bytes, int length) {
        var out = new ByteArrayOutputStream(length);
        for (int i = 0; i < length; i++) {
            if (body > 0) {
                int part = (int) Math.min(body, length - i);
                out.write(bytes, i, part);
                body -= part;
                i += part - 1;
            } else if (bytes[i] != '\n') {
                line.write(bytes[i]);
                if (line.size() > MAX_LINE) {
                    begin(RequestHead.refused(OAuthError.HEAD_TOO_LARGE, lines), out);
                }
            } else {
                String text = line.toString(StandardCharsets.ISO_8859_1).replaceFirst("\r$", "");
                line.reset();
                end(text, out);
            }
        }
        return out.toByteArray();
    }

    private void end(String text, ByteArrayOutputStream out) {
        if (text.isEmpty() && !lines.isEmpty()) {
            begin(RequestHead.of(lines, prefix, isLast), out);
        } else if (!text.isEmpty()) {
            // RFC 9112 §2.2: empty lines before the first are ignored.
            String kept = RequestHead.isNamed(text, "Cookie") ? ours(text) : text;
            lines.addAll(kept.isEmpty() ? List.of() : List.of(kept));
            size += kept.length();
            if (size > MAX_HEAD || lines.size() > MAX_LINES) {
                begin(RequestHead.refused(OAuthError.HEAD_TOO_LARGE, lines), out);
            }
        }
    }

    /// RFC 6265 §4.2.1: the field with our cookie alone; nothing if it is not there.
    private static String ours(String field) {
        return Arrays.stream(field.substring(field.indexOf(':') + 1).split(";")).map(String::strip)
                .filter(pair -> pair.startsWith(Request.COOKIE + "=")).findFirst().map(pair -> "Cookie: " + pair)
                .orElse("");
    }

    private void begin(RequestHead head, ByteArrayOutputStream out) {
        out.writeBytes(head.bytes());
        body = head.body();
        lines.clear();
        line.reset();
        size = 0;
    }
}
