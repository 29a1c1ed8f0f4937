package tsidp.store;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonWriter;

/// The directory of all persistent state, used by one process at a time. Only the owner can read the files (0600, the
/// directory 0700): a file found open to others is closed before it is read, or refused. A reader sees the old or the
/// new content of a file, never a part.
public final class StateDirectory implements AutoCloseable {

    private static final String LOCK = "tsidp.lock";

    /// Ours: connections that wait to be accepted. A burst beyond it is refused, unlike at a TCP port.
    private static final int BACKLOG = 512;

    static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(OwnerOnly.FILE);
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_DIRECTORY =
            PosixFilePermissions.asFileAttribute(OwnerOnly.DIRECTORY);

    private final Path directory;
    private final FileChannel lock;
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();

    private record Failure(String sentence, int bytes) {
    }
    private final List<String> closed = new CopyOnWriteArrayList<>();

    private StateDirectory(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /// Creates the directory if it is missing, and locks it until it is closed or the process ends.
    ///
    /// @throws StoreException if it can't be used, is open to other accounts and can't be closed, or if another process
    ///     has it
    public static StateDirectory open(Path directory) {
        return tryOpen(directory).orElseThrow(() -> new StoreException("another tsidp is running on " + directory
                + ": stop it first, or give this one another -dir"));
    }

    /// Whether there is nothing to read: the directory does not exist, or has none of our files, nor of the Go
    /// tsidp's.
    ///
    /// @throws StoreException if that can't be seen
    public static boolean isMissing(Path directory) {
        if (Files.notExists(directory)) {
            return true;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .noneMatch(name -> name.equals(LOCK) || LocalStore.filesOfGo().contains(name));
        } catch (IOException e) {
            throw new StoreException("the state directory " + directory + " can't be used: " + reason(e));
        }
    }

    /// Like `open`, but empty if another process has the directory.
    ///
    /// @throws StoreException if it can't be used, or is open to other accounts and can't be closed
    public static Optional<StateDirectory> tryOpen(Path directory) {
        try {
            Files.createDirectories(directory, OWNER_ONLY_DIRECTORY);
            Path lock = directory.resolve(LOCK);
            Optional<String> closed = OwnerOnly.directory(directory, lock);
            var channel = FileChannel.open(lock,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), OWNER_ONLY);
            if (!tryLock(channel)) {
                channel.close();
                return Optional.empty();
            }
            var opened = new StateDirectory(directory, channel);
            closed.ifPresent(opened.closed::add);
            return Optional.of(opened);
        } catch (IOException e) {
            throw new StoreException("the state directory " + directory + " can't be used: " + reason(e));
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException heldByThisProcess) {
            return false;
        }
    }

    /// The path of a file in the directory.
    public Path path(String name) {
        return directory.resolve(name);
    }

