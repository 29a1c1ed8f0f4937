package tsidp.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tsidp.store.LocalStore;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;
import tsidp.token.Consents.Consent;

@Timeout(60)
class ConsentsTest {

    private static final String DESTINATION = "https://app.example.com";

    @TempDir
    private Path temporary;

    private final List<String> warnings = new ArrayList<>();
    private StateDirectory directory;
    private Consents consents;

    @BeforeEach
    void open() throws Exception {
        directory = StateDirectory.open(temporary);
        consents = new Consents(new LocalStore(directory, SteadyClock.system(), warnings::add));
    }

    @AfterEach
    void close() {
        directory.close();
    }

    private void reload() throws StoreException {
        consents = new Consents(new LocalStore(directory, SteadyClock.system(), warnings::add));
    }

    private long fileBytes() throws Exception {
        return Files.size(temporary.resolve("tsidp-consents.json"));
    }

    /// The most that one request can ask about.
    private static Set<String> longResources(int number) {
        return IntStream.range(0, 16).mapToObj(i -> "https://r" + i + ".example/" + number + "&".repeat(480))
                .collect(Collectors.toSet());
    }

    private static Consent consent(String subject, String client, Set<String> covers) {
        return new Consent(subject, client, DESTINATION, covers);
    }

    @Test
    void requestsOfOnePersonForOneClientKeepTheFileSmall() throws Exception {
        Consent bobs = consent("bob", "app", Set.of("openid"));
        consents.allow(bobs);
        for (int i = 0; i < 359; i++) {
            Consent asked = consent("alice", "app", longResources(i));
            consents.allow(asked);
            assertTrue(consents.has(asked));
        }
        assertTrue(fileBytes() < 64 << 10, "bytes " + fileBytes());
        reload();
        assertTrue(consents.has(consent("alice", "app", longResources(358))));
        assertTrue(consents.has(bobs));
    }

    @Test
    void smallConsentsToOneClientAreUnited() throws Exception {
        consents.allow(consent("alice", "app", Set.of("openid")));
        consents.allow(consent("alice", "app", Set.of("email", "https://a.example")));
        assertTrue(consents.has(consent("alice", "app", Set.of("openid", "https://a.example"))));
        assertEquals(1, consents.of("alice").size());
    }

    @Test
    void onePersonsOldestConsentsAreDropped() throws Exception {
        Consent bobs = consent("bob", "app", Set.of("openid"));
        consents.allow(bobs);
        for (int i = 0; i < 10; i++) {
            consents.allow(consent("alice", "app" + i, longResources(i)));
        }
        assertTrue(fileBytes() < 129 << 10, "bytes " + fileBytes());
        assertFalse(consents.has(consent("alice", "app7", longResources(7))));
        assertTrue(consents.has(consent("alice", "app9", longResources(9))));
        assertTrue(consents.has(bobs));
        for (int i = 0; i < 201; i++) {
            consents.allow(consent("alice", "app" + i, Set.of("openid")));
        }
        assertEquals(200, consents.of("alice").size());
        assertEquals(List.of("the limit of consents of one person is near (200, or 128 KiB of memory): beyond it the"
                + " oldest are dropped"), warnings);
    }

    @Test
    void allConsentsTogetherAreNeverWrittenLargerThanTheyAreRead() throws Exception {
        for (int i = 0; i < 25; i++) {
            consents.allow(consent("p" + i, "app", longResources(i)));
            consents.allow(consent("p" + i, "other", longResources(i)));
        }
        assertTrue(fileBytes() <= 2 << 20 && fileBytes() > 2_000_000, "bytes " + fileBytes());
        reload();
        assertFalse(consents.has(consent("p0", "app", longResources(0))));
        assertTrue(consents.has(consent("p24", "other", longResources(24))));
        assertEquals(List.of("the limit of consents is near (5000, or 2047 KiB of memory): beyond it the oldest are"
                + " dropped"), warnings);
    }
}
