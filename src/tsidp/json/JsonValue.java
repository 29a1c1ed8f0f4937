package tsidp.json;

import java.util.Collection;
import java.util.List;

/// A JSON value (RFC 8259 §3). Immutable; equal if it would be written as the same text.
public sealed interface JsonValue permits JsonObject, JsonArray, JsonString, JsonNumber, JsonBoolean, JsonNull {

    /// Ours, in bytes of heap: the JDK's objects on a 64-bit JVM, without their content.
    int STRING_WEIGHT = 48;
    int OBJECT_WEIGHT = 200;
    int MEMBER_WEIGHT = 64;
    int ARRAY_WEIGHT = 56;
    int REFERENCE_WEIGHT = 8;
    int VALUE_WEIGHT = 16;

    /// The number of nested levels of objects and arrays in this value. `JsonReader` refuses more than `MAX_DEPTH`.
    default int depth() {
        return switch (this) {
            case JsonObject(var members) -> below(members.values());
            case JsonArray(var values) -> below(values);
            case JsonString _, JsonNumber _, JsonBoolean _, JsonNull _ -> 0;
        };
    }

    private static int below(Collection<JsonValue> values) {
        return values.stream().mapToInt(value -> 1 + value.depth()).max().orElse(0);
    }

    /// Approximate size in bytes of heap, rounded up. The length of the text says little about it: a list of one-digit
    /// numbers takes about 40 times as much as its text.
    default long weight() {
        return switch (this) {
            case JsonObject(var members) -> OBJECT_WEIGHT + members.entrySet().stream()
                    .mapToLong(member -> MEMBER_WEIGHT + weight(member.getKey()) + member.getValue().weight()).sum();
            case JsonArray(var values) -> ARRAY_WEIGHT
                    + values.stream().mapToLong(value -> REFERENCE_WEIGHT + value.weight()).sum();
            case JsonString(var text) -> VALUE_WEIGHT + weight(text);
            case JsonNumber(var text) -> VALUE_WEIGHT + weight(text);
            case JsonBoolean _, JsonNull _ -> 0;
        };
    }

    /// Approximate size of a text in bytes of heap: one per character for Latin-1, two if it has any other.
    static long weight(String text) {
        return STRING_WEIGHT + text.length() * (text.chars().allMatch(c -> c < 256) ? 1L : 2L);
    }

    /// Approximate size of a list of texts in bytes of heap.
    static long weight(Collection<String> texts) {
        return ARRAY_WEIGHT + texts.stream().mapToLong(text -> REFERENCE_WEIGHT + weight(text)).sum();
    }

    /// A JSON string.
    static JsonValue of(String text) {
        return new JsonString(text);
    }

    /// A JSON number from a signed integer.
    static JsonValue of(long number) {
        return new JsonNumber(Long.toString(number));
    }

    /// `true` or `false`.
    static JsonValue of(boolean value) {
        return value ? JsonBoolean.TRUE : JsonBoolean.FALSE;
    }

    /// An array of strings, in the collection's order.
    static JsonArray of(Collection<String> texts) {
        return new JsonArray(texts.stream().map(JsonValue::of).toList());
    }

    /// An array of the given values.
    static JsonValue array(List<? extends JsonValue> values) {
        return new JsonArray(List.copyOf(values));
    }
}
