package tsidp.store;

import java.util.Optional;

/// A change of one entry, for as long as the entry is still the one that was read. See [Entries#commit].
///
/// @param revision of the entry that was read; 0 if there was none
/// @param after the new value; empty to remove the entry
public record Change<V>(Entries<V> of, String key, long revision, Optional<V> after) {
}
