package tsidp.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonWriterTest {

    @Test
    void theTextCanStandInAScript() {
        assertEquals("\"\\u003c/script\\u003e\\u0026\\u2028\\u2029\"",
                JsonWriter.write(JsonValue.of("</script>&\u2028\u2029")));
    }

    @Test
    void controlCharactersAreEscaped() {
        assertEquals(
                "\"\\u0000\\u001f\\u007f\\n\\r\\t\\\"\\\\\"",
                JsonWriter.write(JsonValue.of("\0\u001f\u007f\n\r\t\"\\")));
    }

    /// C1 control characters, a soft hyphen, marks that turn the direction of the text, a byte order mark, a tag beyond
    /// the first 65,536. An accent and an emoji are themselves.
    @Test
    void whatChangesHowATerminalShowsTextIsEscaped() {
        String text = "\u0080\u009b\u009f\u00ad\u061c\u200e\u202e\u2066\u2028\ufeff\udb40\udc41";
        String escaped = "\\u0080\\u009b\\u009f\\u00ad\\u061c\\u200e\\u202e\\u2066\\u2028\\ufeff\\udb40\\udc41";
        assertEquals("\"" + escaped + "\"", JsonWriter.write(JsonValue.of(text)));
        assertEquals("\"" + escaped + "\"", JsonWriter.writeIndented(JsonValue.of(text)));
        assertEquals("\"\u00e9\ud83d\ude00\"", JsonWriter.write(JsonValue.of("\u00e9\ud83d\ude00")));
    }

    @Test
    void indentedTextIsForPeople() {
        var value = JsonObject.EMPTY.with("a", JsonValue.of(List.of("b"))).with("c", JsonObject.EMPTY);
        assertEquals("{\n  \"a\": [\n    \"b\"\n  ],\n  \"c\": {}\n}", JsonWriter.writeIndented(value));
    }

    /// It would be written as "?", and thus be another name.
    @Test
    void anUnpairedSurrogateHasNoValue() {
        assertThrows(IllegalArgumentException.class, () -> JsonValue.of("\ud800"));
        assertThrows(IllegalArgumentException.class, () -> JsonObject.EMPTY.with("\ud800", JsonNull.NULL));
        assertThrows(IllegalArgumentException.class, () -> new JsonObject(Map.of("a\udc00", JsonNull.NULL)));
    }
}
