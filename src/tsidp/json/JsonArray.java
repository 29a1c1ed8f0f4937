package tsidp.json;

import java.util.List;

/// A JSON array (RFC 8259 §5).
public record JsonArray(List<JsonValue> values) implements JsonValue {

    public JsonArray {
        values = List.copyOf(values);
    }
}
