package tsidp.fake;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// A clock that does not move until a test moves it.
public final class MovableClock implements InstantSource {

    private volatile Instant now;

    /// Starts at a given time.
    public MovableClock(Instant start) {
        now = start;
    }

    /// Starts at the present time, in whole seconds.
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
