package tsidp.oauth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tsidp.fake.MovableClock;

class CodesTest {

    private final MovableClock clock = MovableClock.atPresent();
    private final Codes codes = new Codes(new Secrets(new SecureRandom()), clock);

    private String give(String clientId) {
        return give(clientId, People.alice());
    }

    private String give(String clientId, Person person) {
        return codes.give(grantId -> new AuthorizationCode(grantId, clientId, "https://app.example.com/cb", person,
                Scopes.requested(Optional.empty()), List.of(), "", CodeChallenge.NONE, clock.instant(), false));
    }

    @Test
    void aCodeWorksOnce() {
        String code = give("app");
        assertTrue(code.matches("[0-9a-f]{32}"));
        assertEquals("app", codes.find(code).orElseThrow().clientId());
        assertEquals(Optional.empty(), codes.take(code, "other"));
        assertEquals(Codes.grantId(code), codes.take(code, "app").orElseThrow().grantId());
        assertEquals(Optional.empty(), codes.take(code, "app"));
        assertEquals(Optional.empty(), codes.find(code));
    }

    @Test
    void aCodeLivesFiveMinutes() {
        String code = give("app");
        clock.pass(Duration.ofMinutes(5).minusSeconds(1));
        assertTrue(codes.find(code).isPresent());
        clock.pass(Duration.ofSeconds(1));
        assertEquals(Optional.empty(), codes.take(code, "app"));
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

    @Test
    void whatIsKeptDoesNotHoldTheCode() {
        String code = give("app");
        assertTrue(!codes.find(code).orElseThrow().toString().contains(code));
    }
}
