package tsidp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.fake.Child;

/// A start never needs more heap than the run before it.
@Timeout(300)
class FullStateTest {

    /// The image's options that affect the heap.
    private static final String OPTIONS = "export JDK_JAVA_OPTIONS='-Xms8m -Xmx96m -XX:+UseSerialGC"
            + " -XX:+UseCompactObjectHeaders -XX:+ExitOnOutOfMemoryError'";

    @TempDir
    private Path temporary;

    /// A few of the largest that are allowed, and many of the smallest.
    @ParameterizedTest
    @ValueSource(strings = {"large", "small"})
    void whatWasFilledToItsBoundsAndKilledStartsInTheSameHeapAndAnswers(String values) {
        String directory = temporary.resolve("state").toString();
        String token;
        try (var full = Child.main(FullState.class, OPTIONS, values, directory)) {
            full.await("a full state", () -> full.out().contains("there were") || !full.isAlive());
            assertTrue(full.isAlive(), full.err());
            token = full.out().split("[ .]")[1];
            full.kill().status();
            assertTrue(full.err().contains("the limit of sign-ins"), full.err());
        }
        try (var started = Child.main(FullState.class, OPTIONS, "start", directory, token)) {
            started.await("a start", () -> started.out().contains("there were") || !started.isAlive());
            assertTrue(started.isAlive(), started.err());
        }
    }
}
