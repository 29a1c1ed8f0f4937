package tsidp.log;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// How important an event is: the values of `-log`, least important first.
public enum Level {
    /// For troubleshooting.
    DEBUG,
    /// What an operator may look for later: sign-ins, refusals, changes.
    INFO,
    /// Something that needs attention.
    WARN,
    /// Something does not work.
    ERROR;

    /// The level with this name, in lower case, as on a command line.
    public static Optional<Level> named(String name) {
        return Stream.of(values()).filter(level -> level.name().toLowerCase(Locale.ROOT).equals(name)).findFirst();
    }
}
