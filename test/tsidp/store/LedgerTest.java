package tsidp.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tsidp.fake.Child;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Seed;

@Timeout(60)
class LedgerTest {

    private static final JsonObject HEADER = JsonObject.EMPTY.with("format", JsonValue.of("test"));

    @TempDir
    private Path temporary;

    private StateDirectory directory;
    private Path file;

    @BeforeEach
    void open() throws Exception {
        directory = StateDirectory.open(temporary);
        file = temporary.resolve("ledger");
    }

    @AfterEach
    void close() {
        directory.close();
    }

    private static JsonObject record(int number) {
        return JsonObject.EMPTY.with("n", JsonValue.of(number)).with("text", JsonValue.of("a\n\u20ac\"" + number));
    }

    private static List<JsonObject> records(int count) {
        var records = new ArrayList<JsonObject>();
        for (int i = 0; i < count; i++) {
            records.add(record(i));
        }
        return records;
    }

    private static Receipt append(Ledger ledger, JsonObject record) {
        return ledger.append(List.of(record), () -> { });
    }

    private void append(List<JsonObject> records) throws StoreException {
        try (var ledger = Ledger.open(directory, "ledger", HEADER, _ -> { })) {
            ledger.start(ledger, Stream::empty);
            for (JsonObject record : records) {
                append(ledger, record).await();
            }
        }
    }

    private List<JsonObject> read() throws StoreException {
        var read = new ArrayList<JsonObject>();
        Ledger.open(directory, "ledger", HEADER, read::add).close();
        return read;
    }

    private long torn() throws StoreException {
        try (var ledger = Ledger.open(directory, "ledger", HEADER, _ -> { })) {
            return ledger.tornBytes();
        }
    }

