package tsidp.serve;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import tsidp.http.HttpLimits;
import tsidp.store.Acceptor;
import tsidp.store.StateDirectory;

/// Relays requests from a Unix socket, on which the JDK's HTTP server can't listen, to a loopback port, and inserts the
/// secret before each path, to prove there where it came from. The socket is in a folder that only its owner and root
/// can enter: so tailscaled is the one that writes to it.
///
/// A connection carries one request. So only the start of the first line is changed, and no second HTTP parser has to
/// agree with the server's about where a request ends.
record SocketRelay(ServerSocketChannel server, Path path, byte[] prefix) implements AutoCloseable {

    /// Ours: longer than any method (RFC 9110 §9).
    private static final int MAX_METHOD = 32;

    /// RFC 9112 §9.6: the connection closes after the answer.
    private static final byte[] ONE_REQUEST = "Connection: close\r\n".getBytes(StandardCharsets.US_ASCII);

    /// Creates the socket. Nothing is relayed until [#start].
    ///
    /// @param prefix of each path, as in `/9f…`
    /// @throws IOException if the socket can't be created, for example because its path is too long
    static SocketRelay open(Path folder, String prefix) throws IOException {
        Path path = folder.resolve("socket");
        try {
            return new SocketRelay(StateDirectory.listen(path), path, prefix.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new IOException("can't create a socket for tailscaled at " + path + ": " + e.getMessage());
        }
    }

    /// Carries every connection to that port, until closed. What keeps it from that is told to `faults`.
    void start(InetSocketAddress target, Consumer<String> faults) {
        Thread.ofVirtual().name("relay").start(
                () -> Acceptor.run(server, outside -> carry(outside, target), faults));
    }

    private void carry(SocketChannel outside, InetSocketAddress target) {
        try (outside; var inside = SocketChannel.open(target)) {
            Thread answers = Thread.ofVirtual().start(() -> copy(inside, outside));
            InputStream in = new BufferedInputStream(Channels.newInputStream(outside));
            OutputStream out = Channels.newOutputStream(inside);
            out.write(start(in));
            in.transferTo(out);
            inside.shutdownOutput();
            answers.join();
        } catch (IOException | InterruptedException gone) {
            // Both ends are closed; the proxy reports that to its caller.
        }
    }

    /// The request line with the secret in it, and the header line after it.
    private byte[] start(InputStream in) throws IOException {
        var start = new ByteArrayOutputStream(256);
        start.writeBytes(until(in, ' ', MAX_METHOD));
        start.writeBytes(prefix);
        start.writeBytes(until(in, '\n', Integer.parseInt(HttpLimits.MAX_HEAD)));
        start.writeBytes(ONE_REQUEST);
        return start.toByteArray();
    }

    private static byte[] until(InputStream in, char last, int max) throws IOException {
        var bytes = new ByteArrayOutputStream(64);
        for (int b = in.read(); b >= 0 && bytes.size() < max; b = in.read()) {
            bytes.write(b);
            if (b == last) {
                return bytes.toByteArray();
            }
        }
        throw new IOException("not the start of a request");
    }

    private static void copy(SocketChannel from, SocketChannel to) {
        try {
            Channels.newInputStream(from).transferTo(Channels.newOutputStream(to));
            to.close();
        } catch (IOException broken) {
            try {
                from.close();
                to.close();
            } catch (IOException nothingToDo) {
                // The descriptors are closed either way.
            }
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException nothingToDo) {
            // The next start removes it.
        }
    }
}
