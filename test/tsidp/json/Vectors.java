package tsidp.json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// The files under test/vectors, one test each, named after the file.
public final class Vectors {

    /// What one file must pass.
    @FunctionalInterface
    public interface Check<T> {
        /// Throws what an assertion throws.
        void accept(T content) throws Exception;
    }

    private static final Path ROOT = Path.of(System.getProperty("tsidp.root", "."), "test", "vectors");

    private Vectors() {
    }

    /// A test for each JSON file of a folder. An empty folder is a fault, not a success.
    public static Stream<DynamicTest> objects(String folder, Check<JsonObject> check) throws IOException {
        return files(folder).stream().map(file ->
                DynamicTest.dynamicTest(folder + "/" + name(file), () -> check.accept(object(file))));
    }

    /// The JSON file at a path below test/vectors, such as `rfc7636/appendix-b.json`.
    public static JsonObject object(String path) throws IOException, JsonException {
        return object(ROOT.resolve(path));
    }

    /// The JSON files in a folder, sorted by name.
    static List<Path> files(String folder) throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
            if (found.isEmpty()) {
                throw new IOException("no vectors in " + folder);
            }
            return found;
        }
    }

    /// The lines of a text file below test/vectors.
    static List<String> lines(String path) throws IOException {
        return Files.readAllLines(ROOT.resolve(path));
    }

    static String name(Path file) {
        return file.getFileName().toString().replace(".json", "");
    }

    private static JsonObject object(Path file) throws IOException, JsonException {
        return JsonReader.readObject(Files.readAllBytes(file));
    }
}
