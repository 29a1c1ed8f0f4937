package tsidp.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tsidp.fake.Child;
import tsidp.json.JsonObject;
import tsidp.json.JsonWriter;

class StateDirectoryTest {

    @TempDir
    private Path temporary;

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void whatWeMakeIsClosedToOthers() throws Exception {
        Path path = temporary.resolve("a/b");
        try (var directory = StateDirectory.open(path)) {
            directory.write("file", new byte[] {1});
            assertEquals("rwx------", mode(path));
            assertEquals("rwx------", mode(path.getParent()));
            assertEquals("rw-------", mode(path.resolve("file")));
            assertEquals("rw-------", mode(path.resolve("tsidp.lock")));
            assertFalse(directory.isOpenToOthers());
        }
    }

    @Test
    void aFileThatWasOpenToOthersIsClosedByTheFirstWrite() throws Exception {
        Files.writeString(temporary.resolve("file"), "old");
        Files.setPosixFilePermissions(temporary.resolve("file"), PosixFilePermissions.fromString("rw-rw-rw-"));
        try (var directory = StateDirectory.open(temporary)) {
            directory.write("file", new byte[] {1});
            assertEquals("rw-------", mode(temporary.resolve("file")));
        }
    }

    @Test
    void aDirectoryThatIsOpenToOthersIsNoticed() throws Exception {
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwx--x---"));
        try (var directory = StateDirectory.open(temporary)) {
            assertTrue(directory.isOpenToOthers());
        }
    }

    @Test
    void aSecondHolderIsRefusedInThisProcess() throws Exception {
        try (var held = StateDirectory.open(temporary)) {
            assertEquals(temporary.resolve("x"), held.path("x"));
            assertEquals(Optional.empty(), StateDirectory.tryOpen(temporary));
            var refused = assertThrows(StoreException.class, () -> StateDirectory.open(temporary));
            assertTrue(refused.getMessage().startsWith("another tsidp is running on " + temporary));
        }
        StateDirectory.open(temporary).close();
    }

    @Test
    void aSecondProcessIsRefusedUntilTheFirstEnds() throws Exception {
        try (var held = StateDirectory.open(temporary);
                var child = Child.tsidp("-use-local-tailscaled", "-dir", temporary.toString())) {
            assertEquals(temporary.resolve("x"), held.path("x"));
            assertEquals(1, child.status());
            assertEquals("tsidp: another tsidp is running on " + temporary + ": stop it first, or give this one another"
                    + " -dir\n", child.err());
        }
        try (var child = Child.tsidp("client", "list", "-dir", temporary.toString())) {
            assertEquals(0, child.status(), child.err());
        }
    }

    @Test
    void aReadAnswersWhatWasWritten() throws Exception {
        try (var directory = StateDirectory.open(temporary)) {
            assertEquals(Optional.empty(), directory.read("file", 10));
            directory.write("file", new byte[10]);
            assertArrayEquals(new byte[10], directory.read("file", 10).orElseThrow());
            directory.write("file", new byte[] {1, 2});
            assertArrayEquals(new byte[] {1, 2}, directory.read("file", 10).orElseThrow());
            assertFalse(Files.exists(temporary.resolve("file.new")));
            var tooLong = assertThrows(StoreException.class, () -> directory.read("file", 1));
            assertTrue(tooLong.getMessage().contains(temporary.resolve("file") + " is longer than 1 bytes"));
        }
    }

    private static JsonObject nested(int levels) {
        JsonObject nested = JsonObject.EMPTY;
        for (int i = 0; i < levels; i++) {
            nested = JsonObject.EMPTY.with("n", nested);
        }
        return nested;
    }

    @Test
    void anObjectThatCouldNotBeReadAgainIsNotWritten() throws Exception {
        try (var directory = StateDirectory.open(temporary)) {
            JsonObject deepest = nested(64);
            int bytes = JsonWriter.writeBytes(deepest).length;
            directory.write("file", deepest, bytes);
            assertThrows(StoreException.class, () -> directory.write("file", nested(65), 2 * bytes));
            assertThrows(StoreException.class, () -> directory.write("file", deepest, bytes - 1));
            assertEquals(Optional.of(deepest), directory.readObject("file", bytes, "a file"));
        }
    }

    @Test
    void whatAKilledProcessLeftHalfWrittenIsNoHindrance() throws Exception {
        Files.writeString(temporary.resolve("file"), "old");
        Files.writeString(temporary.resolve("file.new"), "ha");
        try (var directory = StateDirectory.open(temporary)) {
            assertEquals("old", new String(directory.read("file", 10).orElseThrow()));
            directory.write("file", "new".getBytes());
            assertEquals("new", Files.readString(temporary.resolve("file")));
            assertFalse(Files.exists(temporary.resolve("file.new")));
        }
    }

    @Test
    void aFailedWriteLeavesTheOldContent() throws Exception {
        Files.writeString(temporary.resolve("file"), "old");
        try (var directory = StateDirectory.open(temporary)) {
            // A directory in the way, with something in it.
            Files.createDirectories(temporary.resolve("file.new/in the way"));
            var failed = assertThrows(StoreException.class, () -> directory.write("file", new byte[] {1}));
            assertTrue(failed.getMessage().startsWith(temporary.resolve("file") + " can't be written: "));
            assertEquals("old", Files.readString(temporary.resolve("file")));
        }
    }

    @Test
    void aWriteBeyondTheDisksEndLeavesTheOldContent() throws Exception {
        try (var child = Child.main(LimitedDisk.class, "ulimit -S -f 8", "replace", temporary.toString())) {
            assertEquals(0, child.status(), child.err());
            assertEquals(temporary.resolve("file") + " can't be written: File too large\nold\n", child.out());
        }
    }

    @Test
    void whatIsNoFileOrNoDirectoryIsNamed() throws Exception {
        Files.writeString(temporary.resolve("file"), "x");
        var noDirectory = assertThrows(StoreException.class, () -> StateDirectory.open(temporary.resolve("file/x")));
        assertTrue(noDirectory.getMessage().startsWith("the state directory " + temporary.resolve("file/x")
                + " can't be used: "), noDirectory.getMessage());
        Files.createDirectory(temporary.resolve("folder"));
        try (var directory = StateDirectory.open(temporary)) {
            var noFile = assertThrows(StoreException.class, () -> directory.read("folder", 10));
            assertTrue(noFile.getMessage().startsWith(temporary.resolve("folder") + " can't be read: "));
        }
    }
}
