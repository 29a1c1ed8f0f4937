package tsidp.oauth;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.store.StateDirectory;
import tsidp.store.StoreException;

/// What we know of the clients that registered themselves beyond what they say: who let them, their registration access
/// token, whether they were ever used. In a file of our own, since the Go tsidp drops what it does not know; a client
/// that it registered is not here, and counts as used.
public final class Registrations {

    private static final String FILE = "tsidp-registrations.json";
    private static final int MAX_BYTES = 16 << 20;

    /// Ours: how many clients may register, in all, by one person, and of the same name and redirect URIs unused.
    private static final int MAX_ALL = 500;
    private static final int MAX_EACH = 50;
    private static final int MAX_ALIKE = 5;

    /// Ours: a client that nobody used for that long is removed.
    private static final Duration UNUSED = Duration.ofDays(30);

    private static final int TOKEN_BYTES = 32;

    /// A client that has just registered.
    ///
    /// @param token the registration access token (RFC 7592 §3), told this once
    public record Registered(Client client, String token) {

        /// Without the token: a record's own text would have it.
        @Override
        public String toString() {
            return "Registered[" + client.id() + "]";
        }
    }

    private record Registration(String tokenHash, String registrar, Instant registered, boolean used) {

        JsonObject toJson() {
            return JsonObject.EMPTY.with("token", JsonValue.of(tokenHash)).with("by", JsonValue.of(registrar))
                    .with("at", JsonValue.of(registered.getEpochSecond())).with("used", JsonValue.of(used));
        }
    }

    private final StateDirectory directory;
    private final Clients clients;
    private final Secrets secrets;
    private final InstantSource clock;
    private final Map<String, Registration> byId = new LinkedHashMap<>();

    private Registrations(StateDirectory directory, Clients clients, Secrets secrets, InstantSource clock) {
        this.directory = directory;
        this.clients = clients;
        this.secrets = secrets;
        this.clock = clock;
    }

    /// Reads the file; no file is no registrations.
    ///
    /// @throws StoreException if it is not such a file
    public static Registrations load(StateDirectory directory, Clients clients, Secrets secrets, InstantSource clock)
            throws StoreException {
        var registrations = new Registrations(directory, clients, secrets, clock);
        JsonObject file = directory.readObject(FILE, MAX_BYTES, "a file of registrations").orElse(JsonObject.EMPTY);
        for (var member : file.members().entrySet()) {
            if (!(member.getValue() instanceof JsonObject json) || json.string("token").isEmpty()
                    || json.string("by").isEmpty() || json.integer("at").isEmpty()) {
                throw new StoreException(directory.path(FILE) + " has an entry that can't be read");
            }
            registrations.byId.put(member.getKey(), new Registration(json.string("token").get(),
                    json.string("by").get(), Instant.ofEpochSecond(json.integer("at").getAsLong()),
                    json.isTrue("used")));
        }
        return registrations;
    }

    /// Registers a client for a person. Of clients that are alike and were never used, the oldest gives way.
    ///
    /// @throws Refusal (access_denied) if there are too many
    /// @throws StoreException if it can't be stored
    public synchronized Registered register(Registrar registrar, ClientMetadata said) throws Refusal, StoreException {
        byId.keySet().removeIf(id -> clients.find(id).isEmpty());
        String subject = registrar.person().subject();
        List<String> alike = byId.keySet().stream().filter(id -> !byId.get(id).used()
                && byId.get(id).registrar().equals(subject) && isAlike(id, said)).toList();
        if (alike.size() >= MAX_ALIKE) {
            clients.remove(alike.getFirst());
            byId.remove(alike.getFirst());
        }
        long own = byId.values().stream().filter(known -> known.registrar().equals(subject)).count();
        if (byId.size() >= MAX_ALL || own >= MAX_EACH) {
            throw new Refusal(OAuthError.ACCESS_DENIED, "too many clients have registered: an administrator must"
                    + " remove some", own + " by " + registrar.person().loginName() + ", " + byId.size() + " in all");
        }
        String token = secrets.base64Url(TOKEN_BYTES);
        Client client = clients.create(said);
        byId.put(client.id(), new Registration(Secrets.sha256(token), subject, clock.instant(), false));
        store();
        return new Registered(client, token);
    }

    private boolean isAlike(String id, ClientMetadata said) {
        return clients.find(id).filter(client -> client.name().equals(said.name())
                && client.redirectUris().equals(said.redirectUris())).isPresent();
    }

    /// The client of that id, if that is its registration access token.
    public synchronized Optional<Client> find(String id, String token) {
        return Optional.ofNullable(byId.get(id))
                .filter(known -> Secrets.equal(known.tokenHash(), Secrets.sha256(token)))
                .flatMap(_ -> clients.find(id));
    }

    /// Notes that a client is used; it stays from now on.
    ///
    /// @throws StoreException if that can't be stored
    public synchronized void used(String id) throws StoreException {
        Registration known = byId.get(id);
        if (known != null && !known.used()) {
            byId.put(id, new Registration(known.tokenHash(), known.registrar(), known.registered(), true));
            store();
        }
    }

    /// Removes the clients that were never used, and forgets those that are gone.
    ///
    /// @return the ids of the clients that are no more
    /// @throws StoreException if that can't be stored
    public synchronized List<String> expire() throws StoreException {
        Instant latest = clock.instant().minus(UNUSED);
        List<String> gone = byId.keySet().stream().filter(id -> clients.find(id).isEmpty()
                || !byId.get(id).used() && byId.get(id).registered().isBefore(latest)).toList();
        if (!gone.isEmpty()) {
            clients.removeAll(gone);
            gone.forEach(byId::remove);
            store();
        }
        return gone;
    }

    private void store() throws StoreException {
        var file = new LinkedHashMap<String, JsonValue>();
        byId.forEach((id, registration) -> file.put(id, registration.toJson()));
        directory.write(FILE, new JsonObject(file));
    }
}
