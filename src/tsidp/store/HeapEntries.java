package tsidp.store;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// Entries in memory, which expire and are bounded. Those that are logged are in the ledger of the store as well.
final class HeapEntries<V> implements Entries<V> {

    /// A change that was made in memory.
    ///
    /// @param records for the ledger
    /// @param stands whether nobody has changed it since
    /// @param undo undoes it
    record Applied(List<JsonObject> records, BooleanSupplier stands, Runnable undo) {
    }

    private final LocalStore store;
    private final Kind<V> kind;
    private final boolean isLogged;
    private final InstantSource clock;
    private final ExpiringMap<String, Entry<V>> entries;
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private long revision;

    HeapEntries(LocalStore store, Kind<V> kind, boolean isLogged, InstantSource clock, Consumer<String> warnings) {
        this.store = store;
        this.kind = kind;
        this.isLogged = isLogged;
        this.clock = clock;
        this.entries = new ExpiringMap<>(entry -> kind.weigher().applyAsLong(entry.value()),
                kind.bounds().stream().map(bound -> bound.<Entry<V>>of(Entry::value)).toList(), clock, warnings);
    }

    @Override
    public Optional<Entry<V>> get(String key) {
        return entries.get(key);
    }

    @Override
    public List<Entry<V>> list(String prefix) {
        return entries.values().stream().filter(entry -> entry.key().startsWith(prefix)).toList();
    }

    @Override
    public void watch(Consumer<String> listener) {
        listeners.add(listener);
    }

    @Override
    public Optional<Receipt> commit(List<Change<?>> changes) {
        if (changes.isEmpty() && !isLogged) {
            return Optional.of(Receipt.DURABLE); // whatever the ledger has to wait for
        }
        Optional<Receipt> receipt = store.commit(changes);
        receipt.ifPresent(_ -> changes.forEach(change -> own(change).listeners
                .forEach(listener -> listener.accept(change.key()))));
        return receipt;
    }

    /// Whether the entry is still the one that was read. Under the lock of the store, as all that follows.
    static boolean holds(Change<?> change) {
        return own(change).get(change.key()).map(Entry::revision).orElse(0L) == change.revision();
    }

    static Applied apply(Change<?> change) {
        return own(change).applied(change);
    }

    private static HeapEntries<?> own(Change<?> change) {
        return (HeapEntries<?>) change.of();
    }

    @SuppressWarnings("unchecked") // `of` says what it is a change of
    private Applied applied(Change<?> change) {
        return ((Change<V>) change).after().map(value -> applyPut(change.key(), value))
                .orElseGet(() -> applyRemoval(change.key()));
    }

    private Applied applyPut(String key, V value) {
        Optional<Entry<V>> before = entries.get(key);
        var entry = new Entry<>(key, value, ++revision);
        // What was dropped for it is removed in the file too: it must not come back at a start with more memory,
        // revoked or not. Nor does an undo restore it.
        Stream<JsonObject> removed =
                keep(entry).stream().filter(this::isLive).map(Entry::key).map(HeapEntries::removal);
        List<JsonObject> records = isLogged ? Stream.concat(Stream.of(record(value)), removed).toList() : List.of();
        // Not the value: what is obsolete in it may have been removed. And replaced at once: nobody sees it missing.
        return new Applied(records,
                () -> entries.get(key).filter(now -> now.revision() == entry.revision()).isPresent(),
                () -> before.ifPresentOrElse(this::keep, () -> entries.take(key)));
    }

    private Applied applyRemoval(String key) {
        Optional<Entry<V>> before = entries.take(key);
        // What was removed from the ledger stays removed, whatever the disk does: the rewrite that follows a failure
        // stores that.
        return isLogged ? new Applied(List.of(removal(key)), () -> true, () -> { })
                : new Applied(List.of(), () -> true, () -> before.ifPresent(this::keep));
    }

    private List<Entry<V>> keep(Entry<V> entry) {
        return entries.put(entry.key(), entry, kind.end().apply(entry.value()));
    }

    private boolean isLive(Entry<V> entry) {
        return clock.instant().isBefore(kind.end().apply(entry.value()));
    }

    /// Reads a record of the ledger.
    ///
    /// @return whether others were dropped for it
    /// @throws IllegalArgumentException if it is none of ours
    boolean replay(JsonObject record) {
        Optional<JsonObject> put = record.object("put");
        String key = put.map(of -> of.string("id")).orElseGet(() -> record.string("remove"))
                .orElseThrow(() -> new IllegalArgumentException("it has no key"));
        entries.take(key);
        return put.map(of -> new Entry<>(key, kind.codec().reader().apply(key, of), ++revision)).filter(this::isLive)
                .map(this::keep).filter(gone -> gone.stream().anyMatch(this::isLive)).isPresent();
    }

    /// The records of what is kept.
    Stream<JsonObject> records() {
        return entries.values().stream().map(entry -> record(entry.value()));
    }

    private JsonObject record(V value) {
        return new JsonObject(Map.of("put", kind.codec().writer().apply(value)));
    }

    private static JsonObject removal(String key) {
        return new JsonObject(Map.of("remove", JsonValue.of(key)));
    }

    /// Removes what has expired.
    void expire() {
        entries.expire();
        entries.replaceAll(entry -> {
            V current = kind.current().apply(entry.value());
            return current == entry.value() ? entry : new Entry<>(entry.key(), current, entry.revision());
        });
    }
}
