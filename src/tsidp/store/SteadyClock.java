package tsidp.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Time that never jumps, for lifetimes. People and programs set the wall clock, sometimes wrongly: a jump must neither
/// end nor extend anything. What is in memory expires by this clock; what is written or sent has wall-clock time, and
/// is converted when it is written and when it is read.
public final class SteadyClock implements InstantSource {

    /// Ours: a smaller difference is drift, or a leap second, and is followed at once.
    private static final Duration DRIFT = Duration.ofSeconds(2);

    /// Ours: a jump that lasts this long is not a mistake, and is followed.
    private static final Duration STANDS = Duration.ofMinutes(1);

    private final InstantSource wall;
    private final LongSupplier nanos;
    private final Instant start;
    private final long startNanos;
    private volatile Duration offset = Duration.ZERO;
    private Duration jumpedTo = Duration.ZERO;
    private Instant since = Instant.MAX;

    /// A clock that starts with the wall clock and continues with a monotonic nanosecond counter.
    public SteadyClock(InstantSource wall, LongSupplier nanos) {
        this.wall = wall;
        this.nanos = nanos;
        this.start = wall.instant();
        this.startNanos = nanos.getAsLong();
    }

    /// Uses the system's monotonic clock.
    public static SteadyClock system() {
        return new SteadyClock(InstantSource.system(), System::nanoTime);
    }

    /// Uses a clock that is trusted never to jump.
    public static SteadyClock of(InstantSource clock) {
        return new SteadyClock(clock, () -> {
            Instant now = clock.instant();
            return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
        });
    }

    /// Now, on this clock: comparable only with times of this clock.
    @Override
    public Instant instant() {
        return start.plusNanos(nanos.getAsLong() - startNanos);
    }

    /// Converts a time of this clock to wall-clock time.
    public Instant toWall(Instant moment) {
        return moment.plus(offset);
    }

    /// Converts a wall-clock time to this clock.
    public Instant ofWall(Instant moment) {
        return moment.minus(offset);
    }

    /// Checks the wall clock; to be called every few seconds.
    ///
    /// @return the jump that is followed from now on; zero for none
    public synchronized Duration look() {
        Instant now = instant();
        Duration seen = Duration.between(now, wall.instant());
        Duration jump = seen.minus(offset);
        if (isDrift(jump)) {
            offset = seen;
            since = Instant.MAX;
            return Duration.ZERO;
        }
        if (since == Instant.MAX || !isDrift(seen.minus(jumpedTo))) {
            jumpedTo = seen;
            since = now;
        }
        if (now.isBefore(since.plus(STANDS))) {
            return Duration.ZERO;
        }
        offset = seen;
        since = Instant.MAX;
        return jump;
    }

    private static boolean isDrift(Duration difference) {
        return difference.abs().compareTo(DRIFT) <= 0;
    }
}
