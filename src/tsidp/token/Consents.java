package tsidp.token;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tsidp.json.JsonArray;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.protocol.Uris;
import tsidp.store.StateDirectory;
import tsidp.store.StoreException;

/// Which person allowed which self-registered client to sign them in, and where the codes may go. Signing in needs no
/// click, so without consent a client that anybody registered could obtain a code through a link.
public final class Consents {

    private static final String FILE = "tsidp-consents.json";

    /// Ours: how many consents are kept, and how many bytes of them as written, in total and for one person; beyond
    /// that the oldest are dropped. And how large a single one may grow. Every change writes the whole file.
    private static final int CAPACITY = 5_000;
    private static final int CAPACITY_EACH = 200;
    private static final int MAX_BYTES = 2 << 20;
    private static final int MAX_BYTES_EACH = 128 << 10;
    private static final int MAX_GROWN_BYTES = 16 << 10;

    /// What surrounds the consents in the file, rounded up.
    private static final int FRAME_BYTES = 64;

    /// What a person allowed.
    ///
    /// @param subject of the person
    /// @param destination where the codes go, as given by `RedirectTarget`
    /// @param covers the scope values and resources that were asked about, these in their normal form
    public record Consent(String subject, String clientId, String destination, Set<String> covers) {

        public Consent {
            covers = covers.stream().map(Uris::normal).collect(Collectors.toUnmodifiableSet());
        }

        JsonValue toJson() {
            return JsonValue.of(List.of(subject, clientId, destination, String.join(" ", new TreeSet<>(covers))));
        }

        /// As written, with its comma.
        private int bytes() {
            return JsonWriter.writeBytes(toJson()).length + 1;
        }

        private boolean isAboutTheSame(Consent other) {
            return subject.equals(other.subject) && clientId.equals(other.clientId)
                    && destination.equals(other.destination);
        }
    }

    private final StateDirectory directory;
    private final Consumer<String> warnings;
    private final Set<String> reached = new HashSet<>();
    private volatile Set<Consent> consents;

    private Consents(StateDirectory directory, Set<Consent> consents, Consumer<String> warnings) {
        this.directory = directory;
        this.consents = consents;
        this.warnings = warnings;
    }

    /// Reads the file; without a file there are no consents. `warnings` receives a sentence before a limit drops
    /// consents for the first time.
    ///
    /// @throws StoreException if it is not a file of consents
    public static Consents load(StateDirectory directory, Consumer<String> warnings) throws StoreException {
        JsonObject file = directory.readObject(FILE, MAX_BYTES, "a file of consents").orElse(JsonObject.EMPTY);
        var consents = new LinkedHashSet<Consent>();
        for (JsonValue value : file.array("consents").map(JsonArray::values).orElse(List.of())) {
            List<String> parts = new JsonObject(Map.of("parts", value)).strings("parts").orElse(List.of());
            if (parts.size() != 4) {
                throw new StoreException(directory.path(FILE) + " has an entry that can't be read");
            }
            consents.add(new Consent(parts.get(0), parts.get(1), parts.get(2),
                    Set.copyOf(List.of(parts.get(3).split(" ")))));
        }
        return new Consents(directory, consents, warnings);
    }

    /// Whether that, or more, was allowed.
    public boolean has(Consent consent) {
        return consents.stream()
                .anyMatch(given -> given.isAboutTheSame(consent) && given.covers().containsAll(consent.covers()));
    }

    /// Whether a person allowed a client anything.
    public boolean has(String subject, String clientId) {
        return consents.stream()
                .anyMatch(given -> given.subject().equals(subject) && given.clientId().equals(clientId));
    }

    /// What a person allowed, latest last.
    public List<Consent> of(String subject) {
        return consents.stream().filter(consent -> consent.subject().equals(subject)).toList();
    }

    /// Stores a consent, merged with what was allowed to the same client at the same destination, or replacing it if
    /// both together are too large. If there are too many, the oldest are dropped, those of the same person first.
    ///
    /// @throws StoreException if it can't be stored; then it does not hold
    public synchronized void allow(Consent consent) throws StoreException {
        var changed = new LinkedHashSet<>(consents);
        var covers = new TreeSet<>(consent.covers());
        changed.stream().filter(consent::isAboutTheSame).forEach(given -> covers.addAll(given.covers()));
        changed.removeIf(consent::isAboutTheSame);
        var united = new Consent(consent.subject(), consent.clientId(), consent.destination(), covers);
        changed.add(united.bytes() > MAX_GROWN_BYTES ? consent : united);
        dropOldest(changed, "consents of one person", given -> given.subject().equals(consent.subject()),
                CAPACITY_EACH, MAX_BYTES_EACH);
        dropOldest(changed, "consents", _ -> true, CAPACITY, MAX_BYTES - FRAME_BYTES);
        store(changed);
    }

    private void dropOldest(Set<Consent> changed, String what, Predicate<Consent> share, int maxCount, int maxBytes) {
        var own = new ArrayDeque<>(changed.stream().filter(share).toList());
        int bytes = own.stream().mapToInt(Consent::bytes).sum();
        while (own.size() > maxCount || bytes > maxBytes) {
            if (reached.add(what)) {
                warnings.accept("the limit of " + what + " is reached (" + maxCount + ", or " + maxBytes / 1024
                        + " KiB): the oldest are dropped");
            }
            Consent oldest = own.removeFirst();
            bytes -= oldest.bytes();
            changed.remove(oldest);
        }
    }

    /// Revokes the consents of the persons (by subject) to the clients (by id) that `which` accepts.
    ///
    /// @throws StoreException if that can't be stored; then they stay in effect
    synchronized void remove(BiPredicate<String, String> which) throws StoreException {
        var changed = new LinkedHashSet<>(consents);
        if (changed.removeIf(consent -> which.test(consent.subject(), consent.clientId()))) {
            store(changed);
        }
    }

    private void store(Set<Consent> changed) throws StoreException {
        List<JsonValue> values = changed.stream().map(Consent::toJson).toList();
        directory.write(FILE, JsonObject.EMPTY.with("consents", JsonValue.array(values)), MAX_BYTES);
        consents = changed;
    }
}
