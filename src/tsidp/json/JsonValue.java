package tsidp.json;

import java.util.Collection;
import java.util.List;

/// A JSON value (RFC 8259 §3). Immutable; equal when it would be written as the same text.
public sealed interface JsonValue permits JsonObject, JsonArray, JsonString, JsonNumber, JsonBoolean, JsonNull {

    /// Ours: what the JDK's objects take on the heap of a 64-bit JVM, in bytes, without their content.
    int STRING_WEIGHT = 48;
    int OBJECT_WEIGHT = 200;
    int MEMBER_WEIGHT = 64;
    int ARRAY_WEIGHT = 56;
    int REFERENCE_WEIGHT = 8;
    int VALUE_WEIGHT = 16;

    /// How many levels of objects and arrays lie below this value. `JsonReader` refuses more than `MAX_DEPTH`.
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

    /// About how many bytes of heap this value takes, rather more than less. Its text says little about that: a list of
    /// one-digit numbers takes some 40 times its text.
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

    /// About how many bytes of heap a text takes: one a character of Latin-1, two where it has any other.
    static long weight(String text) {
        return STRING_WEIGHT + text.length() * (text.chars().allMatch(c -> c < 256) ? 1L : 2L);
    }

    /// About how many bytes of heap a list of texts takes.
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
    static JsonValue of(Collection<String> texts) {
        return new JsonArray(texts.stream().map(JsonValue::of).toList());
    }

    /// An array of the given values.
    static JsonValue array(List<? extends JsonValue> values) {
        return new JsonArray(List.copyOf(values));
    }
}
