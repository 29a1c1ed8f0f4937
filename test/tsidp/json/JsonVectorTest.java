package tsidp.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// test/vectors/json: the name says what must happen, for `i_` the table of its README does.
class JsonVectorTest {

    @TestFactory
    Stream<DynamicTest> texts() throws IOException {
        Map<String, String> decisions = decisions();
        return Vectors.files("json").stream().map(file -> {
            String name = Vectors.name(file);
            String expected = switch (name.charAt(0)) {
                case 'y' -> "read";
                case 'n' -> "refused";
                default -> decisions.get(name);
            };
            return DynamicTest.dynamicTest(name, () -> check(expected, Files.readAllBytes(file)));
        });
    }

    @Test
    void everyDecisionHasItsFile() throws IOException {
        var names = Vectors.files("json").stream().map(Vectors::name).filter(name -> name.startsWith("i_"))
                .sorted().toList();
        assertEquals(names, decisions().keySet().stream().sorted().toList());
    }

    private static void check(String expected, byte[] text) throws JsonException {
        switch (expected) {
            case "read" -> {
                JsonValue value = JsonReader.read(text);
                assertEquals(value, JsonReader.read(JsonWriter.writeBytes(value)));
                assertEquals(value, JsonReader.read(JsonWriter.writeIndented(value)));
            }
            case "refused" -> assertThrows(JsonException.class, () -> JsonReader.read(text));
            default -> throw new AssertionError("undecided");
        }
    }

    private static Map<String, String> decisions() throws IOException {
        var decisions = new HashMap<String, String>();
        for (String line : Vectors.lines("json/README.md")) {
            if (line.startsWith("| i_")) {
                String[] cells = line.split(" *\\| *");
                decisions.put(cells[1], cells[2]);
            }
        }
        return decisions;
    }
}
