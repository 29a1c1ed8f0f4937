package tsidp.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tsidp.Main;
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

    private void mode(String name, String mode) throws IOException {
        Files.setPosixFilePermissions(temporary.resolve(name), PosixFilePermissions.fromString(mode));
    }

    /// Whoever can open a socket of ours administers, or speaks for tailscaled's proxy.
    @Test
    void aSocketsFolderIsClosedToOthersAlsoWhereItWasOpen() throws Exception {
        Files.createDirectory(temporary.resolve("old"));
        mode("old", "rwxrwxrwx");
        for (String folder : List.of("new", "old")) {
            StateDirectory.listen(temporary.resolve(folder).resolve("socket")).close();
            assertEquals("rwx------", mode(temporary.resolve(folder)), folder);
        }
    }

    @Test
    void whatWasRestoredOpenIsClosedBeforeItIsRead() throws Exception {
        StateDirectory.open(temporary).close();
        Files.writeString(temporary.resolve("file"), "{}");
        Files.writeString(temporary.resolve("not ours"), "");
        mode("file", "rw-r--r--");
        mode("not ours", "rwxr-xr-x");
        mode(".", "rwxrwxrwx");
        try (var directory = StateDirectory.open(temporary)) {
            assertEquals("rwx------", mode(temporary));
            directory.readObject("file", 10, "a file");
            assertEquals("rw-------", mode(temporary.resolve("file")));
            assertEquals("rwxr-xr-x", mode(temporary.resolve("not ours")));
            assertEquals(List.of("the state directory " + temporary + " (rwxrwxrwx)",
                    temporary.resolve("file") + " (rw-r--r--)"), directory.closed());
            assertFalse(directory.isOpenToOthers());
        }
    }

    @Test
    void anEmptyDirectoryIsClosed() throws Exception {
        Files.createDirectory(temporary.resolve("lost+found"));
        mode(".", "rwxr-xr-x");
        StateDirectory.open(temporary).close();
        assertEquals("rwx------", mode(temporary));
    }

    @Test
    void theGoProgramsDirectoryIsTakenOverAndClosed() throws Exception {
        Files.createFile(temporary.resolve("oidc-key.json"));
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
        StateDirectory.open(temporary).close();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary)));
    }

    @Test
    void anOpenDirectoryOfOtherProgramsIsLeftAsItIs() throws Exception {
        Files.writeString(temporary.resolve("passwd"), "");
        mode(".", "rwxr-xr-x");
        for (int start = 0; start < 2; start++) {
            var refused = assertThrows(StoreException.class, () -> StateDirectory.open(temporary));
            assertEquals("the state directory " + temporary + " (rwxr-xr-x) is open to other accounts and holds files"
                    + " that are not tsidp's: use a directory for tsidp alone, or run: chmod 700 " + temporary,
                    refused.getMessage());
            assertEquals("rwxr-xr-x", mode(temporary));
        }
    }

    @Test
    void aFileThatStaysOpenIsNotRead() throws Exception {
        // A file whose mode nobody can change, not even root.
        Files.createSymbolicLink(temporary.resolve("file"), Path.of("/proc/self/comm"));
        try (var directory = StateDirectory.open(temporary)) {
            var refused = assertThrows(StoreException.class, () -> directory.read("file", 100));
            assertEquals(temporary.resolve("file") + " (rw-r--r--) is open to other accounts, and its mode can't be"
                    + " changed: make the account that runs tsidp its owner (chown), and run: chmod 600 "
                    + temporary.resolve("file"), refused.getMessage());
        }
        Files.delete(temporary.resolve("file"));
    }

    @Test
    void aWholeStateThatWasRestoredOpenIsClosedAtTheNextStart() throws Exception {
        try (var child = Child.tsidp("client", "add", "-redirect-uri", "https://app.example.com/", "-dir",
                temporary.toString())) {
            assertEquals(0, child.status(), child.err());
        }
        Files.writeString(temporary.resolve("tailscaled.state"), "{}");
        List<Path> files;
        try (var list = Files.list(temporary)) {
            files = list.filter(file -> !file.endsWith("tsidp.lock")).toList();
        }
        for (Path file : files) {
            mode(file.getFileName().toString(), "rw-r--r--");
        }
        mode(".", "rwxr-xr-x");
        try (var child = Child.tsidp("client", "list", "-dir", temporary.toString())) {
            assertEquals(0, child.status(), child.err());
            var closed = child.err().lines().filter(line -> line.contains("closed to other accounts")).toList();
            assertEquals(1 + files.size(), closed.size(), child.err());
        }
        assertEquals("rwx------", mode(temporary));
        assertTrue(files.size() > 2, files.toString());
        for (Path file : files) {
            assertEquals("rw-------", mode(file), file.toString());
        }
    }

    /// As an account that is not the directory's owner: only root can make such a directory.
    private Child startElsewhere(String group, int owner, String mode) throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "not root");
        mode(".", "rwx--x--x");
        Path state = Files.createDirectory(temporary.resolve("state"));
        mode("state", mode);
        Files.setAttribute(state, "unix:uid", owner);
        return Child.main(Main.class, "exec setpriv --reuid=65534 --clear-groups --regid=" + group + " \"$@\"",
                "client", "add", "-redirect-uri", "https://app.example.com/", "-dir", state.toString());
    }

    private void assertOthersCanChangeIt(Child child, String mode) {
        assertEquals(1, child.status());
        assertEquals("tsidp: the state directory " + temporary.resolve("state") + " (" + mode + ") can be changed by"
                + " other accounts, and its mode can't be: make the account that runs tsidp its owner (chown), and"
                + " run: chmod 700 " + temporary.resolve("state") + "\n", child.err());
    }

    @Test
    void aDirectoryThatEverybodyCanWriteAndWeCanNotCloseIsRefused() throws Exception {
        try (var child = startElsewhere("65534", 0, "rwxrwxrwx")) {
            assertOthersCanChangeIt(child, "rwxrwxrwx");
        }
    }

    @Test
    void aDirectoryOfAnotherAccountIsRefused() throws Exception {
        try (var child = startElsewhere("0", 65533, "rwxrwx---")) {
            assertOthersCanChangeIt(child, "rwxrwx---");
        }
    }

    @Test
    void aVolumeOfRootThatIsGivenToOurGroupIsTakenWithAWarning() throws Exception {
        try (var child = startElsewhere("0", 0, "rwxrwxr-x")) {
            assertEquals(0, child.status(), child.err());
            assertTrue(child.err().contains("the state directory is open to other accounts"), child.err());
            assertEquals("rw-------", mode(temporary.resolve("state/tsidp.lock")));
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
