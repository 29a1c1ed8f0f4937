package tsidp.store;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// The store of one server: the files of its state directory, which are the Go tsidp's where that has them, a ledger
/// for what changes all the time, and memory for what need not survive a restart.
public final class LocalStore implements Store, AutoCloseable {

    /// The kind of entries that is in the ledger, and its file.
    private static final String LOGGED = "sign-ins";
    private static final String LEDGER = "tsidp-grants.log";
    private static final JsonObject HEADER =
            JsonObject.EMPTY.with("format", JsonValue.of("tsidp grants")).with("version", JsonValue.of(1));

    private final StateDirectory directory;
    private final SteadyClock clock;
    private final Consumer<String> warnings;
    private final List<HeapEntries<?>> heap = new CopyOnWriteArrayList<>();
    private Ledger ledger;

    /// A store in a directory that is open. It is closed by its owner, after the store.
    ///
    /// @param warnings receives each sentence about a limit once
    public LocalStore(StateDirectory directory, SteadyClock clock, Consumer<String> warnings) {
        this.directory = directory;
        this.clock = clock;
        Set<String> told = ConcurrentHashMap.newKeySet();
        this.warnings = warning -> {
            if (told.add(warning)) {
                warnings.accept(warning);
            }
        };
    }

    /// The names of the files that the Go tsidp has too, or had.
    public static List<String> filesOfGo() {
        return StateFile.ALL.values().stream()
                .flatMap(file -> Stream.concat(Stream.of(file.name()), file.olderNames().stream()))
                .filter(name -> !name.startsWith("tsidp-")).sorted().toList();
    }

    @Override
    public <V> Entries<V> open(Kind<V> kind) {
        StateFile file = StateFile.ALL.get(kind.name());
        if (file != null) {
            return new FileEntries<>(directory, file, kind, warnings);
        }
        boolean isLogged = kind.name().equals(LOGGED);
        var entries = new HeapEntries<>(this, kind, isLogged, clock, warnings);
        heap.add(entries);
        if (isLogged) {
            openLedger(entries);
        }
        return entries;
    }

    private void openLedger(HeapEntries<?> entries) {
        var hasDropped = new AtomicBoolean();
        ledger = Ledger.open(directory, LEDGER, HEADER, record -> {
            try {
                if (entries.replay(record)) {
                    hasDropped.set(true);
                }
            } catch (IllegalArgumentException e) {
                throw new StoreException(directory.path(LEDGER) + " has records of another version of tsidp: run that"
                        + " one, or move the file away (then everybody signs in again)");
            }
        });
        entries.expire();
        ledger.start(this, entries::records);
        if (hasDropped.get()) {
            ledger.rewrite();
        }
    }

    synchronized Optional<Receipt> commit(List<Change<?>> changes) {
        if (!changes.stream().allMatch(HeapEntries::holds)) {
            return Optional.empty();
        }
        List<HeapEntries.Applied> applied = changes.stream().map(HeapEntries::apply).toList();
        List<JsonObject> records = applied.stream().flatMap(of -> of.records().stream()).toList();
        return Optional.of(records.isEmpty() && !changes.isEmpty() || ledger == null ? Receipt.DURABLE
                : ledger.append(records, () -> undo(applied)));
    }

    /// All or nothing: if one of them was removed in the meantime, what it depended on is not restored.
    private static void undo(List<HeapEntries.Applied> applied) {
        if (applied.stream().allMatch(of -> of.stands().getAsBoolean())) {
            applied.reversed().forEach(of -> of.undo().run());
        }
    }

    /// Removes what has expired, and retries writes that failed: the disk may have space again.
    public void expire() {
        directory.retry();
        synchronized (this) {
            heap.forEach(HeapEntries::expire);
            if (ledger != null && !ledger.fault().isEmpty()) {
                ledger.append(List.of(), () -> { });
            }
        }
    }

    /// The wall clock has jumped: what is on the disk gets the new times.
    public void followClock() {
        ledger.rewrite();
    }

    /// Why changes can't be stored at the moment, as a sentence; empty if they can.
    public String fault() {
        return Stream.of(ledger.fault(), directory.fault()).filter(fault -> !fault.isEmpty()).findFirst().orElse("");
    }

    /// The size in bytes of an incomplete record that the last process left.
    public long tornBytes() {
        return ledger.tornBytes();
    }

    /// Writes what is waiting.
    @Override
    public void close() {
        if (ledger != null) {
            ledger.close();
        }
    }
}
