package tsidp.log;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/// How many lines each source has caused lately, so that nobody fills the disk with lines that anybody can cause. Safe
/// for several threads.
final class LineLimit {

    /// Ours: enough to see what somebody does.
    private static final int LINES = 20;
    private static final Duration WINDOW = Duration.ofSeconds(10);

    /// Ours: sources that are counted each; the rest counts as one. So there are 202 lines a second at the most.
    private static final int SOURCES = 100;
    private static final String REST = "others";

    private static final class Window {
        private final Instant start;
        private int lines;

        private Window(Instant start) {
            this.start = start;
        }
    }

    /// First begun, first.
    private final Map<String, Window> windows = new LinkedHashMap<>();
    private final InstantSource clock;

    LineLimit(InstantSource clock) {
        this.clock = clock;
    }

    /// Counts a line, and tells whether it may be written.
    synchronized boolean admits(String source) {
        String counted = windows.size() < SOURCES || windows.containsKey(source) ? source : REST;
        Window window = windows.computeIfAbsent(counted, _ -> new Window(clock.instant()));
        window.lines++;
        return window.lines <= LINES;
    }

    /// Forgets the windows that are over; answers how many lines each source was refused in them, if any.
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

    /// Also when the clock went back: a window is never longer than it should be.
    private boolean isOver(Window window) {
        Instant now = clock.instant();
        return now.isBefore(window.start) || !now.isBefore(window.start.plus(WINDOW));
    }
}
