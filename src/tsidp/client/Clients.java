package tsidp.client;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tsidp.json.Members;
import tsidp.protocol.Secrets;
import tsidp.store.Codec;
import tsidp.store.Entries;
import tsidp.store.Entry;
import tsidp.store.Kind;
import tsidp.store.Store;
import tsidp.store.StoreException;

/// The registered clients. A change is durable before it becomes visible.
public final class Clients {

    /// The Go tsidp's, in bytes before they are written in hexadecimal.
    private static final int ID_BYTES = 16;
    private static final int SECRET_BYTES = 32;

    /// As the Go tsidp writes them.
    private static final Codec<Client> CODEC =
            new Codec<>(Client::metadata, (id, written) -> Client.fromJson(id, Members.of(written).json()));

    private final Secrets secrets;
    private final InstantSource clock;
    private final Entries<Client> clients;

    /// Reads the clients.
    ///
    /// @throws StoreException if they can't be read
    public Clients(Store store, Secrets secrets, InstantSource clock) {
        this.secrets = secrets;
        this.clock = clock;
        this.clients = store.open(new Kind<>("clients", CODEC));
    }

    /// The client of that id.
    public Optional<Client> find(String id) {
        return clients.get(id).map(Entry::value);
    }

    /// All clients, by name.
    public List<Client> all() {
        return clients.list("").stream().map(Entry::value)
                .sorted(Comparator.comparing(Client::name, String.CASE_INSENSITIVE_ORDER).thenComparing(Client::id))
                .toList();
    }

    /// Creates a client with a new id and, unless it is public, a new secret.
    ///
    /// @throws StoreException if it can't be stored; then there is no such client
    public Client create(ClientMetadata said) {
        Client client = prepare(said);
        put(client);
        return client;
    }

    /// A client as `create` makes it, not yet registered: `put` does that.
    Client prepare(ClientMetadata said) {
        String secret = said.authenticationMethod().equals("none") ? "" : secrets.hex(SECRET_BYTES);
        return Client.create(secrets.hex(ID_BYTES), secret, said,
                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    }

    /// Changes a client; its id and secret stay.
    ///
    /// @return empty if there is no such client
    /// @throws StoreException if it can't be stored; then nothing has changed
    public Optional<Client> change(String id, UnaryOperator<Client> change) {
        return clients.change(id, found -> found.map(change));
    }

    /// Gives a client a new secret; the old one is no longer accepted.
    ///
    /// @return empty if there is no such client
    /// @throws StoreException if it can't be stored; then the old secret stays valid
    public Optional<Client> rotateSecret(String id) {
        return clients.change(id, found -> found.map(client -> client.withSecret(secrets.hex(SECRET_BYTES))));
    }

    /// Removes the clients with these ids, as far as they exist.
    ///
    /// @return whether there was one
    /// @throws StoreException if that can't be stored; then they are still there
    public boolean remove(Collection<String> ids) {
        return !clients.removeIf("", client -> ids.contains(client.key())).isEmpty();
    }

    /// Stores a client.
    ///
    /// @throws StoreException if it can't be stored; then nothing has changed
    void put(Client client) {
        clients.change(client.id(), _ -> Optional.of(client));
    }
}
