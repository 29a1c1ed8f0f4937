package tsidp.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// What must survive a loss of power is on the disk before anybody is told so. No test can take the power away: the
/// JDK's Flight Recorder says which files were written and forced (fsync), and in which order.
class SyncTest {

    private static final JsonObject RECORD = JsonObject.EMPTY.with("n", JsonValue.of(1));

    @TempDir
    private Path temporary;

    private StateDirectory directory;

    @BeforeEach
    void open() throws Exception {
        directory = StateDirectory.open(temporary);
    }

    @AfterEach
    void close() {
        directory.close();
    }

    /// Does that, and answers what was done to the files meanwhile: as in `write file`, `force file`. A row of writes
    /// to one file is one.
    private List<String> during(Callable<?> work) throws Exception {
        Path dump = Files.createTempFile("sync", ".jfr");
        try (var recording = new Recording()) {
            recording.enable("jdk.FileWrite").withThreshold(Duration.ZERO);
            recording.enable("jdk.FileForce").withThreshold(Duration.ZERO);
            recording.start();
            work.call();
            recording.stop();
            recording.dump(dump);
            return told(dump);
        } finally {
            Files.delete(dump);
        }
    }

    private List<String> told(Path dump) throws IOException {
        String root = temporary.toString();
        List<String> all = RecordingFile.readAllEvents(dump).stream()
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .filter(event -> event.getString("path") != null && event.getString("path").startsWith(root))
                .map(event -> event.getEventType().getName().replace("jdk.File", "").toLowerCase() + " ."
                        + event.getString("path").substring(root.length())).toList();
        return Stream.iterate(0, i -> i < all.size(), i -> i + 1)
                .filter(i -> i == 0 || !all.get(i).equals(all.get(i - 1))).map(all::get).toList();
    }

    private Ledger ledger() throws StoreException {
        return Ledger.open(directory, "ledger", RECORD, _ -> { });
    }

    private Ledger started() throws StoreException {
        Ledger ledger = ledger();
        ledger.start(ledger, Stream::empty);
        return ledger;
    }

    private static Void append(Ledger ledger) throws StoreException {
        ledger.append(List.of(RECORD), () -> { }).await();
        return null;
    }

    @Test
    void aFileIsForcedBeforeItReplacesAnotherAndThenItsDirectory() throws Exception {
        assertEquals(List.of("write ./file.new", "force ./file.new", "force ."), during(() -> {
            directory.write("file", new byte[] {1});
            return null;
        }));
    }

    @Test
    void aNewLedgerIsForcedAndItsDirectoryToo() throws Exception {
        assertEquals(List.of("write ./ledger.new", "force ./ledger.new", "force ."), during(() -> {
            ledger().close();
            return null;
        }));
    }

    @Test
    void aRecordIsForcedBeforeItsReceipt() throws Exception {
        try (var ledger = started()) {
            assertEquals(List.of("write ./ledger", "force ./ledger"), during(() -> append(ledger)));
        }
    }

    @Test
    void aLedgerThatIsWrittenAnewIsForcedBeforeItReplacesTheOld() throws Exception {
        try (var ledger = started()) {
            assertEquals(List.of("write ./ledger.new", "force ./ledger.new", "force ."), during(() -> {
                ledger.rewrite();
                return append(ledger);
            }).subList(0, 3));
        }
    }

    /// Otherwise the torn record could come back behind later ones.
    @Test
    void whatIsCutOffIsGoneForGood() throws Exception {
        ledger().close();
        Files.writeString(temporary.resolve("ledger"), Files.readString(temporary.resolve("ledger")) + "torn");
        assertEquals(List.of("force ./ledger"), during(() -> {
            ledger().close();
            return null;
        }));
    }
}
