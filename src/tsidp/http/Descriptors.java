package tsidp.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tsidp.log.Log;

/// Watches the file descriptors of this process, as Linux reports them (proc(5)); elsewhere it does nothing. When none
/// is left, the JDK's HTTP server fails to accept, retries at once and logs nothing: one core is busy, and no request
/// is answered.
public final class Descriptors {

    /// Ours, in percent of the limit.
    private static final int NEARLY_ALL = 90;

    /// Ours: descriptors besides those of callers: the ledger, the JVM's files, the connections to tailscaled.
    private static final int OTHERS = 100;

    private static final Pattern LIMIT = Pattern.compile("(?m)^Max open files +([0-9]{1,9}) ");

    private final Path self;
    private final Log log;
    private final int limit;
    private boolean isWarned;

    /// @param self `/proc/self`
    public Descriptors(Path self, Log log) {
        this.self = self;
        this.log = log;
        this.limit = limit(self);
    }

    private static int limit(Path self) {
        try {
            Matcher limit = LIMIT.matcher(Files.readString(self.resolve("limits")));
            return limit.find() ? Integer.parseInt(limit.group(1)) : Integer.MAX_VALUE;
        } catch (IOException notLinux) {
            return Integer.MAX_VALUE;
        }
    }

    /// Warns if the limit is too low for so many listeners. One of plain HTTP counts for three: each connection is
    /// carried on.
    public void expect(int listeners) {
        int needed = listeners * HttpLimits.MAX_CONNECTIONS + OTHERS;
        if (limit < needed) {
            log.warn("the limit of open files is low: many connections can exhaust it", "limit", limit,
                    "needed", needed);
        }
    }

    /// Warns when nearly all are in use: once, until more are free again.
    public void look() {
        boolean isNearlyAll = limit < Integer.MAX_VALUE && used() >= limit / 100.0 * NEARLY_ALL;
        if (isNearlyAll && !isWarned) {
            log.warn("nearly all file descriptors are in use: new connections may get no answer", "limit", limit);
        }
        isWarned = isNearlyAll;
    }

    private long used() {
        try (Stream<Path> open = Files.list(self.resolve("fd"))) {
            return open.count();
        } catch (IOException | UncheckedIOException e) {
            // The limit could be read: then it is this directory for which there is no descriptor.
            return limit;
        }
    }
}
