package tsidp.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tsidp.json.JsonObject;

/// An append-only file of records that survives `kill -9` and power loss. A record is acknowledged after its fsync;
/// records that are waiting at the same time share one. When most of the file is obsolete, it is rewritten from the
/// live records.
///
/// What was not acknowledged did not happen. If a write fails (a full disk), the file is truncated to what was
/// acknowledged, and all waiting records fail too: later records depend on what earlier ones changed. The changes in
/// memory are undone, the latest first, before any caller learns of the failure. Then the next record rewrites the
/// file: after a failed fsync, its content is unknown.
public final class Ledger implements AutoCloseable {

    /// Ours: a file below this size is not worth rewriting.
    private static final long REWRITE_BYTES = 4 << 20;

    /// Ours: a file is rewritten when it is this many times as long as its live records.
    private static final int REWRITE_FACTOR = 4;

    private record Pending(List<String> lines, Runnable undo, CompletableFuture<Void> written) {
    }

    private final Path file;
    private final JsonObject header;
    private final LinkedBlockingQueue<Pending> queue = new LinkedBlockingQueue<>();
    private final long tornBytes;
    private FileChannel channel;
    private Object lock;
    private Supplier<Stream<JsonObject>> live;
    private Thread writer;
    private volatile boolean isClosing;
    private volatile String fault = "";
    private long length;
    private long liveLength;
    private volatile boolean mustRewrite;

    private Ledger(Path file, JsonObject header, FileChannel channel, LedgerReader.Read read, long tornBytes) {
        this.file = file;
        this.header = header;
        this.channel = channel;
        this.length = read.length();
        this.liveLength = read.liveLength();
        this.tornBytes = tornBytes;
    }

    /// Opens or creates a ledger and passes its records to `replay`, in order. A record `{"put":{"id":KEY,…}}` or
    /// `{"remove":KEY}` replaces all earlier ones with its key, which are not passed on; nor is a removal. The header
    /// names the kind of ledger: a file with another header is foreign.
    ///
    /// @throws StoreException if it can't be read, is foreign, or is damaged other than at its end
    public static Ledger open(StateDirectory directory, String name, JsonObject header, Consumer<JsonObject> replay) {
        directory.closeToOthers(name);
        Path file = directory.path(name);
        try {
            if (!file.toFile().exists()) {
                StateDirectory.replace(file, channel -> write(channel, LedgerReader.line(header).stream().iterator()));
            }
            var channel = FileChannel.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
            LedgerReader.Read read = new LedgerReader(file, header).read(channel, replay);
            long torn = channel.size() - read.length();
            if (torn > 0) {
                // The record that was being written when the process or the machine died: it was never acknowledged.
                channel.truncate(read.length());
                channel.force(true);
            }
            channel.position(read.length());
            return new Ledger(file, header, channel, read, torn);
        } catch (IOException e) {
            throw new StoreException(file + " can't be opened: " + StateDirectory.reason(e));
        }
    }

    /// The size in bytes of an incomplete last record that was dropped when the ledger was opened.
    public long tornBytes() {
        return tornBytes;
    }

    /// Starts to write.
    ///
    /// @param monitor must be held to change what is live and append the record of it; it is held here for an undo
    /// @param liveRecords returns the records of everything that is live. It is called under the monitor; its stream is
    ///     read later and one by one, since all at once would need several times the memory of what is live
    public void start(Object monitor, Supplier<Stream<JsonObject>> liveRecords) {
        lock = monitor;
        live = liveRecords;
        writer = Thread.ofPlatform().name("ledger").daemon().start(this::run);
    }

    /// Why the last write failed, as a sentence; empty if it succeeded.
    public String fault() {
        return fault;
    }

