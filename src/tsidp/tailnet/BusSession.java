package tsidp.tailnet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import tsidp.json.JsonException;
import tsidp.json.JsonReader;

/// A session with tailscaled: a stream of notices. Only the first is read, for the session's id. Whatever is tied to
/// the session is removed when the stream ends, no matter how this process ends.
public record BusSession(SocketChannel channel, AnswerReader reader, String id) implements AutoCloseable {

    /// From `ipn.NotifyWatchOpt`: NotifyInitialState, with which the first notice has the session's id.
    static final int MASK = 1 << 1;

    static BusSession open(SocketChannel channel, byte[] question) throws TailnetException {
        try {
            channel.write(ByteBuffer.wrap(question));
            var reader = new AnswerReader(channel);
            List<String> header = reader.header();
            if (!header.getFirst().startsWith("HTTP/1.1 200 ")) {
                throw new AnswerReader.Malformed("no session was opened");
            }
            if (header.stream().noneMatch(line -> line.matches("(?i)Transfer-Encoding:[ \\t]*chunked[ \\t]*"))) {
                throw new AnswerReader.Malformed("the stream of notices is not chunked");
            }
            String id = JsonReader.readObject(firstNotice(reader)).string("SessionID").orElse("");
            if (id.isEmpty()) {
                throw new AnswerReader.Malformed("SessionID is not a string");
            }
            return new BusSession(channel, reader, id);
        } catch (IOException | JsonException failure) {
            LocalSocket.close(channel);
            throw TailnetException.badAnswer("watch-ipn-bus", failure.getMessage());
        }
    }

    /// Waits until tailscaled ends the session, or [#close] does.
    public void awaitEnd() {
        try {
            reader.awaitEnd();
        } catch (IOException ended) {
            // Ends the wait as well.
        }
    }

    @Override
    public void close() {
        LocalSocket.close(channel);
    }

    /// A notice is one line, in any number of chunks.
    private static byte[] firstNotice(AnswerReader reader) throws IOException {
        var notice = new ByteArrayOutputStream();
        while (true) {
            byte[] chunk = reader.chunk(AnswerReader.MAX_BODY - notice.size());
            if (chunk.length == 0) {
                throw new AnswerReader.Malformed("the first notice does not end");
            }
            notice.writeBytes(chunk);
            if (chunk[chunk.length - 1] == '\n') {
                return notice.toByteArray();
            }
        }
    }
}
