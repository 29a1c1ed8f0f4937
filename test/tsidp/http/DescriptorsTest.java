package tsidp.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tsidp.log.Level;
import tsidp.log.Log;

class DescriptorsTest {

    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final Log log = new Log(lines, Level.INFO, Log.Format.LOGFMT, InstantSource.system());

    @TempDir
    private Path self;

    @BeforeEach
    void open() throws Exception {
        Files.createDirectory(self.resolve("fd"));
    }

    private Descriptors limited(String limit) throws Exception {
        Files.writeString(self.resolve("limits"), "Limit                     Soft Limit           Hard Limit\n"
                + "Max processes             4                    4                    processes\n"
                + "Max open files            " + limit + "                 1048576              files\n");
        return new Descriptors(self, log);
    }

    private void open(int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            Files.createFile(self.resolve("fd/" + i));
        }
    }

    private long warnings() {
        return lines.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains("level=WARN")).count();
    }

    @Test
    void itWarnsOnceWhenNearlyAllAreUsed() throws Exception {
        Descriptors descriptors = limited("20");
        open(0, 17);
        descriptors.look();
        assertEquals(0, warnings());
        open(17, 18);
        descriptors.look();
        descriptors.look();
        assertEquals(1, warnings());
        Files.delete(self.resolve("fd/0"));
        descriptors.look();
        open(0, 1);
        descriptors.look();
        assertEquals(2, warnings());
    }

    @Test
    void itWarnsWhenItCanNotEvenLook() throws Exception {
        Descriptors descriptors = limited("20");
        Files.delete(self.resolve("fd"));
        descriptors.look();
        assertEquals(1, warnings());
    }

    @Test
    void aLimitBelowWhatListenersMayNeedIsSaid() throws Exception {
        limited("1636").expect(3);
        assertEquals(0, warnings());
        limited("1635").expect(3);
        assertEquals(1, warnings());
    }

    @Test
    void whereThereIsNoLimitItIsSilent() throws Exception {
        Descriptors unlimited = limited("unlimited");
        Descriptors elsewhere = new Descriptors(self.resolve("nowhere"), log);
        for (Descriptors descriptors : new Descriptors[] {unlimited, elsewhere}) {
            descriptors.expect(3);
            descriptors.look();
        }
        assertEquals(0, warnings());
    }
}
