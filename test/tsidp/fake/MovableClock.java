package tsidp.fake;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// A clock that stands still until a test moves it.
public final class MovableClock implements InstantSource {

    private volatile Instant now;

    /// Stands at that moment.
    public MovableClock(Instant start) {
        now = start;
    }

    /// Stands at this moment, in whole seconds.
    public static MovableClock atPresent() {
        return new MovableClock(Instant.ofEpochSecond(Instant.now().getEpochSecond()));
    }

    @Override
    public Instant instant() {
        return now;
    }

    /// Moves it.
    public void pass(Duration time) {
        now = now.plus(time);
    }
}
