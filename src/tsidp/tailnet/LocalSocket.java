package tsidp.tailnet;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// tailscaled's socket. Each question has a connection of its own, so that no byte of one answer can be taken for the
/// answer to another; a real tailscaled answers some 15 µs later than on connections that are kept.
///
/// A blocking channel has no time-out: a watchdog closes those whose answer is late, which ends the read.
final class LocalSocket implements AutoCloseable {

    private static final class Connection {

        private final SocketChannel channel;
        private final long deadline;
        private volatile boolean isOverdue;

        Connection(SocketChannel channel, long deadline) {
            this.channel = channel;
            this.deadline = deadline;
        }

        void closeIfOverdue(long nanoTime) {
            if (nanoTime - deadline >= 0) {
                isOverdue = true;
                LocalSocket.close(channel);
            }
        }
    }

    private final Path path;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final Thread watchdog;
    private volatile boolean closed;

    /// @param shortestTimeout of all questions: a late one is detected within a fifth of that, or within a second
    LocalSocket(Path path, Duration shortestTimeout) {
        this.path = path;
        Duration tick = Duration.ofMillis(Math.clamp(shortestTimeout.toMillis() / 5, 10, 1000));
        this.watchdog = Thread.ofVirtual().name("localapi-watchdog").start(() -> watch(tick));
    }

    /// Sends the question and reads the complete answer.
    ///
    /// @param what its name, for messages
    LocalAnswer ask(String what, byte[] question, Duration timeout) throws TailnetException {
        var connection = new Connection(channel(), System.nanoTime() + timeout.toNanos());
        open.add(connection);
        try {
            connect(connection.channel);
            ByteBuffer out = ByteBuffer.wrap(question);
            while (out.hasRemaining()) {
                connection.channel.write(out);
            }
            return new AnswerReader(connection.channel).read();
        } catch (IOException | TailnetException failure) {
            throw explain(what, connection, failure, timeout);
        } finally {
            open.remove(connection);
            close(connection.channel);
        }
    }

    /// A connection for a stream of messages. It has no deadline; the caller must close it.
    SocketChannel open() throws TailnetException {
        SocketChannel channel = channel();
        try {
            connect(channel);
            return channel;
        } catch (TailnetException failure) {
            close(channel);
            throw failure;
        }
    }

    /// Ends every question in progress.
    @Override
    public void close() {
        closed = true;
        watchdog.interrupt();
        open.forEach(connection -> close(connection.channel));
    }

    private SocketChannel channel() throws TailnetException {
        try {
            return SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException failure) {
            throw explainConnect(failure);
        }
    }

    private void connect(SocketChannel channel) throws TailnetException {
        try {
            if (closed) {
                throw new IOException("closed");
            }
            channel.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException failure) {
            throw explainConnect(failure);
        }
    }

    private void watch(Duration tick) {
        try {
            while (!closed) {
                Thread.sleep(tick);
                long now = System.nanoTime();
                open.forEach(connection -> connection.closeIfOverdue(now));
            }
        } catch (InterruptedException closing) {
            // The thread is meant to end here.
        }
    }

    static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException nothingToDo) {
            // The descriptor is gone either way.
        }
    }

    private static TailnetException explain(String what, Connection connection, Exception failure, Duration timeout) {
        if (connection.isOverdue) {
            return TailnetException.notAnswering("no answer to " + what + " within " + timeout.toMillis() + " ms");
        }
        return switch (failure) {
            case TailnetException explained -> explained;
            case AnswerReader.Malformed malformed -> TailnetException.badAnswer(what, malformed.getMessage());
            default -> TailnetException.notAnswering("the connection ended before the answer to " + what
                    + " was complete");
        };
    }

    TailnetException explainConnect(IOException failure) {
        // The JDK throws a BindException for EACCES and EPERM, a ConnectException for ECONNREFUSED.
        if (failure instanceof BindException) {
            return TailnetException.permissionDenied("this user may not open tailscaled's socket " + path);
        } else if (failure instanceof ConnectException) {
            return TailnetException.notAnswering("nothing is listening on tailscaled's socket " + path);
        } else if (Files.notExists(path)) {
            return new TailnetException(TailnetException.Kind.SOCKET_MISSING, "tailscaled's socket " + path
                    + " does not exist: is tailscaled running? (-socket names another path)");
        }
        return TailnetException.notAnswering(
                "no connection to tailscaled's socket " + path + " (" + failure.getMessage() + ")");
    }
}
