package tsidp.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;
import tsidp.person.Registrar;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;
import tsidp.store.Codec;
import tsidp.store.Entries;
import tsidp.store.Entry;
import tsidp.store.Kind;
import tsidp.store.SteadyClock;
import tsidp.store.Store;
import tsidp.store.StoreException;

/// What we know about self-registered clients besides their metadata: who allowed it, on which device, its registration
/// access token, whether it was ever used. Kept separately, since the Go tsidp drops unknown members of a client; one
/// that it registered has no entry here and is treated as used.
public final class Registrations {

    /// Ours: how many clients may be registered: in total, by one person, and unused with the same name and redirect
    /// URIs.
    private static final int MAX_ALL = 500;
    private static final int MAX_EACH = 50;
    private static final int MAX_ALIKE = 5;

    /// Ours: a client that is not used within this time is removed.
    private static final Duration UNUSED = Duration.ofDays(30);

    /// Ours: how long after the start, or after it registered, nothing is removed.
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

        Registration asUsed() {
            return new Registration(tokenHash, registrar, hosts, registered, true);
        }

        JsonValue toJson() {
            return JsonObject.EMPTY.with("token", JsonValue.of(tokenHash)).with("by", JsonValue.of(registrar))
                    .with("hosts", JsonValue.of(hosts)).with("at", JsonValue.of(registered.getEpochSecond()))
                    .with("used", JsonValue.of(used));
        }

        static Registration of(Members json) {
            return new Registration(json.text("token"), json.text("by"), json.textsOrEmpty("hosts"), json.second("at"),
                    json.isTrue("used"));
        }
    }

    private static final Codec<Registration> CODEC =
            new Codec<>(Registration::toJson, (_, written) -> Registration.of(Members.of(written)));

    private final Clients clients;
    private final Secrets secrets;
    private final SteadyClock clock;
    private final Entries<Registration> registrations;
    private volatile Instant settling;

    /// Reads the registrations.
    ///
    /// @throws StoreException if they can't be read
    public Registrations(Store store, Clients clients, Secrets secrets, SteadyClock clock) {
        this.clients = clients;
        this.secrets = secrets;
        this.clock = clock;
        this.settling = clock.instant();
        this.registrations = store.open(new Kind<>("registrations", CODEC));
    }

    /// Registers a client for a person. It replaces the oldest of too many unused clients that are alike.
    ///
    /// @throws Refusal (access_denied) if there are too many
    /// @throws StoreException if it can't be stored
    public Registered register(Registrar registrar, ClientMetadata said) throws Refusal {
        List<Entry<Registration>> own = existing().stream()
                .filter(one -> one.value().registrar().equals(registrar.person().subject())).toList();
        List<Entry<Registration>> alike =
                own.stream().filter(one -> !one.value().used() && isAlike(one.key(), said)).toList();
        if (alike.size() >= MAX_ALIKE) {
            // Its registration stays until `expire` finds that the client is gone, and ends what depends on it.
            clients.remove(List.of(alike.stream().min(Comparator.comparingLong(Entry::revision)).orElseThrow().key()));
        }
        refuseExcess(registrar, 1);
        String token = secrets.base64Url(TOKEN_BYTES);
        Client client = clients.prepare(said);
        // In this order: a registration without a client is forgotten, a client without one would belong to nobody.
        registrations.change(client.id(), _ -> Optional.of(new Registration(Secrets.sha256(token),
                registrar.person().subject(), registrar.person().hosts(), clock.toWall(clock.instant()), false)));
        clients.put(client);
        try {
            // Again: others may have registered at the same moment.
            refuseExcess(registrar, 0);
        } catch (Refusal tooMany) {
            clients.remove(List.of(client.id()));
            throw tooMany;
        }
        return new Registered(client, token);
    }

    private void refuseExcess(Registrar registrar, int more) throws Refusal {
        List<Entry<Registration>> all = existing();
        long own = all.stream()
                .filter(one -> one.value().registrar().equals(registrar.person().subject())).count();
        if (all.size() + more > MAX_ALL || own + more > MAX_EACH) {
            throw new Refusal(OAuthError.ACCESS_DENIED, "too many clients are registered: an administrator must"
                    + " remove some", own + " by " + registrar.person().loginName() + ", " + all.size() + " in all");
        }
    }

    private List<Entry<Registration>> existing() {
        return registrations.list("").stream().filter(one -> clients.find(one.key()).isPresent()).toList();
    }

    private boolean isAlike(String id, ClientMetadata said) {
        return clients.find(id).filter(client -> client.name().equals(said.name())
                && client.redirectUris().equals(said.redirectUris())).isPresent();
    }

    /// The client with this id, if this is its registration access token.
    public Optional<Client> find(String id, String token) {
        return registrations.get(id).filter(known -> Secrets.equal(known.value().tokenHash(), Secrets.sha256(token)))
                .flatMap(_ -> clients.find(id));
    }

    /// How many clients ask for consent and have no entry here: the Go tsidp registered them.
    public long takenOver() {
        return clients.all().stream().filter(Client::needsConsent)
                .filter(client -> registrations.get(client.id()).isEmpty()).count();
    }

    /// Records that a client is used, so that it no longer expires.
    ///
    /// @throws StoreException if that can't be stored
    public void used(String id) {
        registrations.change(id, found -> found.map(Registration::asUsed));
    }

    /// What URLs called the device from which a client was registered; none for a client of which that is not known.
    public List<String> hosts(String id) {
        return registrations.get(id).map(known -> known.value().hosts()).orElse(List.of());
    }

    /// Removes the clients that were never used.
    ///
    /// @return the ids that are registered here but no longer have a client. One that was registered in the last hour
    ///     may be about to get its client
    /// @throws StoreException if that can't be stored
    public List<String> expire() {
        // By the wall clock: if it was wrong at the start, it may be correct an hour later.
        Instant latest = clock.toWall(clock.instant()).minus(UNUSED);
        if (clock.instant().isAfter(settling.plus(SETTLED))) {
            clients.remove(registrations.list("").stream().filter(one -> !one.value().used()
                    && one.value().registered().isBefore(latest)).map(Entry::key).toList());
        }
        Instant settled = clock.toWall(clock.instant()).minus(SETTLED);
        return registrations.list("").stream().filter(one -> one.value().registered().isBefore(settled))
                .map(Entry::key).filter(id -> clients.find(id).isEmpty()).toList();
    }

    /// The wall clock has jumped: nothing is removed for another hour.
    public void followClock() {
        settling = clock.instant();
    }

    /// Forgets the registrations with these ids, as far as they exist.
    ///
    /// @throws StoreException if that can't be stored; then they are still there
    public void forget(Collection<String> ids) {
        registrations.removeIf("", one -> ids.contains(one.key()));
    }
}
