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
/// live. After a failed write (a full disk) the next record rewrites the file first, so that nothing stays lost.
///
/// Records must say what *is*, not what changed (put this, remove that): a rewritten file holds the live state and
/// behind it whatever waited meanwhile, so a record may be read that the live state already contains.
public final class Ledger implements AutoCloseable {

    /// Ours: a file below this size is not worth rewriting.
    private static final long REWRITE_BYTES = 4 << 20;

    /// Ours: a file is rewritten when it is this many times as long as what is live.
    private static final int REWRITE_FACTOR = 4;

    private record Pending(String line, CompletableFuture<Void> written) {
    }

    private static final Pending END = new Pending("", new CompletableFuture<>());

    private final Path file;
    private final JsonObject header;
    private final LinkedBlockingQueue<Pending> queue = new LinkedBlockingQueue<>();
    private final long tornBytes;
    private FileChannel channel;
    private Supplier<Stream<JsonObject>> live = Stream::empty;
    private Thread writer;
    private long length;
    private long liveLength;
    private boolean mustRewrite;

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

    /// Starts to write. `liveRecords` answers the records that say all that is now; it is asked from the writer's
    /// thread, and its stream is read one by one: all of them at once would need several times the memory of what is
    /// live.
    public void start(Supplier<Stream<JsonObject>> liveRecords) {
        live = liveRecords;
        writer = Thread.ofPlatform().name("ledger").daemon().start(this::run);
    }

    /// A record that was handed in and may not be on the disk yet.
    public interface Receipt {

        /// Waits until the record is durable.
        ///
        /// @throws StoreException if it could not be written
        void await() throws StoreException;
    }

    /// Hands a record in; records are written in the order of these calls. One that could not be read back is refused:
    /// it would prevent the next start.
    public Receipt append(JsonObject record) {
        Optional<String> line = LedgerReader.line(record);
        if (line.isEmpty()) {
            return () -> {
                throw new StoreException(file + " takes no record as large or as deeply nested as this one");
            };
        }
        var pending = new Pending(line.get(), new CompletableFuture<>());
        queue.add(pending);
        return () -> {
            try {
                pending.written().join();
            } catch (CompletionException e) {
                throw new StoreException(e.getCause().getMessage());
            }
        };
    }

    private void run() {
        var batch = new ArrayList<Pending>();
        boolean end = false;
        while (!end) {
            batch.clear();
            try {
                batch.add(queue.take());
            } catch (InterruptedException stop) {
                throw new IllegalStateException("the ledger's writer is ended by close alone", stop);
            }
            queue.drainTo(batch);
            end = batch.remove(END);
            commit(batch);
        }
    }

    private void commit(List<Pending> batch) {
        try {
            if (mustRewrite || length > REWRITE_BYTES && length > REWRITE_FACTOR * liveLength) {
                rewrite();
            }
            length += write(channel, batch.stream().map(Pending::line).iterator());
            channel.force(false);
            batch.forEach(pending -> pending.written().complete(null));
        } catch (IOException e) {
            fail(batch, StateDirectory.reason(e));
        } catch (RuntimeException bug) {
            // Whoever waits must not wait for ever.
            fail(batch, bug.getClass().getName());
        }
    }

    private void fail(List<Pending> batch, String reason) {
        mustRewrite = true;
        var fault = new StoreException(file + " can't be written: " + reason);
        batch.forEach(pending -> pending.written().completeExceptionally(fault));
    }

    private void rewrite() throws IOException {
        // What was refused is left out here too: it was never acknowledged.
        Stream<String> lines = Stream.concat(Stream.of(header), live.get()).map(LedgerReader::line)
                .flatMap(Optional::stream);
        StateDirectory.replace(file, fresh -> liveLength = write(fresh, lines.iterator()));
        var reopened = FileChannel.open(file, Set.of(StandardOpenOption.WRITE));
        channel.close();
        channel = reopened;
        channel.position(liveLength);
        length = liveLength;
        mustRewrite = false;
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
                queue.add(END);
                writer.join();
            }
            channel.close();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(file + " can't be closed", e);
        }
    }
}
