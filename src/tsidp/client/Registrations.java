package tsidp.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.person.Registrar;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;

/// What we know about self-registered clients besides their metadata: who allowed it, on which device, its registration
/// access token, whether it was ever used. In a separate file, since the Go tsidp drops unknown members; a client that
/// the Go tsidp registered has no entry here and is treated as used.
public final class Registrations {

    private static final String FILE = "tsidp-registrations.json";

    /// Ours: `MAX_ALL` registrations take about 150 KB.
    private static final int MAX_BYTES = 1 << 20;

    /// Ours: how many clients may be registered: in total, by one person, and unused with the same name and redirect
    /// URIs.
    private static final int MAX_ALL = 500;
    private static final int MAX_EACH = 50;
    private static final int MAX_ALIKE = 5;

    /// Ours: a client that is not used within this time is removed.
    private static final Duration UNUSED = Duration.ofDays(30);

    /// Ours: how long after the start nothing is removed.
    private static final Duration SETTLED = Duration.ofHours(1);

    private static final int TOKEN_BYTES = 32;

    /// A client that has just registered.
    ///
    /// @param token the registration access token (RFC 7592 §3), returned only once
    public record Registered(Client client, String token) {

        /// Without the token, which a record's default text would contain.
        @Override
        public String toString() {
            return "Registered[" + client.id() + "]";
        }
    }

    /// @param hosts what URLs called the device, as whois identified it; empty in files of earlier versions
    private record Registration(String tokenHash, String registrar, List<String> hosts, Instant registered,
            boolean used) {

        JsonObject toJson() {
            return JsonObject.EMPTY.with("token", JsonValue.of(tokenHash)).with("by", JsonValue.of(registrar))
                    .with("hosts", JsonValue.of(hosts)).with("at", JsonValue.of(registered.getEpochSecond()))
                    .with("used", JsonValue.of(used));
        }
    }

    private final StateDirectory directory;
    private final Clients clients;
    private final Secrets secrets;
    private final SteadyClock clock;
    private Instant settling;
    private Map<String, Registration> byId;

    private Registrations(StateDirectory directory, Clients clients, Secrets secrets, SteadyClock clock,
            Map<String, Registration> byId) {
        this.directory = directory;
        this.clients = clients;
        this.secrets = secrets;
        this.clock = clock;
        this.settling = clock.instant();
        this.byId = byId;
    }

    /// Reads the file; without a file there are no registrations.
    ///
    /// @throws StoreException if it is not a file of registrations
    public static Registrations load(StateDirectory directory, Clients clients, Secrets secrets, SteadyClock clock)
            throws StoreException {
        var byId = new LinkedHashMap<String, Registration>();
        JsonObject file = directory.readObject(FILE, MAX_BYTES, "a file of registrations").orElse(JsonObject.EMPTY);
        for (var member : file.members().entrySet()) {
            if (!(member.getValue() instanceof JsonObject json) || json.string("token").isEmpty()
                    || json.string("by").isEmpty() || json.integer("at").isEmpty()) {
                throw new StoreException(directory.path(FILE) + " has an entry that can't be read");
            }
            byId.put(member.getKey(), new Registration(json.string("token").get(),
                    json.string("by").get(), json.strings("hosts").orElse(List.of()),
                    Instant.ofEpochSecond(json.integer("at").getAsLong()), json.isTrue("used")));
        }
        return new Registrations(directory, clients, secrets, clock, byId);
    }

    /// Registers a client for a person. It replaces the oldest of too many unused clients that are alike.
    ///
    /// @throws Refusal (access_denied) if there are too many
    /// @throws StoreException if it can't be stored
    public synchronized Registered register(Registrar registrar, ClientMetadata said) throws Refusal, StoreException {
        String subject = registrar.person().subject();
        List<String> alike = byId.keySet().stream().filter(id -> !byId.get(id).used()
                && byId.get(id).registrar().equals(subject) && isAlike(id, said)).toList();
        if (alike.size() >= MAX_ALIKE) {
            // Its registration stays until `expire` finds that the client is gone, and ends what depends on it.
            clients.remove(alike.getFirst());
        }
        List<String> all = byId.keySet().stream().filter(id -> clients.find(id).isPresent()).toList();
        long own = all.stream().filter(id -> byId.get(id).registrar().equals(subject)).count();
        if (all.size() >= MAX_ALL || own >= MAX_EACH) {
            throw new Refusal(OAuthError.ACCESS_DENIED, "too many clients are registered: an administrator must"
                    + " remove some", own + " by " + registrar.person().loginName() + ", " + all.size() + " in all");
        }
        String token = secrets.base64Url(TOKEN_BYTES);
        Client client = clients.prepare(said);
        // In this order: a registration without a client is forgotten, a client without one would belong to nobody.
        put(client.id(), new Registration(Secrets.sha256(token), subject, registrar.person().hosts(),
                clock.toWall(clock.instant()), false));
        clients.put(client);
        return new Registered(client, token);
    }

    private boolean isAlike(String id, ClientMetadata said) {
        return clients.find(id).filter(client -> client.name().equals(said.name())
                && client.redirectUris().equals(said.redirectUris())).isPresent();
    }

    /// The client with this id, if this is its registration access token.
    public synchronized Optional<Client> find(String id, String token) {
        return Optional.ofNullable(byId.get(id))
                .filter(known -> Secrets.equal(known.tokenHash(), Secrets.sha256(token)))
                .flatMap(_ -> clients.find(id));
    }

    /// Records that a client is used, so that it no longer expires.
    ///
    /// @throws StoreException if that can't be stored
    public synchronized void used(String id) throws StoreException {
        Registration known = byId.get(id);
        if (known != null && !known.used()) {
            put(id, new Registration(known.tokenHash(), known.registrar(), known.hosts(), known.registered(), true));
        }
    }

    /// What URLs called the device from which a client was registered; none for a client of which that is not known.
    public synchronized List<String> hosts(String id) {
        return byId.containsKey(id) ? byId.get(id).hosts() : List.of();
    }

    /// Removes the clients that were never used from the client file.
    ///
    /// @return the ids that are registered here but no longer have a client
    /// @throws StoreException if that can't be stored
    public synchronized List<String> expire() throws StoreException {
        // By the wall clock: if it was wrong at the start, it may be correct an hour later.
        Instant latest = clock.toWall(clock.instant()).minus(UNUSED);
        if (clock.instant().isAfter(settling.plus(SETTLED))) {
            clients.removeAll(byId.keySet().stream().filter(id -> !byId.get(id).used()
                    && byId.get(id).registered().isBefore(latest)).toList());
        }
        return byId.keySet().stream().filter(id -> clients.find(id).isEmpty()).toList();
    }

    /// The wall clock has jumped: nothing is removed for another hour.
    public synchronized void followClock() {
        settling = clock.instant();
    }

    /// Forgets the registrations with these ids, as far as they exist.
    ///
    /// @throws StoreException if that can't be stored; then they are still there
    public synchronized void forget(Collection<String> ids) throws StoreException {
        var changed = new LinkedHashMap<>(byId);
        if (changed.keySet().removeAll(ids)) {
            store(changed);
        }
    }

    private void put(String id, Registration registration) throws StoreException {
        var changed = new LinkedHashMap<>(byId);
        changed.put(id, registration);
        store(changed);
    }

    private void store(Map<String, Registration> changed) throws StoreException {
        var file = new LinkedHashMap<String, JsonValue>();
        changed.forEach((id, registration) -> file.put(id, registration.toJson()));
        directory.write(FILE, new JsonObject(file), MAX_BYTES);
        byId = changed;
    }
}
