package tsidp.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The files of this repository.
final class Sources {

    static final Path ROOT = Path.of(System.getProperty("tsidp.root", ".")).toAbsolutePath().normalize();

    private Sources() {
    }

    /// The regular files below a folder, sorted by name.
    static List<Path> below(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /// The Java files below a folder.
    static List<Path> java(String folder) throws IOException {
        List<Path> files = below(folder).stream().filter(file -> file.toString().endsWith(".java")).toList();
        if (files.isEmpty()) {
            throw new IOException("no sources below " + folder);
        }
        return files;
    }

    static String name(Path file) {
        return ROOT.relativize(file).toString();
    }

    /// The cells of README's table whose first heading is this, without the heading, or empty if there is none.
    static Optional<List<List<String>>> readmeTable(String firstHeading) throws IOException {
        return table("README.md", firstHeading);
    }

    /// The same for another file.
    static Optional<List<List<String>>> table(String file, String firstHeading) throws IOException {
        List<String> lines = Files.readAllLines(ROOT.resolve(file));
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("| " + firstHeading + " |")) {
                return Optional.of(lines.stream().skip(i + 2L).takeWhile(line -> line.startsWith("|"))
                        .map(line -> Stream.of(line.substring(1).split("\\|")).map(String::strip).toList()).toList());
            }
        }
        return Optional.empty();
    }
}
