package tsidp.json;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Writes a value as JSON text (RFC 8259). `<`, `>`, `&` and the line separators are escaped, so that the text is safe
/// in HTML and in scripts; so is every invisible character that changes how a terminal shows the others: control
/// characters (U+0080 to U+009F too) and format characters, such as those that change the direction of text.
public final class JsonWriter {

    private static final HexFormat HEX = HexFormat.of();

    private final StringBuilder out = new StringBuilder(256);
    private final boolean indented;

    private JsonWriter(boolean indented) {
        this.indented = indented;
    }

    /// The value on one line, without spaces.
    public static String write(JsonValue value) {
        var writer = new JsonWriter(false);
        writer.value(value, 0);
        return writer.out.toString();
    }

    /// The value on one line, without spaces, as UTF-8.
    public static byte[] writeBytes(JsonValue value) {
        return write(value).getBytes(StandardCharsets.UTF_8);
    }

    /// The value on several lines, indented by two spaces, for people. No line feed at the end.
    public static String writeIndented(JsonValue value) {
        var writer = new JsonWriter(true);
        writer.value(value, 0);
        return writer.out.toString();
    }

    private void value(JsonValue value, int depth) {
        switch (value) {
            case JsonObject(Map<String, JsonValue> members) -> object(members, depth);
            case JsonArray(List<JsonValue> values) -> array(values, depth);
            case JsonString(String text) -> string(text);
            case JsonNumber(String text) -> out.append(text);
            case JsonBoolean bool -> out.append(bool == JsonBoolean.TRUE);
            case JsonNull _ -> out.append("null");
        }
    }

    private void object(Map<String, JsonValue> members, int depth) {
        if (members.isEmpty()) {
            out.append("{}");
            return;
        }
        char separator = '{';
        for (var member : members.entrySet()) {
            out.append(separator);
            separator = ',';
            line(depth + 1);
            string(member.getKey());
            out.append(indented ? ": " : ":");
            value(member.getValue(), depth + 1);
        }
        line(depth);
        out.append('}');
    }

    private void array(List<JsonValue> values, int depth) {
        if (values.isEmpty()) {
            out.append("[]");
            return;
        }
        char separator = '[';
        for (JsonValue value : values) {
            out.append(separator);
            separator = ',';
            line(depth + 1);
            value(value, depth + 1);
        }
        line(depth);
        out.append(']');
    }

    private void line(int depth) {
        if (indented) {
            out.append('\n').repeat(' ', 2 * depth);
        }
    }

    private void string(String text) {
        out.append('"');
        text.codePoints().forEach(this::character);
        out.append('"');
    }

    private void character(int c) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            case '<', '>', '&' -> unicode(c);
            default -> {
                switch (Character.getType(c)) {
                    case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR -> unicode(c);
                    default -> out.appendCodePoint(c);
                }
            }
        }
    }

    /// A character above U+FFFF is escaped as its two surrogates (RFC 8259 §7).
    private void unicode(int c) {
        for (char unit : Character.toChars(c)) {
            out.append("\\u").append(HEX.toHexDigits(unit));
        }
    }
}
