package tsidp.store;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// The entries of one kind. This is all that the rest of the program can do with what is kept, and it is atomic: nobody
/// needs a lock around it. Thread-safe.
///
/// An entry is changed only as long as it is the one that was read. Whoever comes second reads again, and decides anew.
public interface Entries<V> {

    /// Ours: how often a change is tried while others change the same entry.
    int TRIES = 1_000;

    /// Why it was not.
    String CROWDED = "too many change the same entry at once";

    /// The entry of a key, if there is one that has not expired.
    Optional<Entry<V>> get(String key);

    /// The entries whose keys begin like this, in no particular order.
    List<Entry<V>> list(String prefix);

    /// Makes all of these changes, or none: only if every entry is still the one that was read. They may be of several
    /// kinds of one store. A crash may keep the first of several that are logged. What was removed stays removed even
    /// if that can't be stored. Without changes, the receipt is for all that were made earlier.
    ///
    /// @return empty if another was faster: then nothing has changed
    /// @throws StoreException if they can't be stored: then nothing has changed
    Optional<Receipt> commit(List<Change<?>> changes);

    /// Calls a listener with the key of each entry that changes from now on.
    void watch(Consumer<String> listener);

    /// The change that puts the first value of a key.
    default Change<V> put(String key, V value) {
        return new Change<>(this, key, 0, Optional.of(value));
    }

    /// The change that replaces the value of an entry.
    default Change<V> replace(Entry<V> read, V value) {
        return new Change<>(this, read.key(), read.revision(), Optional.of(value));
    }

    /// The change that removes an entry.
    default Change<V> remove(Entry<V> read) {
        return new Change<>(this, read.key(), read.revision(), Optional.empty());
    }

    /// Changes the value of a key, whatever others do at the same time, and returns it when it is durable.
    ///
    /// @param change returns the new value, or empty to remove it; may be called several times
    /// @throws StoreException if it can't be stored: then nothing has changed
    default Optional<V> change(String key, UnaryOperator<Optional<V>> change) {
        for (int i = 0; i < TRIES; i++) {
            Optional<Entry<V>> read = get(key);
            Optional<V> before = read.map(Entry::value);
            Optional<V> after = change.apply(before);
            Optional<Receipt> receipt = commit(after.equals(before) ? List.of()
                    : List.of(new Change<>(this, key, read.map(Entry::revision).orElse(0L), after)));
            if (receipt.isPresent()) {
                receipt.get().await();
                return after;
            }
        }
        throw new StoreException(CROWDED);
    }

    /// Removes entries whose keys begin like this, and returns when that is durable.
    ///
    /// @return those that were removed
    /// @throws StoreException if that can't be stored
    default List<Entry<V>> removeIf(String prefix, Predicate<Entry<V>> which) {
        for (int i = 0; i < TRIES; i++) {
            List<Entry<V>> gone = list(prefix).stream().filter(which).toList();
            Optional<Receipt> receipt = commit(gone.stream().<Change<?>>map(this::remove).toList());
            if (receipt.isPresent()) {
                receipt.get().await();
                return gone;
            }
        }
        throw new StoreException(CROWDED);
    }
}
