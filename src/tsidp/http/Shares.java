package tsidp.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// Limits what goes on concurrently, connections or exchanges, in total and for each source. Whatever exceeds a limit
/// is refused immediately; nothing waits for a place. Thread-safe.
public final class Shares<M> {

    /// @param since a [System#nanoTime()]
    private record Place(Object source, long since) {
    }

    private final Map<M, Place> places = new LinkedHashMap<>();
    private final Map<Object, Integer> taken = new HashMap<>();
    private final int all;
    private final long lifetime;

    /// This number of places, all free. Each place that is taken must be given back.
    Shares(int all) {
        this(all, Duration.ofNanos(Long.MAX_VALUE));
    }

    /// This number of places, all free. A place that is not given back within the lifetime becomes free.
    public Shares(int all, Duration lifetime) {
        this.all = all;
        this.lifetime = lifetime.toNanos();
    }

    /// Takes a place; a member that already has one keeps it, for a new lifetime.
    ///
    /// @param share how many places the source may have
    /// @return whether there was one
    public synchronized boolean enter(M member, Object source, int share) {
        leave(member);
        long now = System.nanoTime();
        while (!places.isEmpty() && now - places.values().iterator().next().since() >= lifetime) {
            leave(places.keySet().iterator().next());
        }
        if (places.size() >= all || taken.getOrDefault(source, 0) >= share) {
            return false;
        }
        places.put(member, new Place(source, now));
        taken.merge(source, 1, Integer::sum);
        return true;
    }

    /// Whether half of all places are taken.
    synchronized boolean isHalfTaken() {
        return places.size() > all / 2;
    }

    /// Gives the place back, if there is one.
    public synchronized void leave(M member) {
        Place left = places.remove(member);
        if (left != null) {
            taken.computeIfPresent(left.source(), (_, count) -> count == 1 ? null : count - 1);
        }
    }
}
