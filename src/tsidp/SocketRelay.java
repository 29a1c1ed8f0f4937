package tsidp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Carries connections of a Unix socket, which the JDK's HTTP server can't listen on, to a port of loopback, and knows
/// which connections there are its own. The socket lies in a folder that its owner alone may enter, and root.
final class SocketRelay implements AutoCloseable {

    private final ServerSocketChannel server;
    private final Path path;
    private final Set<Integer> ports = ConcurrentHashMap.newKeySet();

    private SocketRelay(ServerSocketChannel server, Path path) {
        this.server = server;
        this.path = path;
    }

    /// Makes the socket. Nothing is carried before [#start].
    ///
    /// @throws IOException if there can't be a socket, for example because its path is too long
    static SocketRelay open(Path folder) throws IOException {
        var ownerOnly = PosixFilePermissions.fromString("rwx------");
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(ownerOnly));
        Files.setPosixFilePermissions(folder, ownerOnly);
        Path path = folder.resolve("socket");
        // We hold the state directory's lock, so a socket that is there is a dead process's.
        Files.deleteIfExists(path);
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            server.close();
            throw new IOException("no socket for tailscaled at " + path + ": " + e.getMessage());
        }
        return new SocketRelay(server, path);
    }

    /// Carries every connection to that port, until closed.
    void start(InetSocketAddress target) {
        Thread.ofVirtual().name("relay").start(() -> accept(target));
    }

    Path path() {
        return path;
    }

    /// Whether the connection from there came through the socket.
    boolean carries(InetSocketAddress remote) {
        return remote.getAddress().isLoopbackAddress() && ports.contains(remote.getPort());
    }

    private void accept(InetSocketAddress target) {
        try {
            while (true) {
                SocketChannel outside = server.accept();
                Thread.ofVirtual().start(() -> carry(outside, target));
            }
        } catch (IOException closed) {
            // So nobody comes any more.
        }
    }

    private void carry(SocketChannel outside, InetSocketAddress target) {
        int port = 0;
        try (outside; var inside = SocketChannel.open(StandardProtocolFamily.INET)) {
            // The port is ours before it is believed, and believed before it is used.
            inside.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            port = ((InetSocketAddress) inside.getLocalAddress()).getPort();
            ports.add(port);
            inside.connect(target);
            Thread answers = Thread.ofVirtual().start(() -> copy(inside, outside));
            copy(outside, inside);
            answers.join();
        } catch (IOException | InterruptedException gone) {
            // Both ends are closed; the proxy tells its caller.
        } finally {
            ports.remove(port);
        }
    }

    private static void copy(SocketChannel from, SocketChannel to) {
        try {
            Channels.newInputStream(from).transferTo(Channels.newOutputStream(to));
            to.shutdownOutput();
        } catch (IOException broken) {
            try {
                from.close();
                to.close();
            } catch (IOException nothingToDo) {
                // The descriptors are gone either way.
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
