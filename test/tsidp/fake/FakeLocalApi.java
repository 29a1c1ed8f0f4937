package tsidp.fake;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// HTTP/1.1 over a Unix domain socket, correct or misbehaving as configured. One virtual thread per connection.
final class FakeLocalApi {

    private final Path socket;
    private final Function<FakeQuestion, FakeAnswer> answers;
    private final FakeServe serve;
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private volatile FakeMisbehaviour misbehaviour = FakeMisbehaviour.NONE;
    private volatile byte[] raw;
    private ServerSocketChannel server;
    private Thread acceptor;

    /// @param answers from a question to its answer
    /// @param serve whose sessions last as long as their connections
    FakeLocalApi(Path socket, Function<FakeQuestion, FakeAnswer> answers, FakeServe serve) {
        this.socket = socket;
        this.answers = answers;
        this.serve = serve;
    }

    synchronized void start() {
        try {
            Files.deleteIfExists(socket);
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(socket), 1024);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        ServerSocketChannel listening = server;
        acceptor = Thread.ofVirtual().start(() -> accept(listening));
    }

    /// Closes the socket and every connection. The file stays, as it does when tailscaled is killed.
    synchronized void stop() {
        try {
            server.close();
            // The socket is closed only when no thread is waiting in accept().
            acceptor.join();
            for (SocketChannel connection : connections) {
                connection.close();
            }
            connections.clear();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    void misbehave(FakeMisbehaviour how) {
        misbehaviour = how;
        raw = null;
    }

    /// Answers every question with these bytes.
    void answerRaw(byte[] bytes) {
        raw = bytes;
    }

    int open() {
        return connections.size();
    }

    int accepted() {
        return accepted.get();
    }

    int answered() {
        return answered.get();
    }

    private void accept(ServerSocketChannel listening) {
        try {
            while (true) {
                SocketChannel connection = listening.accept();
                accepted.incrementAndGet();
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException stopped) {
            // stop() closed it.
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            var in = ByteBuffer.allocate(256 * 1024);
            while (true) {
                FakeQuestion question = question(connection, in);
                if (question == null) {
                    return;
                }
                try {
                    if (!answer(connection, question)) {
                        return;
                    }
                } finally {
                    answered.incrementAndGet();
                }
            }
        } catch (IOException | InterruptedException gone) {
            // The other side closed it, or stop() did.
        } finally {
            connections.remove(connection);
        }
    }

    private static FakeQuestion question(SocketChannel connection, ByteBuffer in) throws IOException {
        while (true) {
            String text = new String(in.array(), 0, in.position(), StandardCharsets.ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            int length = end < 0 ? 0 : FakeQuestion.length(text.substring(0, end));
            if (end >= 0 && text.length() >= end + 4 + length) {
                in.flip().position(end + 4 + length);
                in.compact();
                return new FakeQuestion(text.substring(0, end), text.substring(end + 4, end + 4 + length)
                        .getBytes(StandardCharsets.ISO_8859_1));
            }
            if (connection.read(in) <= 0) {
                return null;
            }
        }
    }

    /// A session: its first notice, and nothing more until either side ends it.
    private boolean session(SocketChannel connection) throws IOException {
        String id = serve.openSession();
        String notice = "{\"Version\":\"1.102.5-fake\",\"SessionID\":\"" + id + "\"}\n";
        send(connection, ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(notice.length()) + "\r\n" + notice + "\r\n"));
        try {
            while (connection.read(ByteBuffer.allocate(64)) >= 0) {
                // Nothing is asked here.
            }
        } finally {
            synchronized (this) {
                // When tailscaled is stopped, tests still check what is answered without it.
                if (server.isOpen()) {
                    serve.endSession(id);
                }
            }
        }
        return false;
    }

    private boolean answer(SocketChannel connection, FakeQuestion question) throws IOException, InterruptedException {
        if (question.path().endsWith("/watch-ipn-bus")) {
            return session(connection);
        }
        FakeAnswer answer = !question.head().contains("\r\nHost: local-tailscaled.sock")
                ? FakeAnswer.text(403, "invalid host") : answers.apply(question);
        if (raw != null) {
            return send(connection, raw);
        }
        byte[] fixed = fixed(answer);
        return switch (misbehaviour) {
            case NONE -> send(connection, fixed);
            case SLOWLY -> {
                Thread.sleep(1_000);
                yield send(connection, fixed);
            }
            case IN_PIECES -> sendInPieces(connection, fixed, 0);
            case TRICKLING -> sendInPieces(connection, fixed, 20);
            case CHUNKED -> send(connection, chunked(answer));
            case CHUNKED_IN_PIECES -> sendInPieces(connection, chunked(answer), 0);
            case TRUNCATED -> send(connection, Arrays.copyOf(fixed, fixed.length - answer.body().length / 2)) && false;
            case TRUNCATED_CHUNKED -> {
                byte[] all = chunked(answer);
                yield send(connection, Arrays.copyOf(all, all.length / 2)) && false;
            }
            case TOO_LARGE -> send(connection, fixed(new FakeAnswer(200, "application/json", new byte[2 << 20])));
            case TOO_LARGE_CHUNKED -> endless(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "1000\r\n" + "x".repeat(0x1000) + "\r\n");
            case ENDLESS_HEADER -> endless(connection, "HTTP/1.1 200 OK\r\n", "X-More: " + "x".repeat(100) + "\r\n");
            case ERROR_500 -> send(connection, fixed(FakeAnswer.text(500, "no luck\n today")));
            case FORBIDDEN_403 -> send(connection, fixed(FakeAnswer.text(403, "whois access denied")));
            case GARBAGE -> send(connection, fixed(FakeAnswer.text(200, "{\"Node\": secret")));
            case NOT_HTTP -> send(connection, ascii("SSH-2.0-OpenSSH_10.0\r\n\r\n"));
            case CLOSE_AT_ONCE -> false;
            case CLOSE_AFTERWARDS -> send(connection, fixed) && false;
            case NEVER_ANSWER -> question(connection, ByteBuffer.allocate(1024)) != null;
        };
    }

    private static byte[] fixed(FakeAnswer answer) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(head(answer, "Content-Length: " + answer.body().length));
        out.writeBytes(answer.body());
        return out.toByteArray();
    }

    private static byte[] chunked(FakeAnswer answer) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(head(answer, "Transfer-Encoding: chunked"));
        byte[] body = answer.body();
        for (int from = 0; from < body.length; from += 7) {
            int size = Math.min(7, body.length - from);
            out.writeBytes(ascii(size + (from == 0 ? ";why=not" : "") + "\r\n"));
            out.write(body, from, size);
            out.writeBytes(ascii("\r\n"));
        }
        out.writeBytes(ascii("0\r\nX-Trailer: yes\r\n\r\n"));
        return out.toByteArray();
    }

    private static byte[] head(FakeAnswer answer, String length) {
        return ascii("HTTP/1.1 " + answer.status() + " Whatever\r\nContent-Type: " + answer.type()
                + "\r\nTailscale-Version: 1.102.5-fake\r\n"
                + (answer.etag().isEmpty() ? "" : "Etag: " + answer.etag() + "\r\n") + length + "\r\n\r\n");
    }

    private static boolean send(SocketChannel connection, byte[] bytes) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        while (out.hasRemaining()) {
            connection.write(out);
        }
        return true;
    }

    private static boolean sendInPieces(SocketChannel connection, byte[] bytes, int pause)
            throws IOException, InterruptedException {
        for (byte piece : bytes) {
            send(connection, new byte[] {piece});
            Thread.sleep(pause);
        }
        return true;
    }

    private static boolean endless(SocketChannel connection, String start, String more) throws IOException {
        send(connection, ascii(start));
        while (true) {
            send(connection, ascii(more));
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
