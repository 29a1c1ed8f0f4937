package tsidp.store;

import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;

/// A kind of entries, and everything that a store must know about it.
///
/// @param name unique among all kinds
/// @param end when a value expires, by the clock of the store; one lifetime for all, from the last change
/// @param current what is left of a value now: the same to every reader, in less memory
/// @param weigher the approximate size of a value in bytes of heap
/// @param bounds how much of it may be kept: beyond, the entries that were put longest ago are dropped
public record Kind<V>(String name, Codec<V> codec, Function<V, Instant> end, UnaryOperator<V> current,
        ToLongFunction<V> weigher, List<ExpiringMap.Bound<V>> bounds) {

    public Kind {
        bounds = List.copyOf(bounds);
    }

    /// A kind whose entries stay until they are removed, and whose number its users limit.
    public Kind(String name, Codec<V> codec) {
        this(name, codec, _ -> Instant.MAX, UnaryOperator.identity(), _ -> 0, List.of());
    }
}
