package tsidp.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// What is going on at once, for all sources and for each: connections or exchanges. One that would be too many is
/// refused at once; nothing waits for a place. Safe for several threads.
public final class Shares<M> {

    /// @param since as [System#nanoTime()] says it
    private record Place(Object source, long since) {
    }

    private final Map<M, Place> places = new LinkedHashMap<>();
    private final Map<Object, Integer> taken = new HashMap<>();
    private final int all;
    private final long lifetime;

    /// That many places, all free. Whoever enters leaves.
    Shares(int all) {
        this(all, Duration.ofNanos(Long.MAX_VALUE));
    }

    /// That many places, all free. Whoever has not left after that time is forgotten.
    public Shares(int all, Duration lifetime) {
        this.all = all;
        this.lifetime = lifetime.toNanos();
    }

    /// Takes a place; whoever has one takes it anew.
    ///
    /// @param share how many places that source may have
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
