package tsidp.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
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
        "back\\slash", "", "\u001b[31mred", "\0", "\u2028", "\u009b31m", "\u202e", "\u20ac", "a\ud800b", "=", " "})
    void noValueForgesALineOrAField(String value) {
        log(Level.INFO, Log.Format.LOGFMT).info("event", "value", value);
        assertEquals(1, text().chars().filter(c -> c == '\n').count());
        assertTrue(text().matches("(?s)time=[^ ]+ level=INFO msg=event value="
                + "\"[^\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]*\"\n"), text());
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
    void aSourcesLinesAreLimitedAndTheRestIsCounted() {
        Log log = log(Level.INFO, Log.Format.LOGFMT);
        for (int i = 0; i < 1000; i++) {
            log.stranger("100.64.0.5", "refused", "n", i);
        }
        log.stranger("100.64.0.6", "refused");
        assertEquals(20, count("msg=refused from=100.64.0.5 n="));
        assertEquals(1, count("msg=refused from=100.64.0.6"));
        clock.pass(Duration.ofSeconds(9));
        log.sweep();
        assertEquals(0, count("lines left out"));
        clock.pass(Duration.ofSeconds(1));
        log.sweep();
        assertEquals(1, count("msg=\"lines left out\" source=100.64.0.5 count=980\n"));
        assertEquals(1, count("lines left out"));
        log.stranger("100.64.0.5", "refused", "n", "again");
        assertEquals(1, count("n=again"));
    }

    @Test
    void manySourcesAreCountedAsOne() {
        Log log = log(Level.INFO, Log.Format.LOGFMT);
        for (int i = 0; i < 1000; i++) {
            log.stranger("source-" + i, "refused");
        }
        assertEquals(120, count("msg=refused"));
        clock.pass(Duration.ofSeconds(-3600));
        log.stranger("source-999", "refused");
        assertEquals(121, count("msg=refused"));
        assertEquals(1, count("source=others count=880\n"));
    }

    @Test
    void theSameFaultIsLimitedToo() {
        var faults = log(Level.INFO, Log.Format.LOGFMT).faults("grant");
        for (int i = 0; i < 1000; i++) {
            faults.accept("malformed");
        }
        faults.accept("unknown");
        assertEquals(20, count("level=WARN msg=grant fault=malformed"));
        assertEquals(1, count("fault=unknown"));
    }

    private int count(String part) {
        return text().split(Pattern.quote(part), -1).length - 1;
    }

    @Test
    void levelsAreNamedInLowerCase() {
        assertEquals(Optional.of(Level.DEBUG), Level.named("debug"));
        assertEquals(Optional.empty(), Level.named("DEBUG"));
        assertEquals(Optional.empty(), Level.named(""));
    }
}
