package tsidp.token;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import tsidp.json.JsonArray;
import tsidp.json.JsonString;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.protocol.Uris;
import tsidp.store.Codec;
import tsidp.store.Entries;
import tsidp.store.Entry;
import tsidp.store.ExpiringMap.Bound;
import tsidp.store.Kind;
import tsidp.store.Store;
import tsidp.store.StoreException;

/// Which person allowed which self-registered client to sign them in, and where the codes may go. Signing in needs no
/// click, so without consent a client that anybody registered could obtain a code through a link.
public final class Consents {

    /// Ours: how many consents are kept, and how many bytes of them as written, in total and for one person; beyond
    /// that the oldest are dropped. And how large a single one may grow. Every change may write all of them.
    private static final int CAPACITY = 5_000;
    private static final int CAPACITY_EACH = 200;
    private static final int MAX_BYTES = (2 << 20) - 64;
    private static final int MAX_BYTES_EACH = 128 << 10;
    private static final int MAX_GROWN_BYTES = 16 << 10;

    /// What a person allowed.
    ///
    /// @param subject of the person
    /// @param destination where the codes go, as given by `RedirectTarget`
    /// @param covers the scope values and resources that were asked about, these in their normal form
    public record Consent(String subject, String clientId, String destination, Set<String> covers) {

        public Consent {
            covers = covers.stream().map(Uris::normal).collect(Collectors.toUnmodifiableSet());
        }

        private String key() {
            return prefix(subject) + prefix(clientId) + destination;
        }

        private JsonValue written() {
            return JsonValue.of(List.of(String.join(" ", new TreeSet<>(covers))));
        }

        private static Consent read(String key, JsonValue written) {
            List<String> parts = List.of(key.split("\n", -1));
            if (parts.size() != 3 || !(written instanceof JsonArray(var values))
                    || !(values.getFirst() instanceof JsonString(String covered))) {
                throw new IllegalArgumentException("it has not four parts");
            }
            return new Consent(parts.get(0), parts.get(1), parts.get(2), Set.copyOf(List.of(covered.split(" "))));
        }

        /// As written, with the brackets, quotation marks and commas around its key.
        private int bytes() {
            return JsonWriter.writeBytes(JsonValue.of(key())).length + JsonWriter.writeBytes(written()).length + 6;
        }

        /// This consent, and what the other one covers, unless both together are too large.
        private Consent with(Consent other) {
            var united = new TreeSet<>(covers);
            united.addAll(other.covers);
            var both = new Consent(subject, clientId, destination, united);
            return both.bytes() > MAX_GROWN_BYTES ? this : both;
        }
    }

    private final Entries<Consent> consents;

    /// Reads the consents.
    ///
    /// @throws StoreException if they can't be read
    public Consents(Store store) {
        this.consents = store.open(new Kind<>("consents", new Codec<>(Consent::written, Consent::read),
                _ -> Instant.MAX, UnaryOperator.identity(), Consent::bytes,
                List.of(new Bound<>("consents of one person", Consent::subject, CAPACITY_EACH, MAX_BYTES_EACH),
                        new Bound<>("consents", _ -> "", CAPACITY, MAX_BYTES))));
    }

    private static String prefix(String part) {
        return part + "\n";
    }

    /// Whether that, or more, was allowed.
    public boolean has(Consent consent) {
        return consents.get(consent.key()).filter(given -> given.value().covers().containsAll(consent.covers()))
                .isPresent();
    }

    /// Whether a person allowed a client anything.
    public boolean has(String subject, String clientId) {
        return !consents.list(prefix(subject) + prefix(clientId)).isEmpty();
    }

    /// What a person allowed, latest last.
    public List<Consent> of(String subject) {
        return consents.list(prefix(subject)).stream().sorted(Comparator.comparingLong(Entry::revision))
                .map(Entry::value).toList();
    }

    /// Stores a consent, merged with what was allowed to the same client at the same destination, or replacing it if
    /// both together are too large. If there are too many, the oldest are dropped, those of the same person first.
    ///
    /// @throws StoreException if it can't be stored; then it does not hold
    public void allow(Consent consent) {
        consents.change(consent.key(), given -> Optional.of(given.map(consent::with).orElse(consent)));
    }

    /// Revokes the consents of the persons (by subject) to the clients (by id) that `which` accepts.
    ///
    /// @throws StoreException if that can't be stored; then they stay in effect
    void remove(BiPredicate<String, String> which) {
        consents.removeIf("", consent -> which.test(consent.value().subject(), consent.value().clientId()));
    }
}
