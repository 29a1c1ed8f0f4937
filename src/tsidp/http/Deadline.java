package tsidp.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Bounds how long an exchange waits for its sender. The JDK's server has one global limit
/// (`sun.net.httpserver.maxReqTime`) and none for a single read.
final class Deadline {

    private Deadline() {
    }

    /// Runs work that blocks on a connection, in its own thread. The exception thrown at the deadline must propagate
    /// out of the handler: the JDK's server then closes the connection, which ends that thread too. The thread is not
    /// interrupted: that would also close files (see `InterruptibleChannel`), such as the ledger.
    ///
    /// @throws SocketTimeoutException at the deadline
    static <T> T within(Duration patience, Callable<T> work) throws IOException {
        var task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        try {
            return task.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            throw new SocketTimeoutException("the sender took too long");
        } catch (InterruptedException leaving) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the server is stopping");
        } catch (ExecutionException failure) {
            switch (failure.getCause()) {
                case IOException broken -> throw broken;
                case RuntimeException bug -> throw bug;
                default -> throw new IllegalStateException(failure.getCause());
            }
        }
    }
}
