package tsidp.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonReaderTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    @Test
    void anUnsigned64BitNumberKeepsItsText() throws JsonException {
        var kid = (JsonNumber) JsonReader.read("18446744073709551615");
        assertEquals("18446744073709551615", kid.text());
        assertEquals("18446744073709551615", JsonWriter.write(kid));
        assertEquals(true, kid.asLong().isEmpty());
    }

    @Test
    void numbersAreEqualByTheirTextOnly() throws JsonException {
        assertFalse(JsonReader.read("1").equals(JsonReader.read("1.0")));
        assertFalse(JsonReader.read("0").equals(JsonReader.read("-0")));
    }

    @Test
    void aNumberIsNotALongWhenItIsWrittenOtherwise() {
        for (String text : List.of("1.0", "1e3", "9223372036854775808", "-9223372036854775809")) {
            assertEquals(true, new JsonNumber(text).asLong().isEmpty(), text);
        }
        assertEquals(Long.MIN_VALUE, new JsonNumber("-9223372036854775808").asLong().orElseThrow());
    }

    /// `Integer.parseInt` accepts "+5" and the digits of every script.
    @Test
    void digitsAreAsciiDigits() {
        for (String text : List.of("+5", "٣", "５", "", " 1", "1 ", "1\n", "0x1", "NaN")) {
            assertThrows(IllegalArgumentException.class, () -> new JsonNumber(text), text);
        }
    }

    @Test
    void membersKeepTheirOrder() throws JsonException {
        String text = "{\"z\":1,\"a\":2,\"m\":3}";
        assertEquals(text, JsonWriter.write(JsonReader.read(text)));
    }

    @Test
    void aTextOfAnotherTypeIsNotAnObject() {
        var refused = assertThrows(JsonException.class, () -> JsonReader.readObject(bytes("[]")));
        assertEquals("the value is not an object", refused.getMessage());
    }

    @Test
    void aStringArgumentWithAnUnpairedSurrogateIsRefused() {
        for (String text : List.of("\"\ud800\"", "\"\udc00\"", "\"\ud800a\"", "\"\udc00\ud800\"", "{\"\ud800\":1}")) {
            assertThrows(JsonException.class, () -> JsonReader.read(text));
        }
    }

    @Test
    void theMessageRepeatsNothing() {
        for (String text : List.of("{\"secret\":\"hunter2}", "hunter2", "[hunter2]", "{\"hunter2\":1,\"hunter2\":2}",
                "\"\\hunter2\"", "12hunter2", "tr\"hunter2\"")) {
            var refused = assertThrows(JsonException.class, () -> JsonReader.read(text));
            assertFalse(refused.getMessage().contains("hunter2"), refused.getMessage());
            assertEquals(0, refused.getStackTrace().length);
        }
    }

    @Test
    void depthIsNoMatterOfTheStack() {
        for (String opening : List.of("[", "{\"a\":", "[[{\"a\":[")) {
            assertTimeout(SOON, () -> assertThrows(JsonException.class,
                    () -> JsonReader.read(opening.repeat(1_000_000))));
        }
    }

    @Test
    void aMegabyteIsReadInTime() {
        for (String text : List.of("[" + "1,".repeat(500_000) + "1]", "\"" + "\\u0041".repeat(160_000) + "\"",
                " ".repeat(1_000_000) + "1", "\"" + "a".repeat(1_000_000) + "\"",
                "[" + "\"\",".repeat(300_000) + "1]")) {
            assertTimeout(SOON, () -> JsonReader.read(text));
        }
    }

    /// "Aa" and "BB" have the same hash code, and so have all their sequences.
    @Test
    void namesOfOneHashCodeAreReadInTime() {
        var text = new StringBuilder("{");
        for (int i = 0; i < 1 << 16; i++) {
            for (int bit = 0; bit < 16; bit++) {
                text.append(bit == 0 ? "\"" : "").append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            text.append("\":1,");
        }
        String object = text.append("\"\":1}").toString();
        assertTimeout(SOON, () -> JsonReader.read(object));
    }

    @Test
    void aNumberOfManyDigitsIsRefusedInTime() {
        String digits = "9".repeat(1_000_000);
        assertTimeout(SOON, () -> assertThrows(JsonException.class, () -> JsonReader.read(digits)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