    /// Appends records, which are written together and in the order of these calls. With no records, the receipt is for
    /// all previous ones. Records that could not be read back are refused immediately: they would prevent the next
    /// start. The receipt must not be awaited under the monitor.
    ///
    /// @param undo reverts the change in memory, under the monitor, if the records could not be written
    public Receipt append(List<JsonObject> records, Runnable undo) {
        List<String> lines = records.stream().map(LedgerReader::line).flatMap(Optional::stream).toList();
        if (lines.size() < records.size()) {
            undo.run();
            return () -> {
                throw new StoreException("a record is too large or too deeply nested for " + file);
            };
        }
        var written = new CompletableFuture<Void>();
        queue.add(new Pending(lines, undo, written));
        // Without the lines, which may be long: the receipt is kept until the answer is made.
        return () -> {
            try {
                written.join();
            } catch (CompletionException e) {
                throw new StoreException(e.getCause().getMessage());
            }
        };
    }

    /// Rewrites the file from the live records.
    public void rewrite() {
        mustRewrite = true;
        append(List.of(), () -> { });
    }

    private void run() {
        while (!isClosing || !queue.isEmpty()) {
            var batch = new ArrayList<Pending>();
            try {
                batch.add(queue.take());
            } catch (InterruptedException stop) {
                throw new IllegalStateException("only close may end the ledger's writer", stop);
            }
            queue.drainTo(batch);
            commit(batch);
        }
    }

    private void commit(List<Pending> batch) {
        try {
            if (mustRewrite || length > REWRITE_BYTES && length > REWRITE_FACTOR * liveLength) {
                rewrite(batch);
            } else {
                long written = write(channel, batch.stream().flatMap(of -> of.lines().stream()).iterator());
                channel.force(false);
                length += written;
            }
            fault = "";
            batch.forEach(pending -> pending.written().complete(null));
        } catch (IOException e) {
            fail(batch, StateDirectory.reason(e));
        } catch (RuntimeException bug) {
            // Waiting callers must not wait forever.
            fail(batch, bug.getClass().getName());
        }
    }

    private void fail(List<Pending> batch, String reason) {
        fault = file + " can't be written: " + reason;
        mustRewrite = true;
        try {
            channel.truncate(length);
            channel.force(true);
        } catch (IOException worse) {
            fault += "; nor can it be truncated: " + StateDirectory.reason(worse);
        }
        synchronized (lock) {
            queue.drainTo(batch);
            batch.reversed().forEach(pending -> pending.undo().run());
        }
        var failure = new StoreException(fault);
        batch.forEach(pending -> pending.written().completeExceptionally(failure));
    }

    /// Writes all live records. They include the batch and all waiting records, so the latter join the batch.
    private void rewrite(List<Pending> batch) throws IOException {
        // Reset first: a request for another rewrite in the meantime must not be lost. A failure requests one again.
        mustRewrite = false;
        Stream<JsonObject> records;
        synchronized (lock) {
            queue.drainTo(batch);
            records = Stream.concat(Stream.of(header), live.get());
        }
        // Refused records are omitted here too: they were never acknowledged.
        Stream<String> lines = records.map(LedgerReader::line).flatMap(Optional::stream);
        StateDirectory.replace(file, fresh -> liveLength = write(fresh, lines.iterator()));
        var reopened = FileChannel.open(file, Set.of(StandardOpenOption.WRITE));
        channel.close();
        channel = reopened;
        channel.position(liveLength);
        length = liveLength;
    }

    private static long write(FileChannel channel, Iterator<String> lines) throws IOException {
        long written = 0;
        var some = new StringBuilder(2048);
        while (lines.hasNext()) {
            some.append(lines.next());
            if (some.length() > 1 << 16 || !lines.hasNext()) {
                byte[] bytes = some.toString().getBytes(StandardCharsets.UTF_8);
                StateDirectory.writeFully(channel, ByteBuffer.wrap(bytes));
                written += bytes.length;
                some.setLength(0);
            }
        }
        return written;
    }

    /// Writes waiting records and closes the file.
    @Override
    public void close() {
        try {
            if (writer != null) {
                isClosing = true;
                append(List.of(), () -> { });
                writer.join();
            }
            channel.close();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(file + " can't be closed", e);
        }
    }
}
