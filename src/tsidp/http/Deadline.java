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

/// Bounds the time that an exchange waits for its sender. The JDK's server has one limit for everybody
/// (`sun.net.httpserver.maxReqTime`) and none for a single read.
final class Deadline {

    private Deadline() {
    }

    /// Runs what blocks on a connection, in a thread of its own. What is thrown at the deadline must leave the handler:
    /// the JDK's server then closes the connection, which ends that thread too. Nothing is interrupted: that would
    /// close files as well (see `InterruptibleChannel`), and the ledger is one.
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
