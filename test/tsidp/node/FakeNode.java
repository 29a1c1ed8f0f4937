package tsidp.node;

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
import java.util.ArrayList;
import java.util.List;

/// The part of LocalAPI that joins a tailnet and serves: start, login-interactive, serve-config, watch-ipn-bus. As in
/// tailscaled, a foreground entry ends with its session's connection.
public final class FakeNode implements AutoCloseable {

    private final ServerSocketChannel server;
    private final Path socket;
    private final List<String> asked = new ArrayList<>();
    private String state = "NeedsLogin";
    private String authUrl = "";
    private String health = "";
    private String config = "null";
    private int version;
    private int refusals;
    private int sessions;
    private int looks;
    private SocketChannel session;

    public FakeNode(Path directory) {
        try {
            socket = Files.createTempDirectory(directory, "n").resolve("s");
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public Path socket() {
        return socket;
    }

    public synchronized void state(String newState, String newAuthUrl, String newHealth) {
        state = newState;
        authUrl = newAuthUrl;
        health = newHealth;
    }

    /// How often it reports that another program has changed the config.
    public synchronized void refuse(int times) {
        refusals = times;
    }

    public synchronized void config(String newConfig) {
        config = newConfig;
        version++;
    }

    public synchronized String config() {
        return config;
    }

    public synchronized int sessions() {
        return sessions;
    }

    /// How often it was asked for its status.
    public synchronized int looks() {
        return looks;
    }

    public synchronized void endSession() throws IOException {
        session.close();
    }

    /// What was posted, each as `name body`.
    public synchronized List<String> asked() {
        return List.copyOf(asked);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel connection = server.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException closed) {
            // close() did that.
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            var in = ByteBuffer.allocate(64 * 1024);
            while (connection.read(in) >= 0) {
                String text = new String(in.array(), 0, in.position(), StandardCharsets.UTF_8);
                int head = text.indexOf("\r\n\r\n");
                int length = head < 0 || !text.contains("Content-Length: ") ? 0
                        : Integer.parseInt(text.replaceFirst("(?s).*Content-Length: (\\d+).*", "$1"));
                if (head >= 0 && text.length() >= head + 4 + length) {
                    in.clear();
                    answer(connection, text.substring(0, head), text.substring(head + 4));
                }
            }
        } catch (IOException gone) {
            // It is already closed.
        }
    }

    private void answer(SocketChannel connection, String head, String body) throws IOException {
        String name = head.replaceFirst("(?s)^(\\w+ )/localapi/v0/([a-z-]+).*", "$1$2");
        String answer;
        synchronized (this) {
            if (name.startsWith("POST")) {
                asked.add(name.substring(5) + " " + body);
            }
            answer = switch (name) {
                case "GET status" -> {
                    looks++;
                    yield ok("", """
                        {"BackendState":"%s","AuthURL":"%s","Self":{"DNSName":"own.x.ts.net.","CapMap":{"https":null}},
                        "TailscaleIPs":["100.64.0.9"],"Health":[%s]}""".formatted(state, authUrl,
                        health.isEmpty() ? "" : "\"" + health + "\""));
                }
                case "GET serve-config" -> ok("Etag: v" + version + "\r\n", config);
                case "POST serve-config" -> replace(head, body);
                case "GET watch-ipn-bus" -> {
                    sessions++;
                    session = connection;
                    String notice = "{\"Version\":\"1\",\"SessionID\":\"s" + sessions + "\"}\n";
                    yield "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(notice.length())
                            + "\r\n" + notice + "\r\n";
                }
                default -> "HTTP/1.1 204 No Content\r\n\r\n";
            };
        }
        connection.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
    }

    private String replace(String head, String body) {
        if (refusals > 0 || !(head + "\r\n").contains("\r\nIf-Match: v" + version + "\r\n")) {
            refusals--;
            return "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n";
        }
        config(body);
        return ok("", "");
    }

    private static String ok(String headers, String body) {
        return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }
}
