package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.fake.Child;

/// What was not acknowledged did not happen, and what was revoked stays so.
@Timeout(120)
class FullDiskTest {

    private static String told(String story) {
        try (var child = Child.main(FullDisk.class, "true", story)) {
            assertEquals(0, child.status(), child.err());
            return child.out();
        }
    }

    @Test
    void whatWasNotAnsweredCanBeRetriedHoursLater() {
        assertEquals("""
                refresh: 503 temporarily_unavailable
                code: 503 temporarily_unavailable
                first code: 503 temporarily_unavailable
                left in the file: 0
                code: 200\s
                first code: 200\s
                refresh hours later: 200\s
                """, told("retried"));
    }

    @Test
    void whatIsNotOnTheDiskIsNotAnsweredAsRevoked() {
        assertEquals("""
                replayed code: 503 temporarily_unavailable
                its token: 401 invalid_token
                replayed code: 400 invalid_grant
                replayed refresh token: 503 temporarily_unavailable
                replayed refresh token: 400 invalid_grant
                revoked consent: 503
                its token: 401 invalid_token
                revoked consent: 302
                its token: 401 invalid_token
                """, told("revoked"));
    }
}
