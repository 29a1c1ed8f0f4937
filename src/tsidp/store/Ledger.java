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

/// An append-only file of records that survives `kill -9` and loss of power. A record is acknowledged after its fsync;
/// records that wait at the same time share one. When most of the file is of the past, it is rewritten from what is
/// live.
///
/// What was not acknowledged did not happen. Where a write fails (a full disk), the file is cut back to what was
/// acknowledged, and everything that waits fails with it: later records were made from what earlier ones changed. The
/// changes in memory are undone, the latest first, before anybody learns of the failure. Then the next record rewrites
/// the file: after a failed fsync nobody knows what it holds.
public final class Ledger implements AutoCloseable {

    /// Ours: a file below this size is not worth rewriting.
    private static final long REWRITE_BYTES = 4 << 20;

    /// Ours: a file is rewritten when it is this many times as long as what is live.
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

    private Ledger(Path file, JsonObject header, FileChannel channel, long length, long tornBytes) {
        this.file = file;
        this.header = header;
        this.channel = channel;
        this.length = length;
        this.liveLength = length;
        this.tornBytes = tornBytes;
    }

    /// Opens or makes the ledger of that name and hands each of its records to `replay`, in order. The header names
    /// the kind of ledger: a file with another one is foreign.
    ///
    /// @throws StoreException if it can't be read, is foreign, or is damaged elsewhere than at its end
    public static Ledger open(StateDirectory directory, String name, JsonObject header, Consumer<JsonObject> replay)
            throws StoreException {
        directory.closeToOthers(name);
        Path file = directory.path(name);
        try {
            if (!file.toFile().exists()) {
                StateDirectory.replace(file, channel -> write(channel, LedgerReader.line(header).stream().iterator()));
            }
            var channel = FileChannel.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
            var reader = new LedgerReader(file, header);
            long length = reader.read(channel, replay);
            long torn = channel.size() - length;
            if (torn > 0) {
                // The record that was being written when the process or the machine died: nobody was told of it.
                channel.truncate(length);
                channel.force(true);
            }
            channel.position(length);
            return new Ledger(file, header, channel, length, torn);
        } catch (IOException e) {
            throw new StoreException(file + " can't be opened: " + StateDirectory.reason(e));
        }
    }

    /// How many bytes of an unfinished last record were dropped when the ledger was opened.
    public long tornBytes() {
        return tornBytes;
    }

    /// Starts to write.
    ///
    /// @param monitor is held by whoever changes what is live and appends the record of that, and here for an undo
    /// @param liveRecords answers the records that say all that is now. It is asked under the monitor; its stream is
    ///     read later and one by one, since all at once would need several times the memory of what is live
    public void start(Object monitor, Supplier<Stream<JsonObject>> liveRecords) {
        lock = monitor;
        live = liveRecords;
        writer = Thread.ofPlatform().name("ledger").daemon().start(this::run);
    }

    /// Records that were handed in and may not be on the disk yet.
    public interface Receipt {

        /// Waits until the records, and all before them, are durable. Must not be called under the monitor.
        ///
        /// @throws StoreException if they could not be written; then none of them is in the file
        void await() throws StoreException;
    }

    /// What keeps records from being written, a sentence: the outcome of the last write. Empty if nothing does.
    public String fault() {
        return fault;
    }

    /// Hands records in, which are written together and in the order of these calls. Of no records, the receipt is that
    /// for all before. Records that could not be read back are refused at once: they would prevent the next start.
    ///
    /// @param undo takes back in memory what the records say, under the monitor, where they could not be written
    public Receipt append(List<JsonObject> records, Runnable undo) {
        List<String> lines = records.stream().map(LedgerReader::line).flatMap(Optional::stream).toList();
        if (lines.size() < records.size()) {
            undo.run();
            return () -> {
                throw new StoreException(file + " takes no record as large or as deeply nested as this one");
            };
        }
        var pending = new Pending(lines, undo, new CompletableFuture<>());
        queue.add(pending);
        return () -> {
            try {
                pending.written().join();
            } catch (CompletionException e) {
                throw new StoreException(e.getCause().getMessage());
            }
        };
    }

    /// Writes the file anew from what is live.
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
                throw new IllegalStateException("the ledger's writer is ended by close alone", stop);
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
            // Whoever waits must not wait for ever.
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
            fault += "; nor can it be cut back: " + StateDirectory.reason(worse);
        }
        synchronized (lock) {
            queue.drainTo(batch);
            batch.reversed().forEach(pending -> pending.undo().run());
        }
        var failure = new StoreException(fault);
        batch.forEach(pending -> pending.written().completeExceptionally(failure));
    }

    /// Writes what is live, which is what the file, the batch and everything that waits say: that joins the batch.
    private void rewrite(List<Pending> batch) throws IOException {
        // First: what asks for another one meanwhile must not be forgotten. A failure asks for it again.
        mustRewrite = false;
        Stream<JsonObject> records;
        synchronized (lock) {
            queue.drainTo(batch);
            records = Stream.concat(Stream.of(header), live.get());
        }
        // What was refused is left out here too: it was never acknowledged.
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

    /// Writes what waits, and closes the file.
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
