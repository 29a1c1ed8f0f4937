package tsidp.tailnet;

import java.time.Duration;

/// Pauses between attempts that fail, each twice as long as the one before. Not thread-safe.
public final class BackOff {

    private final Duration first;
    private final Duration last;
    private Duration next;

    /// Pauses from the first to the last.
    public BackOff(Duration first, Duration last) {
        this.first = first;
        this.last = last;
        this.next = first;
    }

    /// The next pause.
    public Duration next() {
        Duration pause = next;
        next = pause.multipliedBy(2).compareTo(last) > 0 ? last : pause.multipliedBy(2);
        return pause;
    }

    /// An attempt succeeded: the next pause is the first again.
    public void reset() {
        next = first;
    }
}
