package tsidp.log;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/// Counts the recent log lines of each source, so that nobody can fill the disk with lines that anybody can cause.
/// Thread-safe.
final class LineLimit {

    /// Ours: enough to see what a source is doing.
    private static final int LINES = 20;
    private static final Duration WINDOW = Duration.ofSeconds(10);

    /// Ours: sources that are counted separately; all others count as one. So there are at most 202 lines a second.
    private static final int SOURCES = 100;
    private static final String REST = "others";

    private static final class Window {
        private final Instant start;
        private int lines;

        private Window(Instant start) {
            this.start = start;
        }
    }

    /// In the order in which they began.
    private final Map<String, Window> windows = new LinkedHashMap<>();
    private final InstantSource clock;

    LineLimit(InstantSource clock) {
        this.clock = clock;
    }

    /// Counts a line, and returns whether it may be written.
    synchronized boolean admits(String source) {
        String counted = windows.size() < SOURCES || windows.containsKey(source) ? source : REST;
        Window window = windows.computeIfAbsent(counted, _ -> new Window(clock.instant()));
        window.lines++;
        return window.lines <= LINES;
    }

    /// Removes the windows that are over; returns how many lines each source was refused in them, if any.
    synchronized Map<String, Integer> ended() {
        var leftOut = new LinkedHashMap<String, Integer>();
        while (!windows.isEmpty() && isOver(windows.values().iterator().next())) {
            String source = windows.keySet().iterator().next();
            int lines = windows.remove(source).lines;
            if (lines > LINES) {
                leftOut.put(source, lines - LINES);
            }
        }
        return leftOut;
    }

    /// Also if the clock went back: a window must never be too long.
    private boolean isOver(Window window) {
        Instant now = clock.instant();
        return now.isBefore(window.start) || !now.isBefore(window.start.plus(WINDOW));
    }
}
