package tsidp.json;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;

/// Reads one JSON text (RFC 8259 §2), strictly: valid UTF-8, no byte order mark, no comments, no trailing commas, no
/// duplicate names, no unpaired surrogates, nothing after the value, and bounded depth. The caller bounds the size.
public final class JsonReader {

    /// Ours: no document that we read is nested deeper than a dozen levels, and the reader recurses.
    public static final int MAX_DEPTH = 64;

    /// Ours: longer than any integer or decimal that is meaningful here; keeps `BigInteger` cheap for callers.
    private static final int MAX_NUMBER_LENGTH = 400;

    private final String text;
    private int position;

    private JsonReader(String text) {
        this.text = text;
    }

    /// The value of a UTF-8 text.
    ///
    /// @throws JsonException if it is not one JSON text, or exceeds one of the limits above
    public static JsonValue read(byte[] utf8) throws JsonException {
        try {
            return read(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString());
        } catch (CharacterCodingException malformed) {
            throw new JsonException("the text is not UTF-8");
        }
    }

    /// The value of a text.
    ///
    /// @throws JsonException if it is not one JSON text, or exceeds one of the limits above
    public static JsonValue read(String text) throws JsonException {
        var reader = new JsonReader(text);
        reader.skipWhitespace();
        JsonValue value = reader.value(0);
        reader.skipWhitespace();
        if (reader.position < text.length()) {
            throw reader.fault("text after the value");
        }
        return value;
    }

    /// The object in a UTF-8 text.
    ///
    /// @throws JsonException if it is not one JSON text or not an object
    public static JsonObject readObject(byte[] utf8) throws JsonException {
        if (read(utf8) instanceof JsonObject object) {
            return object;
        }
        throw new JsonException("the value is not an object");
    }

    private JsonValue value(int depth) throws JsonException {
        if (depth > MAX_DEPTH) {
            throw fault("nested too deeply");
        }
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> new JsonString(string());
            case 't' -> literal("true", JsonBoolean.TRUE);
            case 'f' -> literal("false", JsonBoolean.FALSE);
            case 'n' -> literal("null", JsonNull.NULL);
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
            default -> throw fault("a value was expected");
        };
    }

    private JsonObject object(int depth) throws JsonException {
        var members = new LinkedHashMap<String, JsonValue>();
        position++;
        skipWhitespace();
        if (take('}')) {
            return JsonObject.EMPTY;
        }
        do {
            skipWhitespace();
            if (peek() != '"') {
                throw fault("a member name was expected");
            }
            String name = string();
            skipWhitespace();
            expect(':');
            skipWhitespace();
            if (members.putIfAbsent(name, value(depth + 1)) != null) {
                throw fault("a member name is repeated in one object");
            }
            skipWhitespace();
        } while (take(','));
        expect('}');
        return new JsonObject(members);
    }

    private JsonArray array(int depth) throws JsonException {
        var values = new ArrayList<JsonValue>();
        position++;
        skipWhitespace();
        if (take(']')) {
            return new JsonArray(values);
        }
        do {
            skipWhitespace();
            values.add(value(depth + 1));
            skipWhitespace();
        } while (take(','));
        expect(']');
        return new JsonArray(values);
    }

    private String string() throws JsonException {
        int start = ++position;
        while (position < text.length() && isPlain(text.charAt(position))) {
            position++;
        }
        if (position < text.length() && text.charAt(position) == '"') {
            return text.substring(start, position++);
        }
        var unescaped = new StringBuilder(text.substring(start, position));
        while (true) {
            char c = next("the string does not end");
            if (c == '"') {
                return unescaped.toString();
            } else if (c < ' ') {
                position--;
                throw fault("a control character is not escaped in a string");
            } else if (c == '\\') {
                escape(unescaped);
            } else if (Character.isSurrogate(c)) {
                // Only a String argument can contain an unpaired one: the UTF-8 decoder refuses them.
                surrogates(c, next("the string does not end"), unescaped);
            } else {
                unescaped.append(c);
            }
        }
    }

    private static boolean isPlain(char c) {
        return c >= ' ' && c != '"' && c != '\\' && !Character.isSurrogate(c);
    }

    private void escape(StringBuilder unescaped) throws JsonException {
        char c = next("the string does not end");
        switch (c) {
            case '"', '\\', '/' -> unescaped.append(c);
            case 'b' -> unescaped.append('\b');
            case 'f' -> unescaped.append('\f');
            case 'n' -> unescaped.append('\n');
            case 'r' -> unescaped.append('\r');
            case 't' -> unescaped.append('\t');
            case 'u' -> {
                char unit = hex4();
                if (!Character.isSurrogate(unit)) {
                    unescaped.append(unit);
                } else if (text.startsWith("\\u", position)) {
                    position += 2;
                    surrogates(unit, hex4(), unescaped);
                } else {
                    throw fault("unpaired surrogate");
                }
            }
            default -> throw fault("unknown escape");
        }
    }

    private void surrogates(char high, char low, StringBuilder unescaped) throws JsonException {
        if (!Character.isHighSurrogate(high) || !Character.isLowSurrogate(low)) {
            throw fault("unpaired surrogate");
        }
        unescaped.append(high).append(low);
    }

    private char hex4() throws JsonException {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            char c = next("the escape does not end");
            // Character.digit accepts the digits of other scripts too.
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw fault("four hexadecimal digits were expected");
            }
            unit = unit << 4 | digit;
        }
        return (char) unit;
    }

    private JsonNumber number() throws JsonException {
        int start = position;
        while (position < text.length() && "+-.eE0123456789".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
        if (position - start > MAX_NUMBER_LENGTH) {
            throw fault("the number is too long");
        }
        try {
            return new JsonNumber(text.substring(start, position));
        } catch (IllegalArgumentException malformed) {
            throw fault("malformed number");
        }
    }

    private JsonValue literal(String word, JsonValue value) throws JsonException {
        if (!text.startsWith(word, position)) {
            throw fault("a value was expected");
        }
        position += word.length();
        return value;
    }

    private void skipWhitespace() {
        while (position < text.length() && " \t\n\r".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
    }

    private char peek() throws JsonException {
        if (position >= text.length()) {
            throw fault("the text ends early");
        }
        return text.charAt(position);
    }

    private char next(String faultAtEnd) throws JsonException {
        if (position >= text.length()) {
            throw fault(faultAtEnd);
        }
        return text.charAt(position++);
    }

    private boolean take(char c) {
        if (position < text.length() && text.charAt(position) == c) {
            position++;
            return true;
        }
        return false;
    }

    private void expect(char c) throws JsonException {
        if (!take(c)) {
            throw fault("'" + c + "' was expected");
        }
    }

    private JsonException fault(String what) {
        return new JsonException(what, position);
    }
}
