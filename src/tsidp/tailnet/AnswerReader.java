package tsidp.tailnet;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;

/// Reads LocalAPI's answer from a connection: HTTP/1.1 (RFC 9112) as far as it needs it, bounded and strict.
final class AnswerReader {

    /// Ours: LocalAPI's headers take a few hundred bytes.
    static final int MAX_HEADER = 16 * 1024;

    /// Ours: an answer about one node is about 3 KiB, a certificate chain 6 KiB.
    static final int MAX_BODY = 1024 * 1024;

    /// Ours: lines between chunks contain only a number.
    private static final int MAX_LINE = 256;
    private static final int MAX_TRAILERS = 64;

    private final InputStream in;

    /// An answer that violates RFC 9112 or our limits. The message does not quote it.
    static final class Malformed extends IOException {
        Malformed(String fault) {
            super(fault);
        }
    }

    AnswerReader(ReadableByteChannel channel) {
        in = new BufferedInputStream(Channels.newInputStream(channel), MAX_HEADER);
    }

    /// The answer, whole.
    ///
    /// @throws IOException if it is truncated, malformed or too large
    LocalAnswer read() throws IOException {
        List<String> header = header();
        int status = status(header.removeFirst());
        int length = -1;
        boolean chunked = false;
        String etag = "";
        for (String line : header) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new Malformed("a header line without a name");
            }
            String name = line.substring(0, colon);
            String value = line.substring(colon + 1).strip();
            if (name.equalsIgnoreCase("content-length")) {
                if (length >= 0) {
                    throw new Malformed("two lengths");
                }
                length = number(value, 10);
            } else if (name.equalsIgnoreCase("transfer-encoding")) {
                if (chunked || !value.equalsIgnoreCase("chunked")) {
                    throw new Malformed("an unknown transfer encoding");
                }
                chunked = true;
            } else if (name.equalsIgnoreCase("etag")) {
                etag = value;
            }
        }
        if (status == 204 && length < 0 && !chunked) {
            // RFC 9112 §6.3: it has no body, and need not declare that.
            length = 0;
        }
        // Neither means "until the connection ends" (RFC 9112 §6.3): refused, since a truncated answer looks complete.
        if (chunked == length >= 0) {
            throw new Malformed("no length, or two kinds of length");
        }
        return new LocalAnswer(status, etag, chunked ? chunks() : bytes(length));
    }

    /// The status line and the header lines.
    List<String> header() throws IOException {
        var header = new ArrayList<String>();
        int left = MAX_HEADER;
        do {
            header.add(line(left - 1, "the header is longer than " + MAX_HEADER + " bytes"));
            left -= header.getLast().length() + 2;
        } while (header.size() == 1 || !header.getLast().isEmpty());
        header.removeLast();
        return header;
    }

    private static int status(String line) throws Malformed {
        if (!line.startsWith("HTTP/1.1 ") || line.length() < 12 || line.length() > 12 && line.charAt(12) != ' ') {
            throw new Malformed("no HTTP/1.1 status line");
        }
        int status = number(line.substring(9, 12), 10);
        if (status < 200) {
            throw new Malformed("an unexpected interim answer");
        }
        return status;
    }

    private byte[] chunks() throws IOException {
        var body = new ByteArrayOutputStream();
        for (byte[] chunk = chunk(MAX_BODY); chunk.length > 0; chunk = chunk(MAX_BODY - body.size())) {
            body.writeBytes(chunk);
        }
        for (int trailers = 0; !chunkLine().isEmpty(); trailers++) {
            if (trailers == MAX_TRAILERS) {
                throw new Malformed("too many trailers");
            }
        }
        return body.toByteArray();
    }

    /// The next chunk (RFC 9112 §7.1); empty for the last, whose trailers follow. Extensions and trailers are dropped.
    byte[] chunk(int maxSize) throws IOException {
        int size = number(chunkLine().split(";", 2)[0].strip(), 16);
        if (size > maxSize) {
            throw tooLarge();
        }
        byte[] chunk = bytes(size);
        if (size > 0 && !chunkLine().isEmpty()) {
            throw new Malformed("a chunk is longer than its size");
        }
        return chunk;
    }

    private String chunkLine() throws IOException {
        return line(MAX_LINE, "a line between chunks is too long");
    }

    /// A line without its CRLF; `max` counts the CR.
    private String line(int max, String tooLong) throws IOException {
        var line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the stream ended");
            }
            if (line.append((char) b).length() > max) {
                throw new Malformed(tooLong);
            }
        }
        if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
            throw new Malformed("a line that ends without CR");
        }
        return line.substring(0, line.length() - 1);
    }

    private byte[] bytes(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the stream ended");
        }
        return bytes;
    }

    /// Waits for the end of the connection, and ignores what arrives before.
    void awaitEnd() throws IOException {
        in.transferTo(OutputStream.nullOutputStream());
    }

    /// At most [#MAX_BODY], in ASCII digits only: `Integer.parseInt` accepts signs and the digits of other scripts.
    private static int number(String digits, int radix) throws Malformed {
        int number = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            int digit = c < 128 ? Character.digit(c, radix) : -1;
            if (digit < 0) {
                throw new Malformed("a number was expected");
            }
            number = number * radix + digit;
            if (number > MAX_BODY) {
                throw tooLarge();
            }
        }
        if (digits.isEmpty()) {
            throw new Malformed("a number was expected");
        }
        return number;
    }

    private static Malformed tooLarge() {
        return new Malformed("the answer is larger than " + MAX_BODY + " bytes");
    }
}
