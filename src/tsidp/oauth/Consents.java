package tsidp.oauth;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import tsidp.json.JsonArray;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.store.StateDirectory;
import tsidp.store.StoreException;

/// Which person allowed which client that registered itself to sign them in, and to where. A log-in is silent, so
/// without this a client that anybody registered could take a code by a link.
public final class Consents {

    private static final String FILE = "tsidp-consents.json";
    private static final int MAX_BYTES = 16 << 20;

    /// Ours: the oldest give way.
    private static final int CAPACITY = 5_000;
    private static final int CAPACITY_EACH = 200;

    /// What a person allowed.
    ///
    /// @param subject of the person
    /// @param destination where the codes go, as `RedirectTarget` says
    /// @param covers the scope values and resources that were asked about
    public record Consent(String subject, String clientId, String destination, Set<String> covers) {

        JsonValue toJson() {
            return JsonValue.of(List.of(subject, clientId, destination, String.join(" ", new TreeSet<>(covers))));
        }

        private boolean isAboutTheSame(Consent other) {
            return subject.equals(other.subject) && clientId.equals(other.clientId)
                    && destination.equals(other.destination);
        }
    }

    private final StateDirectory directory;
    private Set<Consent> consents;

    private Consents(StateDirectory directory, Set<Consent> consents) {
        this.directory = directory;
        this.consents = consents;
    }

    /// Reads the file; no file is no consents.
    ///
    /// @throws StoreException if it is not such a file
    public static Consents load(StateDirectory directory) throws StoreException {
        JsonObject file = directory.readObject(FILE, MAX_BYTES, "a file of consents").orElse(JsonObject.EMPTY);
        var consents = new LinkedHashSet<Consent>();
        for (JsonValue value : file.array("consents").map(JsonArray::values).orElse(List.of())) {
            List<String> parts = new JsonObject(Map.of("parts", value)).strings("parts").orElse(List.of());
            if (parts.size() != 4) {
                throw new StoreException(directory.path(FILE) + " has an entry that can't be read");
            }
            consents.add(new Consent(parts.get(0), parts.get(1), parts.get(2), Set.of(parts.get(3).split(" "))));
        }
        return new Consents(directory, consents);
    }

    /// Whether that, or more, was allowed.
    public synchronized boolean has(Consent consent) {
        return consents.stream()
                .anyMatch(given -> given.isAboutTheSame(consent) && given.covers().containsAll(consent.covers()));
    }

    /// What a person allowed, latest last.
    public synchronized List<Consent> of(String subject) {
        return consents.stream().filter(consent -> consent.subject().equals(subject)).toList();
    }

    /// Remembers a consent, in place of what was allowed to the same client at the same place. A person's oldest gives
    /// way to their own.
    ///
    /// @throws StoreException if it can't be stored; then it does not hold
    public synchronized void allow(Consent consent) throws StoreException {
        var changed = new LinkedHashSet<>(consents);
        var covers = new TreeSet<>(consent.covers());
        changed.stream().filter(consent::isAboutTheSame).forEach(given -> covers.addAll(given.covers()));
        changed.removeIf(consent::isAboutTheSame);
        changed.add(new Consent(consent.subject(), consent.clientId(), consent.destination(), covers));
        List<Consent> own = changed.stream().filter(given -> given.subject().equals(consent.subject())).toList();
        if (own.size() > CAPACITY_EACH) {
            changed.remove(own.getFirst());
        } else if (changed.size() > CAPACITY) {
            changed.removeFirst();
        }
        store(changed);
    }

    /// Takes back the consents of the persons (by subject) to the clients (by id) that `which` accepts.
    ///
    /// @throws StoreException if that can't be stored; then they hold
    synchronized void remove(BiPredicate<String, String> which) throws StoreException {
        var changed = new LinkedHashSet<>(consents);
        if (changed.removeIf(consent -> which.test(consent.subject(), consent.clientId()))) {
            store(changed);
        }
    }

    private void store(Set<Consent> changed) throws StoreException {
        List<JsonValue> values = changed.stream().map(Consent::toJson).toList();
        directory.write(FILE, JsonObject.EMPTY.with("consents", JsonValue.array(values)));
        consents = changed;
    }
}
