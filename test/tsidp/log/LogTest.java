package tsidp.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.fake.MovableClock;
import tsidp.json.JsonReader;

class LogTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final MovableClock clock = new MovableClock(Instant.parse("2026-11-24T10:00:00.123456Z"));

    private Log log(Level least, Log.Format format) {
        return new Log(out, least, format, clock);
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void anEventIsOneLine() {
        log(Level.INFO, Log.Format.LOGFMT).info("login", "user", "alice@example.com", "n", 7, "why", "two words");
        assertEquals("time=2026-11-24T10:00:00.123Z level=INFO msg=login user=alice@example.com n=7"
                + " why=\"two words\"\n", text());
    }

    @Test
    void jsonIsOneObjectALine() throws Exception {
        log(Level.INFO, Log.Format.JSON).warn("a \"b\"", "c", "d\ne");
        assertEquals(1, text().lines().count());
        assertEquals("d\ne", JsonReader.readObject(out.toByteArray()).string("c").orElseThrow());
        assertEquals("WARN", JsonReader.readObject(out.toByteArray()).string("level").orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\ntime=2026 level=INFO msg=login user=root", "a\r\nb", "a b=c", "\"quoted\"",
        "back\\slash", "", "\u001b[31mred", "\0", "\u2028", "\u20ac", "a\ud800b", "=", " "})
    void noValueForgesALineOrAField(String value) {
        log(Level.INFO, Log.Format.LOGFMT).info("event", "value", value);
        assertEquals(1, text().chars().filter(c -> c == '\n').count());
        assertTrue(text().matches("(?s)time=[^ ]+ level=INFO msg=event value=\"[^\\p{Cntrl}]*\"\n"), text());
    }

    @Test
    void aVeryLongValueIsCut() {
        log(Level.INFO, Log.Format.LOGFMT).info("event", "value", "x".repeat(100_000));
        assertTrue(text().length() < 700, "" + text().length());
    }

    @Test
    void whatIsBelowTheLevelIsNotWritten() {
        Log log = log(Level.WARN, Log.Format.LOGFMT);
        log.debug("a");
        log.info("b");
        assertEquals("", text());
        log.warn("c");
        log.error("d");
        assertEquals(2, text().lines().count());
        assertFalse(log.writes(Level.INFO));
    }

    @Test
    void linesOfManyThreadsDoNotMix() {
        Log log = log(Level.INFO, Log.Format.LOGFMT);
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 500; i++) {
                executor.submit(() -> log.info("event", "value", "x".repeat(300)));
            }
        }
        assertEquals(500, text().lines().filter(line -> line.matches("time=\\S+ level=INFO msg=event value=x{300}"))
                .count());
    }

    @Test
    void levelsAreNamedInLowerCase() {
        assertEquals(Optional.of(Level.DEBUG), Level.named("debug"));
        assertEquals(Optional.empty(), Level.named("DEBUG"));
        assertEquals(Optional.empty(), Level.named(""));
    }
}
