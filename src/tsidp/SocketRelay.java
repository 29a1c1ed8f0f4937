package tsidp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tsidp.store.StateDirectory;

/// Carries connections of a Unix socket, which the JDK's HTTP server can't listen on, to a port of loopback, and knows
/// which connections there are its own. The socket lies in a folder that its owner alone may enter, and root.
///
/// @param own the addresses of its own connections
record SocketRelay(ServerSocketChannel server, Path path, Set<InetSocketAddress> own) implements AutoCloseable {

    /// Makes the socket. Nothing is carried before [#start].
    ///
    /// @throws IOException if there can't be a socket, for example because its path is too long
    static SocketRelay open(Path folder) throws IOException {
        Path path = folder.resolve("socket");
        try {
            return new SocketRelay(StateDirectory.listen(path), path, ConcurrentHashMap.newKeySet());
        } catch (IOException e) {
            throw new IOException("no socket for tailscaled at " + path + ": " + e.getMessage());
        }
    }

    /// Carries every connection to that port, until closed.
    void start(InetSocketAddress target) {
        Thread.ofVirtual().name("relay").start(() -> accept(target));
    }

    /// Whether the connection from there came through the socket.
    boolean carries(InetSocketAddress remote) {
        // The whole address: another process can have the same port on another loopback address.
        return own.contains(remote);
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
        try (outside; var inside = SocketChannel.open(StandardProtocolFamily.INET)) {
            // The address is ours before it is believed, and believed before it is used.
            inside.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            var address = (InetSocketAddress) inside.getLocalAddress();
            own.add(address);
            try {
                inside.connect(target);
                Thread answers = Thread.ofVirtual().start(() -> copy(inside, outside));
                copy(outside, inside);
                answers.join();
            } finally {
                // Before it is free for somebody else.
                own.remove(address);
            }
        } catch (IOException | InterruptedException gone) {
            // Both ends are closed; the proxy tells its caller.
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