    @Test
    void whatWasAppendedIsReadAgainInOrder() throws Exception {
        append(records(3));
        append(List.of(record(7)));
        var expected = new ArrayList<>(records(3));
        expected.add(record(7));
        assertEquals(expected, read());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void aNewLedgerIsEmpty() throws Exception {
        assertEquals(List.of(), read());
        assertEquals(0, torn());
    }

    @Test
    void aRecordIsInTheFileWhenItsReceiptIsThere() throws Exception {
        try (var ledger = Ledger.open(directory, "ledger", HEADER, _ -> { })) {
            ledger.start(ledger, Stream::empty);
            for (int i = 0; i < 20; i++) {
                append(ledger, record(i)).await();
                assertTrue(Files.readString(file).contains("\"n\":" + i + ","), "record " + i);
            }
        }
    }

    private static JsonObject nested(int levels) {
        JsonObject nested = record(levels);
        for (int i = 1; i < levels; i++) {
            nested = JsonObject.EMPTY.with("n", nested);
        }
        return nested;
    }

    /// As when the clock is followed while the file is being rewritten for its length.
    @Test
    void aRewriteThatIsAskedForDuringAnotherIsDone() throws Exception {
        var asked = new AtomicInteger();
        try (var ledger = Ledger.open(directory, "ledger", HEADER, _ -> { })) {
            ledger.start(this, () -> {
                if (asked.incrementAndGet() == 1) {
                    ledger.rewrite();
                }
                return Stream.of(record(asked.get()));
            });
            ledger.rewrite();
        }
        assertEquals(List.of(record(2)), read());
    }

    @Test
    void whatCouldNotBeReadBackIsRefusedAndWhatCanBeIsNot() throws Exception {
        JsonObject deepest = nested(64);
        JsonObject longest = JsonObject.EMPTY.with("t", JsonValue.of("x".repeat((1 << 20) - 17)));
        List<JsonObject> refused = List.of(nested(65),
                JsonObject.EMPTY.with("t", JsonValue.of("x".repeat((1 << 20) - 16))),
                JsonObject.EMPTY.with("t", JsonValue.of("<".repeat(1 << 18))));
        try (var ledger = Ledger.open(directory, "ledger", HEADER, _ -> { })) {
            // A rewritten file does not contain it either.
            ledger.start(this, () -> Stream.concat(Stream.of(deepest), refused.stream()));
            for (JsonObject record : refused) {
                String message = assertThrows(StoreException.class, () -> append(ledger, record).await()).getMessage();
                assertEquals("a record is too large or too deeply nested for " + file, message);
            }
            append(ledger, deepest).await();
            for (int i = 0; i < 5; i++) {
                append(ledger, longest).await();
            }
        }
        List<JsonObject> read = read();
        assertEquals(deepest, read.getFirst());
        assertTrue(read.stream().allMatch(List.of(deepest, longest)::contains) && read.size() < 6, "" + read.size());
    }

    @Test
    void anUnfinishedLastRecordIsDroppedWhereverItEnds() throws Exception {
        append(records(2));
        int whole = (int) Files.size(file);
        append(List.of(record(2)));
        byte[] all = Files.readAllBytes(file);
        for (int length = whole; length < all.length; length++) {
            Files.write(file, Arrays.copyOf(all, length));
            assertEquals(length - whole, torn(), "cut at " + length);
            assertEquals(records(2), read(), "cut at " + length);
            append(List.of(record(9)));
            assertEquals(List.of(record(0), record(1), record(9)), read(), "cut at " + length);
        }
    }

    /// What follows the cut in a buffer is what an earlier, longer line left there.
    @Test
    void aRecordWithoutItsLastByteIsNotReadAsWholeWhateverWasReadBefore() throws Exception {
        for (int length = 0; length < 150; length++) {
            Files.deleteIfExists(file);
            append(List.of(put("k0", "before"), put("k1", "before"), put("k2", "x".repeat(length))));
            byte[] all = Files.readAllBytes(file);
            Files.write(file, Arrays.copyOf(all, all.length - 2));
            assertEquals(List.of(put("k0", "before"), put("k1", "before")), read(), "length " + length);
        }
    }

    private static JsonObject put(String key, String text) {
        return JsonObject.EMPTY.with("put", JsonObject.EMPTY.with("id", JsonValue.of(key))
                .with("o", JsonObject.EMPTY.with("a", JsonValue.of(text))));
    }

    @Test
    void ofEachKeyTheLatestRecordIsReadAndNoneThatWasRemoved() throws Exception {
        JsonObject removal = JsonObject.EMPTY.with("remove", JsonValue.of("k1"));
        append(List.of(put("k0", "a"), put("k1", "a"), put("k2", "a"), put("k0", "b"), removal, put("k2", "b"),
                record(1)));
        assertEquals(List.of(put("k0", "b"), put("k2", "b"), record(1)), read());
        append(List.of(put("k1", "c")));
        assertEquals(List.of(put("k0", "b"), put("k2", "b"), record(1), put("k1", "c")), read());
    }

    /// Or a file of which little is live would be taken for one of which all is, and grow to four times its size.
    @Test
    void afterAStartTheFileIsRewrittenForWhatIsLive() throws Exception {
        append(List.of());
        var lines = new StringBuilder();
        for (int i = 0; i < 900; i++) {
            lines.append(LedgerReader.line(put("k", i + "x".repeat(6_000))).orElseThrow());
        }
        Files.writeString(file, lines, StandardOpenOption.APPEND);
        assertTrue(Files.size(file) > 5 << 20);
        try (var ledger = Ledger.open(directory, "ledger", HEADER, _ -> { })) {
            ledger.start(ledger, () -> Stream.of(put("k", "live")));
            append(ledger, put("k", "live")).await();
        }
        assertTrue(Files.size(file) < 1_000, "bytes " + Files.size(file));
    }

    @Test
    void garbageBehindTheLastRecordIsDropped() throws Exception {
        append(records(2));
        byte[] whole = Files.readAllBytes(file);
        Random random = Seed.random();
        for (int i = 0; i < 100; i++) {
            var tail = new byte[1 + random.nextInt(200)];
            random.nextBytes(tail);
            byte[] all = Arrays.copyOf(whole, whole.length + tail.length);
            System.arraycopy(tail, 0, all, whole.length, tail.length);
            Files.write(file, all);
            assertEquals(records(2), read(), Seed.again());
            assertArrayEquals(whole, Files.readAllBytes(file), Seed.again());
        }
    }

    @Test
    void aDamagedByteBeforeTheLastRecordStopsUsAndNothingIsTouched() throws Exception {
        append(records(3));
        byte[] all = Files.readAllBytes(file);
        int header = new String(all, StandardCharsets.ISO_8859_1).indexOf('\n') + 1;
        int last = new String(all, StandardCharsets.ISO_8859_1).lastIndexOf('\n', all.length - 2) + 1;
        // Without the line feed before it, the last record and the one before look like one incomplete record.
        for (int at = 0; at < last - 1; at++) {
            for (int bit : new int[] {1, 0x20}) {
                byte[] damaged = all.clone();
                damaged[at] ^= (byte) bit;
                Files.write(file, damaged);
                String message = assertThrows(StoreException.class, this::read, "byte " + at).getMessage();
                assertTrue(message.startsWith(file + (at < header ? " has no tsidp header"
                        : " is damaged before line ")), message);
                assertArrayEquals(damaged, Files.readAllBytes(file), "byte " + at);
            }
        }
    }

    @Test
    void aRecordThatIsMissingItsEndInTheMiddleStopsUs() throws Exception {
        append(records(3));
        List<String> lines = Files.readAllLines(file);
        lines.set(2, lines.get(2).substring(0, 20));
        Files.writeString(file, String.join("\n", lines) + "\n");
        assertThrows(StoreException.class, this::read);
    }

    @Test
    void aForeignFileIsRefusedAndLeftAsItIs() throws Exception {
        for (String foreign : List.of("", "\n", "{}\n", "hello", "\0\0\0\0", "00000000 {}\n")) {
            Files.writeString(file, foreign);
            String message = assertThrows(StoreException.class, this::read, foreign).getMessage();
            assertEquals(file + " has no tsidp header: it belongs to another program, or is damaged", message);
            assertEquals(foreign, Files.readString(file));
        }
    }

    @Test
    void anotherKindOfLedgerIsRefused() throws Exception {
        JsonObject other = JsonObject.EMPTY.with("format", JsonValue.of("other"));
        Ledger.open(directory, "ledger", other, _ -> { }).close();
        byte[] before = Files.readAllBytes(file);
        assertThrows(StoreException.class, this::read);
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void aLineWithoutEndIsRefused() throws Exception {
        append(records(1));
        Files.writeString(file, Files.readString(file) + "x".repeat(20 << 20) + "\n" + Files.readString(file));
        String message = assertThrows(StoreException.class, this::read).getMessage();
        assertTrue(message.startsWith(file + " has a line of more than "), message);
    }

    @Test
    void everythingOfTwoHundredThreadsIsThere() throws Exception {
        int threads = 200;
        int each = 20;
        try (var ledger = Ledger.open(directory, "ledger", HEADER, _ -> { });
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            ledger.start(ledger, Stream::empty);
            var tasks = new ArrayList<Future<?>>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                tasks.add(executor.submit(() -> {
                    for (int i = 0; i < each; i++) {
                        append(ledger, JsonObject.EMPTY.with("thread", JsonValue.of(thread))
                                .with("i", JsonValue.of(i))).await();
                    }
                    return null;
                }));
            }
            for (Future<?> task : tasks) {
                task.get();
            }
        }
        var next = new HashMap<Long, Long>();
        for (JsonObject record : read()) {
            long thread = record.integer("thread").orElseThrow();
            assertEquals(next.getOrDefault(thread, 0L), record.integer("i").orElseThrow(), "thread " + thread);
            next.merge(thread, 1L, Long::sum);
        }
        assertEquals(threads, next.size());
        assertTrue(next.values().stream().allMatch(count -> count == each));
    }

    @Test
    void aRewriteKeepsWhatIsLiveWhileOthersWrite() throws Exception {
        var live = new TreeMap<String, Long>();
        try (var ledger = Ledger.open(directory, "ledger", HEADER, _ -> { });
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            ledger.start(live, () -> live.entrySet().stream().map(entry -> put(entry.getKey(), entry.getValue()))
                    .toList().stream());
            var tasks = new ArrayList<Future<?>>();
            for (int t = 0; t < 8; t++) {
                var random = new Random(Seed.random().nextLong() + t);
                String mine = "t" + t + "-";
                tasks.add(executor.submit(() -> {
                    for (int i = 0; i < 400; i++) {
                        change(ledger, live, mine + random.nextInt(10), random.nextInt(4) == 0 ? -1 : i).await();
                    }
                    return null;
                }));
            }
            for (Future<?> task : tasks) {
                task.get();
            }
        }
        assertTrue(Files.size(file) < 6 << 20, "the file has " + Files.size(file) + " bytes: it was never rewritten");
        assertEquals(live, replayed(), Seed.again());
    }

    /// The change in memory comes first, and the record is appended under the same lock, as in SignIns.
    private static Receipt change(Ledger ledger, Map<String, Long> live, String key, long value) {
        synchronized (live) {
            if (value < 0) {
                live.remove(key);
                return append(ledger, JsonObject.EMPTY.with("remove", JsonValue.of(key)));
            }
            live.put(key, value);
            return append(ledger, put(key, value));
        }
    }

    private static JsonObject put(String key, long value) {
        return JsonObject.EMPTY.with("put", JsonObject.EMPTY.with("id", JsonValue.of(key))
                .with("value", JsonValue.of(value)).with("ballast", JsonValue.of("x".repeat(6_000))));
    }

    private Map<String, Long> replayed() throws StoreException {
        var replayed = new TreeMap<String, Long>();
        for (JsonObject record : read()) {
            JsonObject put = record.object("put").orElseThrow();
            replayed.put(put.string("id").orElseThrow(), put.integer("value").orElseThrow());
        }
        return replayed;
    }

    @Test
    void whatCouldNotBeWrittenDidNotHappenAndWhenTheDiskHasRoomAgainAllGoesOn() throws Exception {
        directory.close();
        try (var child = Child.main(LimitedDisk.class, "ulimit -S -f 64", "ledger", temporary.toString())) {
            assertEquals(0, child.status(), child.err());
            assertEquals("""
                    fault: <>
                    those behind a failure fail too, and are undone, the latest first: true
                    the file has what was acknowledged: true
                    fault: <ledger can't be written: File too large>
                    those behind a failure fail too, and are undone, the latest first: true
                    the file has what was acknowledged: true
                    fault: <ledger can't be written: File too large>
                    fault: <>
                    torn: 0
                    all there: true
                    """, child.out());
        }
        directory = StateDirectory.open(temporary);
    }
}
