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
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;

/// A bounded map whose entries expire. Each bound limits the number of entries and the bytes of heap that they take: in
/// total, or for one person or client, so that a flood from one drops only their own. When a bound is reached, the
/// entries that were put longest ago are dropped. Entries are expected to be put in the order in which they expire (one
/// lifetime for all): then nothing expired is kept beyond the next `put` or `expire`. Thread-safe.
public final class ExpiringMap<K, V> {

    /// A limit for all entries that belong to the same share.
    ///
    /// @param name of the entries, for the log, as in `codes of one person`
    /// @param share the owner of an entry; the same for all entries, if all are limited together
    /// @param count how many entries a share may have
    /// @param weight how many bytes of heap the entries of a share may take
    public record Bound<V>(String name, Function<V, ?> share, int count, long weight) {

        /// The same bound for what contains such a value.
        <W> Bound<W> of(Function<W, V> value) {
            return new Bound<>(name, value.andThen(share), count, weight);
        }

        /// Warns if this many entries, of this weight, are more than nine tenths of what is allowed.
        void check(long number, long weightOfAll, Consumer<String> warnings) {
            if (number > count - count / 10 || weightOfAll > weight - weight / 10) {
                warnings.accept("the limit of " + name + " is near (" + limit()
                        + "): beyond it the oldest are dropped");
            }
        }

        private String limit() {
            String memory = weight / 1024 + " KiB of memory";
            return count == Integer.MAX_VALUE ? memory
                    : weight == 0 || weight == Long.MAX_VALUE ? count + "" : count + ", or " + memory;
        }
    }

    private record Entry<V>(V value, Instant end, long weight) {
    }

    /// The entries of one share, oldest first.
    private static final class Share<K> {
        private final Set<K> keys = LinkedHashSet.newLinkedHashSet(1);
        private long weight;
    }

    private final Map<K, Entry<V>> entries = new LinkedHashMap<>();
    private final Map<Bound<V>, Map<Object, Share<K>>> shares = new LinkedHashMap<>();
    private final ToLongFunction<V> weigher;
    private final InstantSource clock;
    private final Consumer<String> warnings;

    /// An empty map for at most `capacity` small entries.
    public ExpiringMap(int capacity, InstantSource clock) {
        this(_ -> 0, List.of(new Bound<>("entries", _ -> "", capacity, 0)), clock, _ -> { });
    }

    /// An empty map with these bounds. `weigher` returns the approximate size of a value in bytes of heap; `warnings`
    /// receives a sentence whenever a bound is near, before it drops anything.
    public ExpiringMap(ToLongFunction<V> weigher, List<Bound<V>> bounds, InstantSource clock,
            Consumer<String> warnings) {
        this.weigher = weigher;
        this.clock = clock;
        this.warnings = warnings;
        bounds.forEach(bound -> shares.put(bound, new HashMap<>()));
    }

    /// Puts a value after all others, replaces an older one with the same key, and returns the values that were dropped
    /// or had expired.
    public synchronized List<V> put(K key, V value, Instant end) {
        remove(key);
        List<V> gone = expire();
        var entry = new Entry<>(value, end, weigher.applyAsLong(value));
        shares.forEach((bound, of) -> makeRoom(bound, of.get(bound.share().apply(value)), entry.weight(), gone));
        entries.put(key, entry);
        shares.forEach((bound, of) -> {
            Share<K> share = of.computeIfAbsent(bound.share().apply(value), _ -> new Share<>());
            share.keys.add(key);
            share.weight += entry.weight();
        });
        return gone;
    }

    private void makeRoom(Bound<V> bound, Share<K> share, long weight, List<V> gone) {
        if (share != null) {
            bound.check(share.keys.size() + 1, share.weight + weight, warnings);
        }
        while (share != null && !share.keys.isEmpty()
                && (share.keys.size() >= bound.count() || share.weight + weight > bound.weight())) {
            gone.add(remove(share.keys.iterator().next()).value());
        }
    }

    /// The value of a key, if there is one that has not expired.
    public synchronized Optional<V> get(K key) {
        return live(entries.get(key));
    }

    /// Removes and returns the value of a key, if it has not expired: of several callers only one gets it.
    public synchronized Optional<V> take(K key) {
        return live(remove(key));
    }

    /// Removes and returns what has expired.
    public synchronized List<V> expire() {
        var gone = new ArrayList<V>();
        while (!entries.isEmpty() && !isLive(entries.values().iterator().next())) {
            gone.add(remove(entries.keySet().iterator().next()).value());
        }
        return gone;
    }

    /// Replaces each value with another of the same shares, at the same place and with the same expiry.
    public synchronized void replaceAll(UnaryOperator<V> change) {
        entries.replaceAll((_, entry) -> {
            V value = change.apply(entry.value());
            if (value == entry.value()) {
                return entry;
            }
            var changed = new Entry<>(value, entry.end(), weigher.applyAsLong(value));
            shares.forEach((bound, of) ->
                    of.get(bound.share().apply(value)).weight += changed.weight() - entry.weight());
            return changed;
        });
    }

    /// The values that have not expired, oldest first.
    public synchronized List<V> values() {
        return entries.values().stream().filter(this::isLive).map(Entry::value).toList();
    }

    /// The number of entries, including expired ones that were not yet removed.
    public synchronized int size() {
        return entries.size();
    }

    private Entry<V> remove(K key) {
        Entry<V> removed = entries.remove(key);
        if (removed != null) {
            shares.forEach((bound, of) -> of.computeIfPresent(bound.share().apply(removed.value()), (_, share) -> {
                share.keys.remove(key);
                share.weight -= removed.weight();
                return share.keys.isEmpty() ? null : share;
            }));
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
