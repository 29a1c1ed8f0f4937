package tsidp.store;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import tsidp.store.ExpiringMap.Bound;

/// The heap, of which each collection may take a part, and who is told when that is not enough.
///
/// @param bytes of heap
/// @param warnings takes sentences for the operator
public record Budget(long bytes, Consumer<String> warnings) {

    /// Ours: one person, and one client, may take these eighths of a collection. Many tailnets have but one client.
    private static final int PERSON_EIGHTHS = 1;
    private static final int CLIENT_EIGHTHS = 7;

    /// The heap of this process.
    public static Budget ofHeap(Consumer<String> warnings) {
        return new Budget(Runtime.getRuntime().maxMemory(), warnings);
    }

    /// The bounds of a collection: of what one person has, of what one client has, and of all.
    ///
    /// @param name of the entries, for the log
    /// @param part of the heap that they may take: 4 for a quarter
    /// @param countEach how many entries one person may have
    /// @param count how many entries there may be
    public <V> List<Bound<V>> bounds(String name, int part, int countEach, int count, Function<V, String> person,
            Function<V, String> client) {
        long eighth = bytes / part / 8;
        return List.of(new Bound<>(name + " of one person", person, countEach, PERSON_EIGHTHS * eighth),
                new Bound<>(name + " of one client", client, count, CLIENT_EIGHTHS * eighth),
                new Bound<>(name, _ -> "", count, 8 * eighth));
    }
}
