package tsidp.fake;

import java.util.function.BooleanSupplier;

/// Waits for what another thread or process does. The time-out of the test class ends it.
public final class Await {

    private Await() {
    }

    /// Returns once that is so.
    public static void until(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(10);
        }
    }
}
