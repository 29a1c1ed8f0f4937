package tsidp.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;
import tsidp.store.Acceptor;

/// Carries the connections of a plain socket to the JDK's HTTP server, and rewrites the heads of requests on the way.
/// The socket can be a Unix socket, on which that server can't listen.
///
/// A connection carries one request. So no second HTTP parser has to agree with the server's about where a request
/// ends: tailscaled's proxy would send requests of several people on one connection.
///
/// @param server where it listens
/// @param target of the JDK's server
/// @param prefix is put before each target
record Relay(ServerSocketChannel server, InetSocketAddress target, String prefix) {

    private static final int BUFFER = 8192;

    /// Carries every connection until the server is closed. What keeps it from that is told to `faults`.
    void start(Consumer<String> faults) {
        Thread.ofVirtual().name("relay").start(() -> Acceptor.run(server, this::carry, faults));
    }

    private void carry(SocketChannel outside) {
        try (outside; var inside = SocketChannel.open()) {
            // The server limits what one address sends.
            if (outside.getRemoteAddress() instanceof InetSocketAddress source
                    && source.getAddress() instanceof Inet4Address address && address.isLoopbackAddress()) {
                inside.bind(new InetSocketAddress(address, 0));
            }
            inside.connect(target);
            Thread answers = Thread.ofVirtual().start(() -> copy(inside, outside));
            var heads = new RequestHeads(prefix, true);
            InputStream in = Channels.newInputStream(outside);
            OutputStream out = Channels.newOutputStream(inside);
            byte[] buffer = new byte[BUFFER];
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                out.write(heads.rewrite(buffer, length));
            }
            inside.shutdownOutput();
            answers.join();
        } catch (IOException | InterruptedException gone) {
            // Both ends are closed; a proxy reports that to its caller.
        }
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
}
