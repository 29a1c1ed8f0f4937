package tsidp.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// A main class for a process whose files may not grow (`ulimit -S -f`), which looks like a full disk to it. It lifts
/// its limit itself, with `prlimit`.
final class LimitedDisk {

    private static final JsonObject HEADER = JsonObject.EMPTY.with("format", JsonValue.of("test"));

    /// Of the last three records, those that failed and those that were undone; the latest first.
    private static final List<JsonObject> FAILED = new ArrayList<>();
    private static final List<JsonObject> UNDONE = new ArrayList<>();

    private LimitedDisk() {
    }

    public static void main(String[] arguments) throws Exception {
        Path path = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "replace" -> replace(path);
            case "ledger" -> ledger(path);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void replace(Path path) throws Exception {
        Files.writeString(path.resolve("file"), "old\n");
        try (var directory = StateDirectory.open(path)) {
            try {
                directory.write("file", new byte[100_000]);
            } catch (StoreException e) {
                System.out.println(e.getMessage());
            }
            System.out.print(Files.readString(path.resolve("file")));
        }
    }

    private static void ledger(Path path) throws Exception {
        List<JsonObject> live = new ArrayList<>();
        try (var directory = StateDirectory.open(path);
                var ledger = Ledger.open(directory, "ledger", HEADER, live::add)) {
            ledger.start(live, () -> List.copyOf(live).stream());
            tellFault(ledger, path);
            for (int round = 0; ledger.fault().isEmpty(); round++) {
                three(ledger, live, round);
            }
            tellWhatFailed(ledger, live, path);
            // The first failure was of an append, this one is of a rewrite.
            three(ledger, live, -1);
            tellWhatFailed(ledger, live, path);
            lift();
            ledger.append(List.of(), () -> { }).await();
            tellFault(ledger, path);
            three(ledger, live, -2);
        }
        List<JsonObject> read = new ArrayList<>();
        try (var directory = StateDirectory.open(path);
                var ledger = Ledger.open(directory, "ledger", HEADER, read::add)) {
            System.out.println("torn: " + ledger.tornBytes());
        }
        System.out.println("all there: " + (read.equals(live) && read.getLast().equals(record(-2, 2))));
    }

    /// Appends three records at once: none can be undone before all are in the queue.
    private static void three(Ledger ledger, List<JsonObject> live, int round) {
        FAILED.clear();
        UNDONE.clear();
        var receipts = new ArrayList<Receipt>();
        synchronized (live) {
            for (int i = 0; i < 3; i++) {
                JsonObject record = record(round, i);
                live.add(record);
                receipts.add(ledger.append(List.of(record), () -> {
                    live.remove(record);
                    UNDONE.add(record);
                }));
            }
        }
        for (int i = 0; i < 3; i++) {
            try {
                receipts.get(i).await();
            } catch (StoreException e) {
                FAILED.addFirst(record(round, i));
            }
        }
    }

    private static JsonObject record(int round, int i) {
        return JsonObject.EMPTY.with("round", JsonValue.of(round)).with("i", JsonValue.of(i))
                .with("text", JsonValue.of("x".repeat(1000)));
    }

    private static void tellWhatFailed(Ledger ledger, List<JsonObject> live, Path path) throws Exception {
        System.out.println("those behind a failure fail too, and are undone, the latest first: "
                + (!FAILED.isEmpty() && FAILED.equals(UNDONE)));
        String file = Files.readString(path.resolve("ledger"));
        System.out.println("the file has what was acknowledged: " + (file.endsWith("}\n")
                && file.lines().count() == 1 + live.size()));
        tellFault(ledger, path);
    }

    private static void tellFault(Ledger ledger, Path path) {
        System.out.println("fault: <" + ledger.fault().replace(path + "/", "") + ">");
    }

    private static void lift() throws Exception {
        int status = new ProcessBuilder("prlimit", "--pid", "" + ProcessHandle.current().pid(),
                "--fsize=unlimited:unlimited").inheritIO().start().waitFor();
        if (status != 0) {
            throw new IllegalStateException("prlimit ended with " + status);
        }
    }
}
