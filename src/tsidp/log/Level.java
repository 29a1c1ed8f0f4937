package tsidp.log;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// How much an event matters: the values of `-log`, least first.
public enum Level {
    /// For whoever looks for a fault.
    DEBUG,
    /// What an operator wants to find later: log-ins, refusals, changes.
    INFO,
    /// Something to look at.
    WARN,
    /// Something does not work.
    ERROR;

    /// The level of that name as it stands on a command line, in lower case.
    public static Optional<Level> named(String name) {
        return Stream.of(values()).filter(level -> level.name().toLowerCase(Locale.ROOT).equals(name)).findFirst();
    }
}
