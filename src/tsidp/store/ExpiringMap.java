package tsidp.store;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A bounded map whose every entry has its end. Where it is full, the entry that was put longest ago gives way. Puts
/// are expected to be in the order of their ends (one lifetime for all): then nothing expired is kept beyond the next
/// `put` or `expire`. Safe for several threads.
public final class ExpiringMap<K, V> {

    private record Entry<V>(V value, Instant end) {
    }

    private final Map<K, Entry<V>> entries = new LinkedHashMap<>();
    private final int capacity;
    private final InstantSource clock;

    /// An empty map of at most that many entries.
    public ExpiringMap(int capacity, InstantSource clock) {
        this.capacity = capacity;
        this.clock = clock;
    }

    /// Puts a value behind all others, in place of an older one, and answers the values that gave way or had expired.
    public synchronized List<V> put(K key, V value, Instant end) {
        entries.remove(key);
        List<V> gone = expire();
        while (entries.size() >= capacity) {
            gone.add(removeFirst());
        }
        entries.put(key, new Entry<>(value, end));
        return gone;
    }

    /// The value of that key, if it has one that has not expired.
    public synchronized Optional<V> get(K key) {
        return live(entries.get(key));
    }

    /// Removes the value of that key and answers it, if it has not expired: of several callers one gets it.
    public synchronized Optional<V> take(K key) {
        return live(entries.remove(key));
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
        var first = entries.entrySet().iterator();
        V value = first.next().getValue().value();
        first.remove();
        return value;
    }

    private Optional<V> live(Entry<V> entry) {
        return entry != null && isLive(entry) ? Optional.of(entry.value()) : Optional.empty();
    }

    private boolean isLive(Entry<V> entry) {
        return clock.instant().isBefore(entry.end());
    }
}
