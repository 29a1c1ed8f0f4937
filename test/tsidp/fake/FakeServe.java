package tsidp.fake;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonString;

/// The serve proxy of the simulated tailscaled: a serve config with an ETag, and for each port of its foreground
/// entries a listener on loopback that forwards requests as tailscaled does, with the headers that it drops and sets.
/// HTTPS and, for tests that inspect HTTP, plain HTTP on the same port. A connection carries one request.
final class FakeServe {

    /// Connections from this address come over Funnel, from an address on the Internet.
    static final String INTERNET = "127.0.0.66";
    private static final String INTERNET_ADDRESS = "203.0.113.7";

    private static final int MAX_HEAD = 1 << 20;
    private static final int TLS_HANDSHAKE = 0x16;

    private final Function<InetAddress, InetAddress> peers;
    private final Supplier<SSLContext> tls;
    private final Map<Integer, String> targets = new HashMap<>();
    private final Map<Integer, ServerSocket> listeners = new HashMap<>();
    private JsonObject config = JsonObject.EMPTY;
    private int version;
    private int sessions;
    private volatile String localhost = "localhost";

    /// @param peers maps the address that a connection comes from to the one that the proxy reports
    /// @param tls the context of a server with the certificate for the machine's name
    FakeServe(Function<InetAddress, InetAddress> peers, Supplier<SSLContext> tls) {
        this.peers = peers;
        this.tls = tls;
    }

    void hostInsteadOfLocalhost(String name) {
        localhost = name;
    }

    synchronized String openSession() {
        return "session" + ++sessions;
    }

    /// The session's entry ends with it; its port stays open, and every connection to it is closed immediately.
    synchronized void endSession(String id) {
        adopt(config.with("Foreground", config.object("Foreground").orElse(JsonObject.EMPTY).without(id)));
    }

    synchronized FakeAnswer get() {
        return FakeAnswer.json(config).tagged("v" + version);
    }

    synchronized FakeAnswer post(String match, byte[] body) {
        if (!match.equals("v" + version)) {
            return FakeAnswer.text(412, "etag mismatch");
        }
        try {
            adopt(JsonReader.readObject(body));
            return FakeAnswer.text(200, "");
        } catch (JsonException | UncheckedIOException e) {
            return FakeAnswer.text(500, e.getMessage());
        }
    }

    private void adopt(JsonObject changed) {
        var wanted = new HashMap<Integer, String>();
        for (var session : changed.object("Foreground").orElse(JsonObject.EMPTY).members().values()) {
            for (var web : ((JsonObject) session).object("Web").orElse(JsonObject.EMPTY).members().entrySet()) {
                var root = ((JsonObject) web.getValue()).object("Handlers").orElseThrow().object("/").orElseThrow();
                int port = Integer.parseInt(web.getKey().substring(web.getKey().lastIndexOf(':') + 1));
                wanted.put(port, ((JsonString) root.get("Proxy").orElseThrow()).value());
                listeners.computeIfAbsent(port, this::listen);
            }
        }
        targets.clear();
        targets.putAll(wanted);
        config = changed;
        version++;
    }

    synchronized void close() {
        targets.clear();
        for (ServerSocket listener : listeners.values()) {
            try {
                listener.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        listeners.clear();
    }

    private ServerSocket listen(int port) {
        try {
            var listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
            Thread.ofVirtual().start(() -> accept(listener, port));
            return listener;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept(ServerSocket listener, int port) {
        try {
            while (true) {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> serve(socket, port));
            }
        } catch (IOException closed) {
            // close() did that.
        }
    }

    private synchronized String target(int port) {
        return targets.getOrDefault(port, "");
    }

    private void serve(Socket socket, int port) {
        String target = target(port);
        try (socket) {
            if (!target.isEmpty()) {
                serve(socket, socket.getInetAddress(), target);
            }
        } catch (IOException | InterruptedException gone) {
            // The caller sees its connection end.
        }
    }

    private void serve(Socket socket, InetAddress source, String target) throws IOException, InterruptedException {
        int first = socket.getInputStream().read();
        if (first < 0) {
            return;
        }
        byte[] begun = {(byte) first};
        if (first != TLS_HANDSHAKE) {
            var in = new PushbackInputStream(socket.getInputStream());
            in.unread(begun);
            relay(socket, in, source, target);
            return;
        }
        try (var secure = (SSLSocket) tls.get().getSocketFactory()
                .createSocket(socket, new ByteArrayInputStream(begun), true)) {
            secure.setUseClientMode(false);
            relay(secure, secure.getInputStream(), source, target);
        }
    }

    private void relay(Socket socket, InputStream in, InetAddress source, String target)
            throws IOException, InterruptedException {
        String head = head(in);
        if (head.isEmpty()) {
            return;
        }
        try (SocketChannel backend = connect(target)) {
            OutputStream out = Channels.newOutputStream(backend);
            out.write(forwarded(head, source, target).getBytes(StandardCharsets.ISO_8859_1));
            Thread.ofVirtual().start(() -> copyBody(in, backend));
            Channels.newInputStream(backend).transferTo(socket.getOutputStream());
        }
        socket.shutdownOutput();
    }

    private static void copyBody(InputStream in, SocketChannel backend) {
        try {
            in.transferTo(Channels.newOutputStream(backend));
            backend.shutdownOutput();
        } catch (IOException over) {
            // Either end has closed.
        }
    }

    private static SocketChannel connect(String target) throws IOException {
        if (target.startsWith("unix:")) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(target.substring(5)));
            return channel;
        }
        URI uri = URI.create(target);
        return SocketChannel.open(new InetSocketAddress(uri.getHost(), uri.getPort()));
    }

    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && head.size() < MAX_HEAD; b = in.read()) {
            head.write(b);
            if (b == '\n' && head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                return head.toString(StandardCharsets.ISO_8859_1);
            }
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    /// The head as the proxy forwards it.
    private String forwarded(String head, InetAddress source, String target) {
        List<String> lines = List.of(head.split("\r\n"));
        String prefix = target.startsWith("unix:") ? "" : URI.create(target).getRawPath();
        boolean isInternet = source.getHostAddress().equals(INTERNET);
        String address = isInternet ? INTERNET_ADDRESS : peers.apply(source).getHostAddress();
        Stream<String> kept = lines.stream().skip(1).filter(line -> !isReplaced(line));
        Stream<String> hosts = lines.stream().skip(1).filter(line -> line.regionMatches(true, 0, "Host:", 0, 5))
                .map(line -> line.substring(5).replaceFirst("^ localhost(?=:|$)", " " + localhost))
                .map(host -> "X-Forwarded-Host:" + host);
        Stream<String> added = Stream.of("Host: localhost", "Connection: close", "X-Forwarded-Proto: https",
                "X-Forwarded-For: " + address, isInternet ? "Tailscale-Funnel-Request: ?1" : "X-Forwarded-Port: 443");
        return String.join("\r\n", Stream.of(Stream.of(lines.getFirst().replaceFirst(" /", " " + prefix + "/")), added,
                hosts, kept).flatMap(part -> part).toList()) + "\r\n\r\n";
    }

    private static boolean isReplaced(String line) {
        String name = line.substring(0, Math.max(0, line.indexOf(':'))).toLowerCase(Locale.ROOT);
        return name.equals("host") || name.equals("connection") || name.equals("forwarded")
                || name.startsWith("x-forwarded-") || name.startsWith("tailscale-");
    }
}
