package tsidp.store;

import java.util.function.BiFunction;
import java.util.function.Function;
import tsidp.json.JsonNull;
import tsidp.json.JsonValue;

/// How the values of a kind are written.
///
/// @param writer returns a value as it is kept
/// @param reader returns the value of a key from what was kept; throws IllegalArgumentException with the reason if that
///     is not one
public record Codec<V>(Function<V, JsonValue> writer, BiFunction<String, JsonValue, V> reader) {

    /// For what only the memory of one server keeps.
    public static <V> Codec<V> none() {
        return new Codec<>(_ -> JsonNull.NULL, (_, _) -> {
            throw new IllegalArgumentException("this is kept only in memory");
        });
    }
}
