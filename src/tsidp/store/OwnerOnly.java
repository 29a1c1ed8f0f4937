package tsidp.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Removes other accounts' access to files that were restored, or created, with an open mode. It changes only files
/// that are read, and a directory that is clearly a state directory: `-dir /etc`, by mistake and as root, must not lock
/// everybody out of the machine.
final class OwnerOnly {

    static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    /// Ours: what the root folder of a new file system contains, such as a Kubernetes volume that is first mounted.
    private static final String EMPTY_DISK = "lost+found";

    /// The Go tsidp's files: its directory, often 0755, is taken over.
    private static final List<String> GO_FILES =
            List.of("oidc-key.json", "oidc-funnel-clients.json", "oauth-clients.json", "oidc-clients.json",
                    "tailscaled.state");

    private OwnerOnly() {
    }

    static boolean isOpen(Path path) throws IOException {
        return !Collections.disjoint(Files.getPosixFilePermissions(path), OTHERS);
    }

    /// Closes a file to other accounts; returns a description of it if it was open.
    ///
    /// @throws StoreException if it stays open: it belongs to another account, or its file system has no modes
    static Optional<String> file(Path file) throws IOException {
        if (!isOpen(file)) {
            return Optional.empty();
        }
        String described = described(file);
        if (!close(file, FILE)) {
            throw new StoreException(described + " is open to other accounts, and its mode can't be changed: make the"
                    + " account that runs tsidp its owner (chown), and run: chmod 600 " + file);
        }
        return Optional.of(described);
    }

    /// Closes a state directory to other accounts; returns a description of it if it was open. One that can't be closed
    /// may stay open to its group if root owns it: Kubernetes (`fsGroup`) makes root the owner of a volume and gives
    /// the container access through a group, so the group must be able to write there.
    ///
    /// @param lock the file that shows that tsidp has used the directory
    /// @throws StoreException if other accounts can write there, or if it is open and holds other programs' files
    static Optional<String> directory(Path directory, Path lock) throws IOException {
        if (!isOpen(directory)) {
            return Optional.empty();
        }
        String described = "the state directory " + described(directory);
        boolean isTsidps = Files.exists(lock)
                || GO_FILES.stream().anyMatch(name -> Files.exists(directory.resolve(name)));
        if (!isTsidps && !isEmpty(directory)) {
            throw new StoreException(described + " is open to other accounts and holds files that are not tsidp's:"
                    + " use a directory for tsidp alone, or run: chmod 700 " + directory);
        }
        if (close(directory, DIRECTORY)) {
            return Optional.of(described);
        }
        boolean isRoots = Files.getAttribute(directory, "unix:uid").equals(0);
        if (!isRoots || Files.getPosixFilePermissions(directory).contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new StoreException(described + " can be changed by other accounts, and its mode can't be: make the"
                    + " account that runs tsidp its owner (chown), and run: chmod 700 " + directory);
        }
        return Optional.empty();
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.allMatch(entry -> entry.endsWith(EMPTY_DISK));
        }
    }

    /// Some file systems accept a mode and ignore it: so this checks the result.
    private static boolean close(Path path, Set<PosixFilePermission> mode) throws IOException {
        try {
            Files.setPosixFilePermissions(path, mode);
        } catch (IOException notOurs) {
            return false;
        }
        return !isOpen(path);
    }

    private static String described(Path path) throws IOException {
        return path + " (" + PosixFilePermissions.toString(Files.getPosixFilePermissions(path)) + ")";
    }
}
