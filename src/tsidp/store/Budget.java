package tsidp.store;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import tsidp.store.ExpiringMap.Bound;

/// The heap, divided among collections, and where to report that it is not enough.
///
/// @param bytes of heap
/// @param warnings receives sentences for the operator
public record Budget(long bytes, Consumer<String> warnings) {

    /// Ours: how many eighths of a collection one person, or one client, may take. Many tailnets have only one client.
    private static final int PERSON_EIGHTHS = 1;
    private static final int CLIENT_EIGHTHS = 7;

    /// The heap of this process.
    public static Budget ofHeap(Consumer<String> warnings) {
        return new Budget(Runtime.getRuntime().maxMemory(), warnings);
    }

    /// The bounds of a collection: for one person, for one client, and in total.
    ///
    /// @param name of the entries, for the log
    /// @param part the part of the heap that they may take: 4 for a quarter
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
