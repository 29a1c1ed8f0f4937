package tsidp.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// A main class for a process whose files may not grow (`ulimit -S -f`), which is how a full disk looks from inside.
/// It lifts its limit itself, with `prlimit`.
final class LimitedDisk {

    private static final JsonObject HEADER = JsonObject.EMPTY.with("format", JsonValue.of("test"));

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
        List<JsonObject> live = Collections.synchronizedList(new ArrayList<>());
        try (var directory = StateDirectory.open(path);
                var ledger = Ledger.open(directory, "ledger", HEADER, live::add)) {
            ledger.start(() -> List.copyOf(live).stream());
            int failures = 0;
            for (int i = 0; failures < 3; i++) {
                JsonObject record = JsonObject.EMPTY.with("n", JsonValue.of(i))
                        .with("text", JsonValue.of("x".repeat(1000)));
                live.add(record);
                failures += fails(ledger, record) ? 1 : 0;
            }
            System.out.println("failed: " + failures);
            lift();
            JsonObject last = JsonObject.EMPTY.with("n", JsonValue.of(-1));
            live.add(last);
            System.out.println("then fails: " + fails(ledger, last));
        }
        List<JsonObject> read = new ArrayList<>();
        try (var directory = StateDirectory.open(path);
                var ledger = Ledger.open(directory, "ledger", HEADER, read::add)) {
            System.out.println("torn: " + ledger.tornBytes());
        }
        System.out.println("all there: " + read.stream().map(Object::toString).collect(Collectors.toSet())
                .equals(live.stream().map(Object::toString).collect(Collectors.toSet())));
    }

    private static boolean fails(Ledger ledger, JsonObject record) {
        try {
            ledger.append(record).await();
            return false;
        } catch (StoreException e) {
            if (!e.getMessage().endsWith("ledger can't be written: File too large")) {
                throw new IllegalStateException(e);
            }
            return true;
        }
    }

    private static void lift() throws Exception {
        int status = new ProcessBuilder("prlimit", "--pid", "" + ProcessHandle.current().pid(),
                "--fsize=unlimited:unlimited").inheritIO().start().waitFor();
        if (status != 0) {
            throw new IllegalStateException("prlimit ended with " + status);
        }
    }
}
