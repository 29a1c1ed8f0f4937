package tsidp.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Time that never jumps, for lifetimes. The wall clock is set by people and programs, wrongly too: a jump must neither
/// end nor lengthen anything. What lives in memory ends by this clock; what is written or told has wall-clock time, and
/// is converted where it leaves and where it is read.
public final class SteadyClock implements InstantSource {

    /// Ours: a smaller difference is drift, or a leap second, and is followed at once.
    private static final Duration DRIFT = Duration.ofSeconds(2);

    /// Ours: a jump that has stood for so long is no mistake, and is followed.
    private static final Duration STANDS = Duration.ofMinutes(1);

    private final InstantSource wall;
    private final LongSupplier nanos;
    private final Instant start;
    private final long startNanos;
    private volatile Duration offset = Duration.ZERO;
    private Duration jumpedTo = Duration.ZERO;
    private Instant since = Instant.MAX;

    /// A clock that starts with the wall clock and goes on by nanoseconds that only ever grow.
    public SteadyClock(InstantSource wall, LongSupplier nanos) {
        this.wall = wall;
        this.nanos = nanos;
        this.start = wall.instant();
        this.startNanos = nanos.getAsLong();
    }

    /// By the system's monotonic clock.
    public static SteadyClock system() {
        return new SteadyClock(InstantSource.system(), System::nanoTime);
    }

    /// By a clock that is trusted never to jump.
    public static SteadyClock of(InstantSource clock) {
        return new SteadyClock(clock, () -> {
            Instant now = clock.instant();
            return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
        });
    }

    /// Now, on this clock alone: comparable with its own moments.
    @Override
    public Instant instant() {
        return start.plusNanos(nanos.getAsLong() - startNanos);
    }

    /// A moment of this clock by the wall clock.
    public Instant toWall(Instant moment) {
        return moment.plus(offset);
    }

    /// A moment of the wall clock by this clock.
    public Instant ofWall(Instant moment) {
        return moment.minus(offset);
    }

    /// Looks at the wall clock; to be called every few seconds.
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
