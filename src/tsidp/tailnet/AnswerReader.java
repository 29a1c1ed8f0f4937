package tsidp.tailnet;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/// Reads LocalAPI's answers from a connection: HTTP/1.1 (RFC 9112) as far as they need it, bounded, and strict, since a
/// byte more or less would give one person the answer about another.
final class AnswerReader {

    /// Ours: LocalAPI's headers are a few hundred bytes.
    static final int MAX_HEADER = 16 * 1024;

    /// Ours: an answer about one node is about 3 KiB, a certificate chain 6 KiB.
    static final int MAX_BODY = 1024 * 1024;

    /// Ours: lines between chunks are a number and nothing else.
    private static final int MAX_LINE = 256;
    private static final int MAX_TRAILERS = 64;

    private final ReadableByteChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(MAX_HEADER).limit(0);
    private boolean started;
    private boolean reusable;

    /// An answer that breaks RFC 9112 or our limits. The message repeats nothing of it.
    static final class Malformed extends IOException {
        Malformed(String fault) {
            super(fault);
        }
    }

    AnswerReader(ReadableByteChannel channel) {
        this.channel = channel;
    }

    /// The next answer, whole.
    ///
    /// @throws IOException if it is cut, ill-formed or too large
    LocalAnswer read() throws IOException {
        reusable = false;
        String[] header = header();
        int status = status(header[0]);
        int length = -1;
        boolean chunked = false;
        boolean keepAlive = true;
        String etag = "";
        for (int i = 1; i < header.length; i++) {
            int colon = header[i].indexOf(':');
            if (colon <= 0) {
                throw new Malformed("a header line without a name");
            }
            String name = header[i].substring(0, colon);
            String value = header[i].substring(colon + 1).strip();
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
            } else if (name.equalsIgnoreCase("connection")) {
                keepAlive &= !value.equalsIgnoreCase("close");
            }
        }
        if (status == 204 && length < 0 && !chunked) {
            // RFC 9112 §6.3: it has no body, and need not say so.
            length = 0;
        }
        // Neither means "until the connection ends" (RFC 9112 §6.3), where a cut answer looks whole: refused.
        if (chunked == length >= 0) {
            throw new Malformed("no length, or two kinds of length");
        }
        var answer = new LocalAnswer(status, etag, chunked ? chunks() : bytes(length));
        // Bytes behind the answer would be taken for the answer to the next question, about somebody else.
        reusable = keepAlive && !in.hasRemaining();
        started = false;
        return answer;
    }

    /// Whether a part of an answer came, and not the whole.
    boolean started() {
        return started;
    }

    /// Whether another answer may follow the last one.
    boolean reusable() {
        return reusable;
    }

    private String[] header() throws IOException {
        in.compact().flip();
        int from = 0;
        while (true) {
            int end = endOfHeader(from);
            if (end >= 0) {
                String header = new String(in.array(), 0, end, StandardCharsets.ISO_8859_1);
                in.position(end + 4);
                return header.split("\r\n", -1);
            }
            from = Math.max(0, in.limit() - 3);
            if (in.limit() == in.capacity()) {
                throw new Malformed("the header is longer than " + MAX_HEADER + " bytes");
            }
            fill();
        }
    }

    private int endOfHeader(int from) {
        byte[] bytes = in.array();
        for (int i = from; i + 4 <= in.limit(); i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static int status(String line) throws Malformed {
        if (!line.startsWith("HTTP/1.1 ") || line.length() < 12 || line.length() > 12 && line.charAt(12) != ' ') {
            throw new Malformed("no HTTP/1.1 status line");
        }
        int status = number(line.substring(9, 12), 10);
        if (status < 200) {
            throw new Malformed("an interim answer that nobody asked for");
        }
        return status;
    }

    /// RFC 9112 §7.1. Extensions and trailers are read and dropped.
    private byte[] chunks() throws IOException {
        var body = new ByteArrayOutputStream();
        while (true) {
            String line = line();
            int extension = line.indexOf(';');
            int size = number((extension < 0 ? line : line.substring(0, extension)).strip(), 16);
            if (size == 0) {
                break;
            }
            if (size > MAX_BODY - body.size()) {
                throw tooLarge();
            }
            body.writeBytes(bytes(size));
            if (!line().isEmpty()) {
                throw new Malformed("a chunk is longer than it says");
            }
        }
        for (int trailers = 0; !line().isEmpty(); trailers++) {
            if (trailers == MAX_TRAILERS) {
                throw new Malformed("too many trailers");
            }
        }
        return body.toByteArray();
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        while (true) {
            if (!in.hasRemaining()) {
                fill();
            }
            char c = (char) (in.get() & 0xff);
            if (c == '\n') {
                if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
                    throw new Malformed("a line that ends without CR");
                }
                return line.substring(0, line.length() - 1);
            }
            line.append(c);
            if (line.length() > MAX_LINE) {
                throw new Malformed("a line between chunks is too long");
            }
        }
    }

    private byte[] bytes(int count) throws IOException {
        var bytes = new byte[count];
        int have = Math.min(count, in.remaining());
        in.get(bytes, 0, have);
        ByteBuffer rest = ByteBuffer.wrap(bytes, have, count - have);
        while (rest.hasRemaining()) {
            if (channel.read(rest) < 0) {
                throw new EOFException();
            }
        }
        return bytes;
    }

    /// Reads what there is behind what is buffered.
    private void fill() throws IOException {
        in.mark().position(in.limit());
        if (in.position() == in.capacity()) {
            // Only between chunks: everything before was consumed.
            in.clear().mark();
        }
        in.limit(in.capacity());
        int read = channel.read(in);
        in.limit(in.position()).reset();
        if (read < 0) {
            throw new EOFException();
        }
        started = true;
    }

    /// At most [#MAX_BODY], in digits and nothing else: `Integer.parseInt` takes signs and the digits of other scripts.
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
