package tsidp.tailnet;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import tsidp.json.JsonException;
import tsidp.json.JsonReader;

/// A session with tailscaled: a stream of notices of which only the first is read, for the session's name. What hangs
/// on that name is gone when the stream ends, however this process ends.
record BusSession(SocketChannel channel, InputStream in, String id) implements AutoCloseable {

    /// From `ipn.NotifyWatchOpt`: NotifyInitialState, with which the first notice names the session.
    static final int MASK = 1 << 1;

    static BusSession open(SocketChannel channel, byte[] question) throws TailnetException {
        try {
            channel.write(ByteBuffer.wrap(question));
            var in = new BufferedInputStream(Channels.newInputStream(channel));
            if (!line(in).startsWith("HTTP/1.1 200 ")) {
                throw new AnswerReader.Malformed("no session was opened");
            }
            boolean chunked = false;
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                chunked |= header.equalsIgnoreCase("Transfer-Encoding: chunked");
            }
            if (!chunked) {
                throw new AnswerReader.Malformed("the stream of notices is not chunked");
            }
            String id = JsonReader.readObject(firstNotice(in)).string("SessionID").orElse("");
            if (id.isEmpty()) {
                throw new AnswerReader.Malformed("SessionID is not a string");
            }
            return new BusSession(channel, in, id);
        } catch (IOException | JsonException failure) {
            try {
                channel.close();
            } catch (IOException nothingToDo) {
                // The descriptor is gone either way.
            }
            throw TailnetException.badAnswer("watch-ipn-bus", failure.getMessage());
        }
    }

    /// Waits until tailscaled ends the session, or [#close] does.
    void awaitEnd() {
        try {
            while (in.skip(AnswerReader.MAX_BODY) > 0 || in.read() >= 0) {
                // What else tailscaled tells is of no interest.
            }
        } catch (IOException ended) {
            // As well as by the end of the stream.
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException nothingToDo) {
            // The descriptor is gone either way.
        }
    }

    /// A notice is a line, in as many chunks (RFC 9112 §7.1) as it takes.
    private static byte[] firstNotice(InputStream in) throws IOException {
        var notice = new ByteArrayOutputStream();
        while (true) {
            int size;
            try {
                size = Integer.parseUnsignedInt(line(in), 16);
            } catch (NumberFormatException malformed) {
                throw new AnswerReader.Malformed("a number was expected");
            }
            if (size <= 0 || size > AnswerReader.MAX_BODY - notice.size()) {
                throw new AnswerReader.Malformed("the first notice has no end");
            }
            byte[] chunk = in.readNBytes(size);
            notice.writeBytes(chunk);
            line(in);
            if (chunk.length == size && chunk[size - 1] == '\n') {
                return notice.toByteArray();
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the stream ended");
            }
            if (line.size() == AnswerReader.MAX_HEADER) {
                throw new AnswerReader.Malformed("a line has no end");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }
}
