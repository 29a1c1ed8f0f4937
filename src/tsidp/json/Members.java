package tsidp.json;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Reads the members of an object, and distinguishes an absent member from one with the wrong type, which `JsonObject`
/// does not. `null` and the empty string are absent. Each method throws IllegalArgumentException with the member's
/// name, but never its value.
public record Members(JsonObject json) {

    /// The members of a value.
    ///
    /// @throws IllegalArgumentException if it is not an object
    public static Members of(JsonValue value) {
        if (value instanceof JsonObject object) {
            return new Members(object);
        }
        throw new IllegalArgumentException("it is not an object");
    }

    /// The member, unless it is absent.
    public Optional<JsonValue> get(String name) {
        return json.get(name).filter(value -> value != JsonNull.NULL && !value.equals(JsonValue.of("")));
    }

    private <T> T require(String name, String expected, Optional<T> found) {
        return found.orElseThrow(() -> new IllegalArgumentException(name + " is not " + expected));
    }

    /// A string that is not empty.
    public String text(String name) {
        return require(name, "a string", json.string(name).filter(text -> !text.isEmpty()));
    }

    /// A string; empty if absent.
    public String textOrEmpty(String name) {
        return get(name).isEmpty() ? "" : require(name, "a string", json.string(name));
    }

    /// An integer of 64 signed bits.
    public long integer(String name) {
        return json.integer(name).orElseThrow(() -> new IllegalArgumentException(name + " is not an integer"));
    }

    /// A moment, in seconds since 1970.
    public Instant second(String name) {
        return Instant.ofEpochSecond(integer(name));
    }

    /// Whether the member is `true`.
    public boolean isTrue(String name) {
        return json.isTrue(name);
    }

    /// A list of strings.
    public List<String> texts(String name) {
        return require(name, "a list of strings", json.strings(name));
    }

    /// A list of strings; empty if absent.
    public List<String> textsOrEmpty(String name) {
        return get(name).isEmpty() ? List.of() : texts(name);
    }

    /// An object.
    public Members object(String name) {
        return new Members(require(name, "an object", json.object(name)));
    }

    /// An object; empty if absent.
    public Members objectOrEmpty(String name) {
        return get(name).isEmpty() ? new Members(JsonObject.EMPTY) : object(name);
    }

    /// A list of objects, each read by `reader`.
    public <T> List<T> objects(String name, Function<Members, T> reader) {
        return list(name).stream().map(Members::of).map(reader).toList();
    }

    /// A list.
    public List<JsonValue> list(String name) {
        return require(name, "a list", json.array(name)).values();
    }
}
