package tsidp.store;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.Consumer;

/// Takes the connections of a Unix socket, each in a thread of its own.
public final class Acceptor {

    /// Ours: a connection that can't be taken, for want of descriptors, stays in the queue and would be tried at once.
    private static final Duration PAUSE = Duration.ofMillis(100);

    private Acceptor() {
    }

    /// Runs until the socket is closed, or the thread is interrupted.
    ///
    /// @param faults is told what keeps it from taking one
    public static void run(ServerSocketChannel server, Consumer<SocketChannel> connections, Consumer<String> faults) {
        try {
            while (true) {
                try {
                    SocketChannel taken = server.accept();
                    Thread.ofVirtual().start(() -> connections.accept(taken));
                } catch (ClosedChannelException closed) {
                    return;
                } catch (IOException fault) {
                    faults.accept("a connection can't be taken: " + fault.getMessage());
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
