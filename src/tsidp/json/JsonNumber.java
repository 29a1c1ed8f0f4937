package tsidp.json;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/// A JSON number (RFC 8259 §6) as its text, so that no precision is lost.
public record JsonNumber(String text) implements JsonValue {

    private static final Pattern GRAMMAR = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    /// @throws IllegalArgumentException if the text is not a number of RFC 8259 §6
    public JsonNumber {
        if (!GRAMMAR.matcher(text).matches()) {
            throw new IllegalArgumentException("not a JSON number");
        }
    }

    /// The value, if it is written as an integer (no fraction, no exponent) that fits 64 signed bits.
    public OptionalLong asLong() {
        try {
            return OptionalLong.of(Long.parseLong(text));
        } catch (NumberFormatException notAnInteger) {
            return OptionalLong.empty();
        }
    }
}
