package tsidp.store;

/// A value that is kept, as it was read.
///
/// @param revision larger than that of every value that the kind had before; never 0
public record Entry<V>(String key, V value, long revision) {
}
