package tsidp.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SharesTest {

    @Test
    void oneSourceHasItsShareAndAllHaveNoMoreThanThereIs() {
        var shares = new Shares<Integer>(3);
        assertTrue(shares.enter(1, "a", 2));
        assertTrue(shares.enter(2, "a", 2));
        assertFalse(shares.enter(3, "a", 2));
        assertTrue(shares.enter(4, "b", 2));
        assertFalse(shares.enter(5, "c", 2));
        shares.leave(5);
        assertFalse(shares.enter(5, "c", 2));
        shares.leave(1);
        shares.leave(1);
        assertTrue(shares.enter(3, "a", 2));
        assertFalse(shares.enter(5, "c", 2));
    }

    @Test
    void whoeverIsThereTakesItsPlaceAnew() {
        var shares = new Shares<Integer>(1);
        assertTrue(shares.enter(1, "a", 1));
        assertTrue(shares.enter(1, "a", 1));
        shares.leave(1);
        assertTrue(shares.enter(2, "a", 1));
    }

    @Test
    void whoeverDoesNotLeaveIsForgotten() {
        var shares = new Shares<Integer>(1, Duration.ZERO);
        assertTrue(shares.enter(1, "a", 1));
        assertTrue(shares.enter(2, "a", 1));
    }
}
