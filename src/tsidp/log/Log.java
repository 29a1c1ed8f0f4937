package tsidp.log;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;

/// Writes events, each as one line in one write, so that lines from several threads never mix. A value with characters
/// other than plain ones is written as a JSON string: no name can forge a second line.
public final class Log {

    /// How a line is written: the values of `-log-format`.
    public enum Format {
        /// `key=value` pairs, as Go's slog writes them.
        LOGFMT,
        /// One JSON object per line.
        JSON
    }

    /// Ours: a longer value is not more useful, and a hostile one may be as long as a request.
    private static final int MAX_VALUE_LENGTH = 512;

    private final PrintStream out;
    private final Level least;
    private final Format format;
    private final InstantSource clock;
    private final LineLimit limit;

    /// A log of the events of this level and above.
    public Log(OutputStream out, Level least, Format format, InstantSource clock) {
        this.out = new PrintStream(out, false, StandardCharsets.UTF_8);
        this.least = least;
        this.format = format;
        this.clock = clock;
        this.limit = new LineLimit(clock);
    }

    /// Whether events of this level are written.
    public boolean writes(Level level) {
        return level.compareTo(least) >= 0;
    }

    /// An event for troubleshooting; fields are alternating names and values.
    public void debug(String event, Object... fields) {
        write(Level.DEBUG, event, fields);
    }

    /// An event that an operator may look for later; fields are alternating names and values.
    public void info(String event, Object... fields) {
        write(Level.INFO, event, fields);
    }

    /// Something that needs attention; fields are alternating names and values.
    public void warn(String event, Object... fields) {
        write(Level.WARN, event, fields);
    }

    /// Something that does not work; fields are alternating names and values.
    public void error(String event, Object... fields) {
        write(Level.ERROR, event, fields);
    }

    /// Logs sentences as warnings, each as an event with this name. The same sentence is written no more often than the
    /// events of one stranger.
    public Consumer<String> faults(String event) {
        return sentence -> limited(Level.WARN, sentence, event, "fault", sentence);
    }

    /// An event that anybody can cause, from an address. After many from one address, no more are written for a while,
    /// and then the number that was left out.
    public void stranger(String address, String event, Object... fields) {
        var all = new ArrayList<Object>(List.of("from", address));
        all.addAll(Arrays.asList(fields));
        limited(Level.INFO, address, event, all.toArray());
    }

    private void limited(Level level, String source, String event, Object... fields) {
        sweep();
        if (limit.admits(source)) {
            write(level, event, fields);
        }
    }

    /// Logs how many lines were left out, including those of sources that have gone silent. Must be called regularly.
    public void sweep() {
        limit.ended().forEach((source, count) -> warn("lines left out", "source", source, "count", count));
    }

    private void write(Level level, String event, Object... fields) {
        if (!writes(level)) {
            return;
        }
        var values = new LinkedHashMap<String, String>();
        values.put("time", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        values.put("level", level.name());
        values.put("msg", event);
        for (int i = 0; i < fields.length; i += 2) {
            values.put(String.valueOf(fields[i]), shortened(String.valueOf(fields[i + 1])));
        }
        byte[] line = (format == Format.JSON ? json(values) : logfmt(values)).getBytes(StandardCharsets.UTF_8);
        synchronized (out) {
            out.write(line, 0, line.length);
            out.flush();
        }
    }

    private static String json(Map<String, String> values) {
        var members = new LinkedHashMap<String, JsonValue>();
        values.forEach((name, value) -> members.put(name, text(value)));
        return JsonWriter.write(new JsonObject(members)) + "\n";
    }

    private static String logfmt(Map<String, String> values) {
        var line = new StringBuilder(160);
        values.forEach((name, value) -> {
            line.append(line.isEmpty() ? "" : " ").append(name).append('=');
            line.append(isPlain(value) ? value : JsonWriter.write(text(value)));
        });
        return line.append('\n').toString();
    }

    private static JsonValue text(String value) {
        // An unpaired surrogate becomes a question mark: a log line must not fail.
        return JsonValue.of(new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    }

    private static boolean isPlain(String value) {
        return !value.isEmpty()
                && value.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\');
    }

    private static String shortened(String value) {
        return value.length() <= MAX_VALUE_LENGTH ? value : value.substring(0, MAX_VALUE_LENGTH) + "…";
    }
}
