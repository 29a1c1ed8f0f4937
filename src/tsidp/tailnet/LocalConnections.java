package tsidp.tailnet;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;

/// The connections to tailscaled's socket, and the watchdog that closes those whose answer is late. A few idle ones are
/// kept; one that turns out to be closed, because tailscaled was restarted, is replaced and the question asked again.
final class LocalConnections implements AutoCloseable {

    /// Ours: more than are in use at once when a question takes half a millisecond.
    static final int MAX_IDLE = 16;

    private final Path socket;
    private final UnixDomainSocketAddress address;
    private final Semaphore idlePermits = new Semaphore(MAX_IDLE);
    private final ConcurrentLinkedDeque<LocalConnection> idle = new ConcurrentLinkedDeque<>();
    private final Set<LocalConnection> open = ConcurrentHashMap.newKeySet();
    private final Thread watchdog;
    private volatile boolean closed;

    /// @param shortestTimeout of the questions to come: a late one is noticed within a fifth more, or a second
    LocalConnections(Path socket, Duration shortestTimeout) {
        this.socket = socket;
        this.address = UnixDomainSocketAddress.of(socket);
        Duration tick = Duration.ofMillis(Math.clamp(shortestTimeout.toMillis() / 5, 10, 1000));
        this.watchdog = Thread.ofVirtual().name("localapi-watchdog").start(() -> watch(tick));
    }

    /// Sends the question and reads the whole answer. The question must be harmless to ask twice.
    ///
    /// @param what its name, for messages
    LocalAnswer ask(String what, byte[] question, Duration timeout) throws TailnetException {
        long deadline = System.nanoTime() + timeout.toNanos();
        LocalConnection connection = idle.pollFirst();
        if (connection != null) {
            idlePermits.release();
            try {
                return finish(connection, connection.ask(question, deadline));
            } catch (IOException failure) {
                discard(connection);
                // Closed while it was idle, without the first byte of an answer: ask again (RFC 9112 §9.3.1).
                if (connection.answered() || connection.overdue() || Thread.currentThread().isInterrupted()) {
                    throw explain(what, connection, failure, timeout);
                }
                discardIdle();
            }
        }
        connection = connect(deadline, timeout);
        try {
            return finish(connection, connection.ask(question, deadline));
        } catch (IOException failure) {
            discard(connection);
            throw explain(what, connection, failure, timeout);
        }
    }

    /// A connection for a stream of messages. It has no deadline; whoever opens it closes it.
    SocketChannel open() throws TailnetException {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(address);
            return channel;
        } catch (IOException failure) {
            if (channel != null) {
                LocalConnection.close(channel);
            }
            throw explainConnect(failure);
        }
    }

    /// Closes all, also under a question.
    @Override
    public void close() {
        closed = true;
        watchdog.interrupt();
        open.forEach(this::discard);
    }

    private LocalAnswer finish(LocalConnection connection, LocalAnswer answer) {
        // After a refusal a new connection, since tailscaled may remember with the old one who we were.
        boolean good = answer.status() == 200 || answer.status() == 404;
        if (connection.rest() && good && !closed && idlePermits.tryAcquire()) {
            idle.addFirst(connection);
        } else {
            discard(connection);
        }
        return answer;
    }

    private LocalConnection connect(long deadline, Duration timeout) throws TailnetException {
        LocalConnection connection = null;
        try {
            connection = new LocalConnection(SocketChannel.open(StandardProtocolFamily.UNIX));
            open.add(connection);
            if (closed) {
                throw new IOException("closed");
            }
            connection.connect(address, deadline);
            return connection;
        } catch (IOException failure) {
            if (connection != null) {
                discard(connection);
                if (connection.overdue()) {
                    throw explain("the connection", connection, failure, timeout);
                }
            }
            throw explainConnect(failure);
        }
    }

    private void discard(LocalConnection connection) {
        open.remove(connection);
        connection.close();
    }

    private void discardIdle() {
        for (var connection = idle.pollFirst(); connection != null; connection = idle.pollFirst()) {
            idlePermits.release();
            discard(connection);
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
            // The end of this thread is all that is asked.
        }
    }

    private static TailnetException explain(String what, LocalConnection connection, IOException failure,
            Duration timeout) {
        if (connection.overdue()) {
            return TailnetException.notAnswering("no answer to " + what + " within " + timeout.toMillis() + " ms");
        } else if (failure instanceof AnswerReader.Malformed) {
            return TailnetException.badAnswer(what, failure.getMessage());
        }
        return TailnetException.notAnswering("the connection ended before the answer to " + what + " was whole");
    }

    TailnetException explainConnect(IOException failure) {
        // The JDK gives a BindException for EACCES and EPERM, a ConnectException for ECONNREFUSED.
        if (failure instanceof BindException) {
            return TailnetException.permissionDenied("this user may not open tailscaled's socket " + socket);
        } else if (failure instanceof ConnectException) {
            return TailnetException.notAnswering("nobody listens at tailscaled's socket " + socket);
        } else if (Files.notExists(socket)) {
            return new TailnetException(TailnetException.Kind.SOCKET_MISSING, "tailscaled's socket " + socket
                    + " does not exist: is tailscaled running? (-socket names another path)");
        }
        return TailnetException.notAnswering(
                "no connection to tailscaled's socket " + socket + " (" + failure.getMessage() + ")");
    }
}
