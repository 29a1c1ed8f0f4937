package tsidp.json;

import java.util.Collection;
import java.util.List;

/// A JSON value (RFC 8259 §3). Immutable; equal when it would be written as the same text.
public sealed interface JsonValue permits JsonObject, JsonArray, JsonString, JsonNumber, JsonBoolean, JsonNull {

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
