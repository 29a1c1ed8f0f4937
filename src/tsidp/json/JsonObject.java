package tsidp.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A JSON object (RFC 8259 §4): unique names, in the order in which they were written. The look-ups by type return
/// "absent" for a member of another type; use `get` to distinguish the two.
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

    /// The member with this name.
    public Optional<JsonValue> get(String name) {
        return Optional.ofNullable(members.get(name));
    }

    /// The string with this name, if the member exists and is one.
    public Optional<String> string(String name) {
        return members.get(name) instanceof JsonString(String value) ? Optional.of(value) : Optional.empty();
    }

    /// The integer with this name, if the member exists, is written as an integer and fits 64 signed bits.
    public OptionalLong integer(String name) {
        return members.get(name) instanceof JsonNumber number ? number.asLong() : OptionalLong.empty();
    }

    /// Whether the member with this name exists and is `true`.
    public boolean isTrue(String name) {
        return members.get(name) == JsonBoolean.TRUE;
    }

    /// The object with this name, if the member exists and is one.
    public Optional<JsonObject> object(String name) {
        return members.get(name) instanceof JsonObject object ? Optional.of(object) : Optional.empty();
    }

    /// The array with this name, if the member exists and is one.
    public Optional<JsonArray> array(String name) {
        return members.get(name) instanceof JsonArray array ? Optional.of(array) : Optional.empty();
    }

    /// The strings of the array with this name, if the member exists and is an array of only strings.
    public Optional<List<String>> strings(String name) {
        return array(name).map(JsonArray::values)
                .filter(values -> values.stream().allMatch(JsonString.class::isInstance))
                .map(values -> values.stream().map(value -> ((JsonString) value).value()).toList());
    }

    /// This object with one member added at the end, or replaced at its place.
    public JsonObject with(String name, JsonValue value) {
        var changed = new LinkedHashMap<>(members);
        changed.put(name, value);
        return new JsonObject(changed);
    }

    /// This object as readers see it: a member that is `null` or an empty string counts as absent. Programs write both
    /// for what is not set.
    public JsonObject withoutAbsent() {
        var present = new LinkedHashMap<>(members);
        present.values().removeIf(value -> value == JsonNull.NULL || value.equals(JsonValue.of("")));
        return new JsonObject(present);
    }

    /// This object without the member with this name.
    public JsonObject without(String name) {
        var changed = new LinkedHashMap<>(members);
        changed.remove(name);
        return new JsonObject(changed);
    }
}
