package tsidp.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AcceptorTest {

    /// A socket that takes connections as a script says: `null` is one that can't be taken.
    private static final class Scripted extends ServerSocketChannel {

        private final LinkedBlockingQueue<List<SocketChannel>> script;

        Scripted(List<List<SocketChannel>> script) {
            super(SelectorProvider.provider());
            this.script = new LinkedBlockingQueue<>(script);
        }

        @Override
        public SocketChannel accept() throws IOException {
            List<SocketChannel> next = script.poll();
            if (next == null) {
                throw new ClosedChannelException();
            }
            if (next.isEmpty()) {
                throw new IOException("Too many open files");
            }
            return next.getFirst();
        }

        @Override
        public ServerSocketChannel bind(SocketAddress local, int backlog) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> T getOption(SocketOption<T> name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Set<SocketOption<?>> supportedOptions() {
            return Set.of();
        }

        @Override
        public ServerSocket socket() {
            throw new UnsupportedOperationException();
        }

        @Override
        public SocketAddress getLocalAddress() {
            throw new UnsupportedOperationException();
        }

        @Override
        protected void implCloseSelectableChannel() {
            // There is nothing to close.
        }

        @Override
        protected void implConfigureBlocking(boolean block) {
            // It always blocks.
        }
    }

    @Test
    void aConnectionThatCanNotBeTakenIsToldOfAndEndsNothing() throws Exception {
        try (var first = SocketChannel.open(); var second = SocketChannel.open()) {
            var taken = new LinkedBlockingQueue<SocketChannel>();
            var faults = new CopyOnWriteArrayList<String>();
            Acceptor.run(new Scripted(List.of(List.of(first), List.of(), List.of(second))), taken::add, faults::add);
            assertEquals(Set.of(first, second), Set.of(taken.poll(10, TimeUnit.SECONDS),
                    taken.poll(10, TimeUnit.SECONDS)));
            assertEquals(List.of("a connection can't be taken: Too many open files"), faults);
        }
    }
}