    /// Listens on a Unix socket, in a folder that only its owner and root can enter. The caller holds the lock of the
    /// state directory around it, so an existing socket belongs to a dead process.
    ///
    /// @throws IOException if the socket can't be created, for example because its path is too long
    public static ServerSocketChannel listen(Path socket) throws IOException {
        Files.createDirectories(socket.getParent(), OWNER_ONLY_DIRECTORY);
        Files.setPosixFilePermissions(socket.getParent(), OwnerOnly.DIRECTORY);
        Files.deleteIfExists(socket);
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            return server.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    /// Whether other accounts can still enter the directory. They can't read its files, but an account that can write
    /// to the directory can replace them.
    ///
    /// @throws StoreException if that can't be read
    public boolean isOpenToOthers() {
        try {
            return OwnerOnly.isOpen(directory);
        } catch (IOException e) {
            throw new StoreException("the mode of " + directory + " can't be read: " + reason(e));
        }
    }

    /// What was open to other accounts and has been closed, with the original modes.
    public List<String> closed() {
        return List.copyOf(closed);
    }

    /// Closes a file to other accounts if it exists and is open: it may have been restored that way.
    ///
    /// @throws StoreException if it is open and can't be closed
    public void closeToOthers(String name) {
        try {
            OwnerOnly.file(path(name)).ifPresent(closed::add);
        } catch (NoSuchFileException missing) {
            return;
        } catch (IOException e) {
            throw new StoreException(path(name) + " can't be read: " + reason(e));
        }
    }

    /// The content of a file; empty if there is no such file.
    ///
    /// @throws StoreException if it can't be read or is longer than `maxBytes`
    public Optional<byte[]> read(String name, int maxBytes) {
        closeToOthers(name);
        Path file = path(name);
        try (var in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(maxBytes + 1);
            if (content.length > maxBytes) {
                throw new StoreException(file + " is longer than " + maxBytes + " bytes: this is not a tsidp file");
            }
            return Optional.of(content);
        } catch (NoSuchFileException missing) {
            return Optional.empty();
        } catch (IOException e) {
            throw new StoreException(file + " can't be read: " + reason(e));
        }
    }

    /// The JSON object in a file; empty if there is no such file.
    ///
    /// @param what the file should be, as in `a client file`
    /// @throws StoreException if it can't be read, is longer than `maxBytes` or is anything else
    public Optional<JsonObject> readObject(String name, int maxBytes, String what) {
        Optional<byte[]> content = read(name, maxBytes);
        try {
            return content.isEmpty() ? Optional.empty() : Optional.of(JsonReader.readObject(content.get()));
        } catch (JsonException e) {
            throw new StoreException(path(name) + " is not " + what + ": " + e.getMessage());
        }
    }

    /// Replaces the content of a file. When this returns, the new content survives a power loss; when it throws, the
    /// old content is still there, unless the fsync of the directory failed: then it may be either.
    ///
    /// @throws StoreException if it can't be written
    public synchronized void write(String name, byte[] content) {
        try {
            replace(path(name), channel -> writeFully(channel, ByteBuffer.wrap(content)));
            failures.remove(name);
        } catch (IOException e) {
            var failure = new Failure(path(name) + " can't be written: " + reason(e), content.length);
            failures.put(name, failure);
            throw new StoreException(failure.sentence());
        }
    }

    /// Why the last write of a file failed, as a sentence; empty if all succeeded.
    public String fault() {
        return failures.values().stream().map(Failure::sentence).findFirst().orElse("");
    }

    /// Checks whether there is space again for what could not be written. A failed write did not happen, so this only
    /// writes the same amount of data.
    public synchronized void retry() {
        failures.forEach((name, failure) -> {
            try {
                Files.delete(temporary(path(name),
                        channel -> writeFully(channel, ByteBuffer.allocate(failure.bytes()))));
                failures.remove(name);
            } catch (IOException again) {
                failures.put(name, new Failure(path(name) + " can't be written: " + reason(again), failure.bytes()));
            }
        });
    }

    /// Renames a file.
    ///
    /// @throws StoreException if that is not possible
    public void rename(String name, String newName) {
        try {
            Files.move(path(name), path(newName));
        } catch (IOException e) {
            throw new StoreException(path(name) + " can't be renamed to " + newName + ": " + reason(e));
        }
    }

    /// Writes a JSON object that `readObject` can read with the same `maxBytes`.
    ///
    /// @throws StoreException if it can't be written, or could not be read again
    public void write(String name, JsonObject content, int maxBytes) {
        byte[] bytes = JsonWriter.writeBytes(content);
        if (bytes.length > maxBytes || content.depth() > JsonReader.MAX_DEPTH) {
            throw new StoreException(path(name) + " would be larger than " + maxBytes + " bytes, or nested too deeply:"
                    + " remove what is not needed");
        }
        write(name, bytes);
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            // The lock ends with the channel, and the channel with the process.
            throw new IllegalStateException("the lock of " + directory + " can't be released", e);
        }
    }

    /// Writes the content of a file that is being replaced.
    interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    static void replace(Path file, Content content) throws IOException {
        Files.move(temporary(file, content), file, StandardCopyOption.ATOMIC_MOVE);
        syncDirectory(file.getParent());
    }

    /// Writes the content to a temporary file. If that fails, it is deleted: it would keep a full disk full.
    private static Path temporary(Path file, Content content) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        try (var channel = FileChannel.open(temporary,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY)) {
            content.writeTo(channel);
            channel.force(true);
            return temporary;
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

    static void syncDirectory(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// The reason for a failure in words. The JDK's message is often only the file's name.
    static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException fault when fault.getReason() != null -> fault.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
