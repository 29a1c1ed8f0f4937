package tsidp.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A JSON object (RFC 8259 §4): unique names, in the order they were written. The look-ups by type answer "absent"
/// for a member of another type, so that a caller who must tell the two apart asks `get`.
public record JsonObject(Map<String, JsonValue> members) implements JsonValue {

    /// An object without members.
    public static final JsonObject EMPTY = new JsonObject(Map.of());

    /// Copies the map and keeps its order.
    ///
    /// @throws IllegalArgumentException if a name holds an unpaired surrogate, as with `JsonString`
    public JsonObject {
        members.keySet().forEach(JsonString::requirePaired);
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    /// The member of that name.
    public Optional<JsonValue> get(String name) {
        return Optional.ofNullable(members.get(name));
    }

    /// The string of that name, if the member is there and is one.
    public Optional<String> string(String name) {
        return members.get(name) instanceof JsonString(String value) ? Optional.of(value) : Optional.empty();
    }

    /// The integer of that name, if the member is there, is written as an integer and fits 64 signed bits.
    public OptionalLong integer(String name) {
        return members.get(name) instanceof JsonNumber number ? number.asLong() : OptionalLong.empty();
    }

    /// Whether the member of that name is there and `true`.
    public boolean isTrue(String name) {
        return members.get(name) == JsonBoolean.TRUE;
    }

    /// The object of that name, if the member is there and is one.
    public Optional<JsonObject> object(String name) {
        return members.get(name) instanceof JsonObject object ? Optional.of(object) : Optional.empty();
    }

    /// The array of that name, if the member is there and is one.
    public Optional<JsonArray> array(String name) {
        return members.get(name) instanceof JsonArray array ? Optional.of(array) : Optional.empty();
    }

    /// The strings of the array of that name, if the member is there and is an array of nothing but strings.
    public Optional<List<String>> strings(String name) {
        return array(name).map(JsonArray::values)
                .filter(values -> values.stream().allMatch(JsonString.class::isInstance))
                .map(values -> values.stream().map(value -> ((JsonString) value).value()).toList());
    }

    /// This object with one member added at its end, or replaced in its place.
    public JsonObject with(String name, JsonValue value) {
        var changed = new LinkedHashMap<>(members);
        changed.put(name, value);
        return new JsonObject(changed);
    }

    /// This object without the member of that name.
    public JsonObject without(String name) {
        var changed = new LinkedHashMap<>(members);
        changed.remove(name);
        return new JsonObject(changed);
    }
}
