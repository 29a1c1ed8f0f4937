package tsidp.tailnet;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/// One connection to LocalAPI, for one question at a time.
///
/// A blocking channel knows no time-out. So each question has a deadline, and a watchdog ([LocalConnections]) calls
/// [#closeIfOverdue]: closing the channel ends the read. That costs a question two writes to memory and no timer.
final class LocalConnection {

    private static final long IDLE = Long.MAX_VALUE;
    private static final long OVERDUE = Long.MIN_VALUE;

    private final SocketChannel channel;
    private final AnswerReader reader;
    private final AtomicLong deadline = new AtomicLong(IDLE);

    LocalConnection(SocketChannel channel) {
        this.channel = channel;
        this.reader = new AnswerReader(channel);
    }

    /// @throws IOException if the connection can't be made; the caller closes this
    void connect(UnixDomainSocketAddress address, long nanoTime) throws IOException {
        deadline.set(nanoTime);
        channel.connect(address);
    }

    /// Asks, and reads the whole answer.
    ///
    /// @param nanoTime when to give up, on the clock of `System.nanoTime`
    /// @throws IOException if it broke or came too late; the connection is then of no more use
    LocalAnswer ask(byte[] question, long nanoTime) throws IOException {
        deadline.set(nanoTime);
        ByteBuffer out = ByteBuffer.wrap(question);
        while (out.hasRemaining()) {
            channel.write(out);
        }
        return reader.read();
    }

    /// Whether the question that failed had brought a part of its answer.
    boolean answered() {
        return reader.started();
    }

    /// Ends the question.
    ///
    /// @return whether another may follow on this connection
    boolean rest() {
        return deadline.getAndSet(IDLE) != OVERDUE && reader.reusable();
    }

    boolean overdue() {
        return deadline.get() == OVERDUE;
    }

    void closeIfOverdue(long nanoTime) {
        long seen = deadline.get();
        if (seen != IDLE && seen != OVERDUE && nanoTime - seen >= 0 && deadline.compareAndSet(seen, OVERDUE)) {
            close();
        }
    }

    void close() {
        close(channel);
    }

    static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException nothingToDo) {
            // The descriptor is gone either way.
        }
    }
}
