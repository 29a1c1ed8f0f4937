package tsidp.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tsidp.fake.MovableClock;
import tsidp.person.People;
import tsidp.person.Person;
import tsidp.protocol.Secrets;
import tsidp.store.Budget;
import tsidp.store.LocalStore;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;

class CodesTest {

    private final MovableClock clock = MovableClock.atPresent();
    private final List<String> warnings = new ArrayList<>();
    private final Codes codes = codes(new Budget(1 << 30, warnings::add));

    @TempDir
    private static Path unused;

    private Codes codes(Budget budget) {
        return new Codes(new LocalStore(StateDirectory.open(unused.resolve("" + System.nanoTime())),
                SteadyClock.of(clock), budget.warnings()), new Secrets(new SecureRandom()), clock, budget);
    }

    private String give(String clientId) {
        return give(clientId, People.alice());
    }

    private String give(String clientId, Person person) {
        return give(codes, clientId, person);
    }

    private String give(Codes by, String clientId, Person person) {
        return by.give(Requests.by(person, clientId, List.of(), ""), Requests.session(clock));
    }

    @Test
    void aCodeIsThereUntilItIsEnded() {
        String code = give("app");
        assertTrue(code.matches("[0-9a-f]{32}"));
        assertEquals("app", codes.find(code).orElseThrow().value().clientId());
        assertEquals(Codes.signInId(code), codes.find(code).orElseThrow().key());
        var found = codes.find(code).orElseThrow();
        assertTrue(codes.end(found));
        assertEquals(Optional.empty(), codes.find(code));
        assertFalse(codes.end(found), "a second use");
    }

    @Test
    void aCodeLivesFiveMinutes() {
        String code = give("app");
        clock.pass(Duration.ofMinutes(5).minusSeconds(1));
        assertTrue(codes.find(code).isPresent());
        clock.pass(Duration.ofSeconds(1));
        assertEquals(Optional.empty(), codes.find(code));
    }

    @Test
    void aRemovedClientsCodesDie() {
        String removed = give("app");
        String other = give("other");
        codes.remove((_, client) -> client.equals("app"));
        assertEquals(Optional.empty(), codes.find(removed));
        assertTrue(codes.find(other).isPresent());
    }

    @Test
    void aFloodOfOnePersonEndsTheirOldestCode() {
        String bobs = give("app", People.bob());
        String first = give("app");
        for (int i = 0; i < 99; i++) {
            give("app");
        }
        assertTrue(codes.find(first).isPresent());
        give("app");
        assertEquals(Optional.empty(), codes.find(first));
        assertTrue(codes.find(bobs).isPresent());
    }

    @Test
    void aFloodOfManyEndsTheOldestCode() {
        String first = give("app", People.bob());
        for (int i = 0; i < 1_999; i++) {
            give("app", People.person("p" + i % 40 + "@example.com", 10 + i % 40));
        }
        assertTrue(codes.find(first).isPresent());
        give("app");
        assertEquals(Optional.empty(), codes.find(first));
    }

    /// A sixteenth of the heap for all, an eighth of that for each person.
    @Test
    void codesOfPersonsWithLargeClaimsTakeABoundedPartOfTheHeap() {
        var small = codes(new Budget(16 << 20, warnings::add));
        var given = new ArrayList<String>();
        for (int i = 0; i < 429; i++) {
            Person person = People.person("p" + i % 43 + "@example.com", 10 + i % 43,
                    "{'extraClaims':{'a':'" + "x".repeat(60_000) + "'}}");
            given.add(give(small, "app" + person.subject(), person));
        }
        long kept = given.stream().filter(code -> small.find(code).isPresent()).count();
        assertEquals(16, kept);
        assertTrue(small.find(given.getLast()).isPresent());
        assertEquals(List.of("the limit of codes is near (2000, or 1024 KiB of memory): beyond it the oldest are"
                + " dropped"), warnings);
        for (int i = 0; i < 9; i++) {
            give(small, "app", People.bob("{'extraClaims':{'a':'" + "x".repeat(60_000) + "'}}"));
        }
        assertEquals("the limit of codes of one person is near (100, or 128 KiB of memory): beyond it the oldest are"
                + " dropped", warnings.getLast());
        assertTrue(given.stream().filter(code -> small.find(code).isPresent()).count() > 13);
    }

    @Test
    void whatIsKeptDoesNotHoldTheCode() {
        String code = give("app");
        assertTrue(!codes.find(code).orElseThrow().toString().contains(code));
    }
}
