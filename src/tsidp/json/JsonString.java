package tsidp.json;

/// A JSON string (RFC 8259 §7). Never contains an unpaired surrogate: the reader and this constructor refuse one, since
/// it could not be written as UTF-8.
public record JsonString(String value) implements JsonValue {

    /// @throws IllegalArgumentException if the text contains an unpaired surrogate
    public JsonString {
        requirePaired(value);
    }

    /// @throws IllegalArgumentException if the text contains an unpaired surrogate
    static void requirePaired(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new IllegalArgumentException("unpaired surrogate at index " + i);
            }
        }
    }
}
