package tsidp.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.store.ExpiringMap.Bound;

/// Entries of a kind that fit one file, which is written anew at each change. A change is on the disk before anybody
/// sees it. Reading takes no lock.
final class FileEntries<V> implements Entries<V> {

    private final StateDirectory directory;
    private final StateFile file;
    private final Kind<V> kind;
    private final Consumer<String> warnings;
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private volatile NavigableMap<String, Entry<V>> entries = new TreeMap<>();
    private long revision;

    FileEntries(StateDirectory directory, StateFile file, Kind<V> kind, Consumer<String> warnings) {
        this.directory = directory;
        this.file = file;
        this.kind = kind;
        this.warnings = warnings;
        read(file.name());
        file.olderNames().forEach(this::takeOver);
    }

    /// What older versions of the Go tsidp kept in another file is taken over, once: a file that stayed would bring
    /// back what was removed.
    private void takeOver(String name) {
        var present = new TreeMap<>(entries);
        if (read(name)) {
            entries.putAll(present);
            write(entries);
            directory.rename(name, "deprecated-" + name);
        }
    }

    private boolean read(String name) {
        Optional<JsonObject> content = directory.readObject(name, file.maxBytes(), file.description());
        try {
            content.ifPresent(of -> file.entries(of).forEach(this::read));
        } catch (IllegalArgumentException e) {
            throw new StoreException(directory.path(name) + " is not " + file.description() + ": " + e.getMessage());
        }
        return content.isPresent();
    }

    private void read(String key, JsonValue written) {
        try {
            entries.put(key, new Entry<>(key, kind.codec().reader().apply(key, written), ++revision));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file.layout() == StateFile.Layout.WHOLE ? e.getMessage()
                    : "an entry can't be read (" + e.getMessage() + "), its key begins with "
                    + key.substring(0, Math.min(4, key.length())));
        }
    }

    @Override
    public Optional<Entry<V>> get(String key) {
        return Optional.ofNullable(entries.get(key));
    }

    @Override
    public List<Entry<V>> list(String prefix) {
        return List.copyOf(entries.subMap(prefix, prefix + Character.MAX_VALUE).values());
    }

    @Override
    public void watch(Consumer<String> listener) {
        listeners.add(listener);
    }

    @Override
    public Optional<Receipt> commit(List<Change<?>> changes) {
        if (changes.isEmpty()) {
            return Optional.of(Receipt.DURABLE);
        }
        synchronized (this) {
            var changed = new TreeMap<>(entries);
            for (Change<?> change : changes) {
                if (!apply(own(change), changed)) {
                    return Optional.empty();
                }
            }
            write(changed);
            entries = changed;
        }
        changes.forEach(change -> listeners.forEach(listener -> listener.accept(change.key())));
        return Optional.of(Receipt.DURABLE);
    }

    private void write(Map<String, Entry<V>> changed) {
        var written = new LinkedHashMap<String, JsonValue>();
        changed.values().stream().sorted(Comparator.comparingLong(Entry::revision))
                .forEach(entry -> written.put(entry.key(), kind.codec().writer().apply(entry.value())));
        directory.write(file.name(), file.content(written), file.maxBytes());
    }

    @SuppressWarnings("unchecked") // `of` says what it is a change of
    private Change<V> own(Change<?> change) {
        if (change.of() != this) {
            throw new IllegalArgumentException("a file holds one kind of entries");
        }
        return (Change<V>) change;
    }

    private boolean apply(Change<V> change, Map<String, Entry<V>> changed) {
        Entry<V> found = changed.remove(change.key());
        change.after().ifPresent(value -> {
            changed.put(change.key(), new Entry<>(change.key(), value, ++revision));
            kind.bounds().forEach(bound -> makeRoom(bound, bound.share().apply(value), changed));
        });
        return (found == null ? 0 : found.revision()) == change.revision();
    }

    private void makeRoom(Bound<V> bound, Object share, Map<String, Entry<V>> changed) {
        var own = new ArrayList<>(changed.values());
        own.removeIf(entry -> !bound.share().apply(entry.value()).equals(share));
        own.sort(Comparator.comparingLong(Entry::revision));
        long weight = own.stream().mapToLong(entry -> kind.weigher().applyAsLong(entry.value())).sum();
        bound.check(own.size(), weight, warnings);
        while (own.size() > bound.count() || weight > bound.weight()) {
            Entry<V> oldest = own.removeFirst();
            weight -= kind.weigher().applyAsLong(oldest.value());
            changed.remove(oldest.key());
        }
    }
}
