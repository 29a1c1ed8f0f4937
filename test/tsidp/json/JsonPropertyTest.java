package tsidp.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonPropertyTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    @Test
    void writtenJsonReadsBackEqual() throws JsonException {
        Random random = Seed.random();
        for (int i = 0; i < 5_000; i++) {
            JsonValue value = value(random, 0);
            String text = JsonWriter.write(value);
            assertEquals(value, JsonReader.read(JsonWriter.writeBytes(value)), Seed::again);
            assertEquals(value, JsonReader.read(JsonWriter.writeIndented(value)), Seed::again);
            assertEquals(text, JsonWriter.write(JsonReader.read(text)), Seed::again);
        }
    }

    /// Whatever the octets: a value that can be written again, or a JsonException. Nothing else, and quickly.
    @Test
    void noInputSurprises() {
        Random random = Seed.random();
        assertTimeout(SOON, () -> {
            int read = 0;
            for (int i = 0; i < 60_000; i++) {
                byte[] text = mutated(JsonWriter.writeBytes(value(random, 0)), random);
                try {
                    JsonValue value = JsonReader.read(text);
                    assertEquals(value, JsonReader.read(JsonWriter.writeBytes(value)), Seed::again);
                    read++;
                } catch (JsonException refused) {
                    continue;
                } catch (RuntimeException | Error surprise) {
                    throw new AssertionError(Seed.again(), surprise);
                }
            }
            assertEquals(true, read > 100, "the mutations are too wild to say anything: " + Seed.again());
        });
    }

    private static byte[] mutated(byte[] text, Random random) {
        byte[] pool = "{}[]\",:\\u0019eE+-.tfn \n\u00e9\ud83d\ude00".getBytes(StandardCharsets.UTF_8);
        byte[] mutated = text.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(mutated.length);
            switch (random.nextInt(6)) {
                case 0 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutated[at] = pool[random.nextInt(pool.length)];
                case 2 -> mutated = Arrays.copyOf(mutated, Math.max(1, at));
                case 3 -> mutated = joined(mutated, at, new byte[] {pool[random.nextInt(pool.length)]}, at);
                case 4 -> mutated = joined(mutated, at, new byte[0], Math.min(mutated.length, at + 1));
                default -> mutated = joined(mutated, at, mutated, at);
            }
            if (mutated.length == 0) {
                return mutated;
            }
        }
        return mutated;
    }

    private static byte[] joined(byte[] text, int end, byte[] middle, int start) {
        byte[] joined = Arrays.copyOf(text, end + middle.length + text.length - start);
        System.arraycopy(middle, 0, joined, end, middle.length);
        System.arraycopy(text, start, joined, end + middle.length, text.length - start);
        return joined;
    }

    private static JsonValue value(Random random, int depth) {
        return switch (random.nextInt(depth > 5 ? 5 : 8)) {
            case 0 -> JsonNull.NULL;
            case 1 -> JsonValue.of(random.nextBoolean());
            case 2 -> JsonValue.of(random.nextLong() >> random.nextInt(64));
            case 3 -> new JsonNumber((random.nextBoolean() ? "-" : "") + random.nextInt(100)
                    + (random.nextBoolean() ? "." + random.nextInt(1000) : "")
                    + (random.nextBoolean() ? exponent(random) : ""));
            case 4 -> new JsonString(string(random));
            case 5, 6 -> {
                var members = new LinkedHashMap<String, JsonValue>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    members.put(string(random), value(random, depth + 1));
                }
                yield new JsonObject(members);
            }
            default -> {
                var values = new ArrayList<JsonValue>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    values.add(value(random, depth + 1));
                }
                yield new JsonArray(values);
            }
        };
    }

    private static String exponent(Random random) {
        return "e" + List.of("", "+", "-").get(random.nextInt(3)) + random.nextInt(99);
    }

    private static String string(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            int point = random.nextInt(switch (random.nextInt(4)) {
                case 0 -> 0x20;
                case 1 -> 0x80;
                case 2 -> 0x10000;
                default -> Character.MAX_CODE_POINT + 1;
            });
            if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
                text.appendCodePoint(point);
            }
        }
        return text.toString();
    }
}
