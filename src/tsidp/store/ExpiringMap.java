package tsidp.store;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// A bounded map whose every entry has its end. Where it is full, or one owner has too many entries, the entry that
/// was put longest ago, of all or of that owner, gives way: a flood of one owner drops their own. Puts are expected to
/// be in the order of their ends (one lifetime for all): then nothing expired is kept beyond the next `put` or
/// `expire`. Safe for several threads.
public final class ExpiringMap<K, V> {

    private record Entry<V>(V value, Instant end) {
    }

    private final Map<K, Entry<V>> entries = new LinkedHashMap<>();
    private final Map<Object, Set<K>> keysByOwner = new HashMap<>();
    private final int capacity;
    private final int capacityEach;
    private final Function<V, ?> owner;
    private final InstantSource clock;

    /// An empty map of at most that many entries.
    public ExpiringMap(int capacity, InstantSource clock) {
        this(capacity, capacity, _ -> "", clock);
    }

    /// An empty map of at most that many entries, and of at most `capacityEach` of one owner.
    public ExpiringMap(int capacity, int capacityEach, Function<V, ?> owner, InstantSource clock) {
        this.capacity = capacity;
        this.capacityEach = capacityEach;
        this.owner = owner;
        this.clock = clock;
    }

    /// Puts a value behind all others, in place of an older one, and answers the values that gave way or had expired.
    public synchronized List<V> put(K key, V value, Instant end) {
        remove(key);
        List<V> gone = expire();
        Set<K> own = keysByOwner.getOrDefault(owner.apply(value), Set.of());
        if (own.size() >= capacityEach) {
            gone.add(remove(own.iterator().next()).value());
        }
        while (entries.size() >= capacity) {
            gone.add(removeFirst());
        }
        entries.put(key, new Entry<>(value, end));
        keysByOwner.computeIfAbsent(owner.apply(value), _ -> new LinkedHashSet<>()).add(key);
        return gone;
    }

    /// The value of that key, if it has one that has not expired.
    public synchronized Optional<V> get(K key) {
        return live(entries.get(key));
    }

    /// Removes the value of that key and answers it, if it has not expired: of several callers one gets it.
    public synchronized Optional<V> take(K key) {
        return live(remove(key));
    }

    /// Removes what has expired and answers it.
    public synchronized List<V> expire() {
        var gone = new ArrayList<V>();
        while (!entries.isEmpty() && !isLive(entries.values().iterator().next())) {
            gone.add(removeFirst());
        }
        return gone;
    }

    /// The values that have not expired, first put first.
    public synchronized List<V> values() {
        return entries.values().stream().filter(this::isLive).map(Entry::value).toList();
    }

    /// How many entries are held, expired ones that are still there included.
    public synchronized int size() {
        return entries.size();
    }

    private V removeFirst() {
        return remove(entries.keySet().iterator().next()).value();
    }

    private Entry<V> remove(K key) {
        Entry<V> removed = entries.remove(key);
        if (removed != null) {
            keysByOwner.computeIfPresent(owner.apply(removed.value()), (_, keys) -> {
                keys.remove(key);
                return keys.isEmpty() ? null : keys;
            });
        }
        return removed;
    }

    private Optional<V> live(Entry<V> entry) {
        return entry != null && isLive(entry) ? Optional.of(entry.value()) : Optional.empty();
    }

    private boolean isLive(Entry<V> entry) {
        return clock.instant().isBefore(entry.end());
    }
}
