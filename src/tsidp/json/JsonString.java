package tsidp.json;

import java.util.Objects;

/// A JSON string (RFC 8259 §7). Never holds an unpaired surrogate: the reader refuses one, and this constructor too,
/// since it could not be written as UTF-8.
public record JsonString(String value) implements JsonValue {

    /// @throws IllegalArgumentException if the text holds an unpaired surrogate
    public JsonString {
        Objects.requireNonNull(value);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < value.length() && Character.isLowSurrogate(value.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new IllegalArgumentException("unpaired surrogate at index " + i);
            }
        }
    }
}
