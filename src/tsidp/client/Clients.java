package tsidp.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.protocol.Secrets;
import tsidp.store.StateDirectory;
import tsidp.store.StoreException;

/// The registered clients: a map in memory and `oidc-funnel-clients.json`, in the Go tsidp's format. A change is on
/// disk before it becomes visible.
public final class Clients {

    /// The Go tsidp's: an object, keyed by client_id.
    public static final String FILE = "oidc-funnel-clients.json";

    /// Of the program `cmd/tsidp` in Tailscale's own repository, from which the Go tsidp came.
    private static final List<String> OLD_FILES = List.of("oauth-clients.json", "oidc-clients.json");

    /// Ours: enough for 10,000 clients, or for all that may register plus 5,000 others. They take six times as much
    /// heap.
    private static final int MAX_BYTES = 4 << 20;

    /// The Go tsidp's, in bytes before they are written in hexadecimal.
    private static final int ID_BYTES = 16;
    private static final int SECRET_BYTES = 32;

    private final StateDirectory directory;
    private final Secrets secrets;
    private final InstantSource clock;
    private volatile Map<String, Client> byId;

    private Clients(StateDirectory directory, Secrets secrets, InstantSource clock, Map<String, Client> byId) {
        this.directory = directory;
        this.secrets = secrets;
        this.clock = clock;
        this.byId = byId;
    }

    /// Reads the file; without a file there are no clients. What older versions of the Go tsidp kept in another file is
    /// taken over, once.
    ///
    /// @throws StoreException if it is not a client file
    public static Clients load(StateDirectory directory, Secrets secrets, InstantSource clock) throws StoreException {
        var clients = new Clients(directory, secrets, clock, read(directory, FILE));
        for (String name : OLD_FILES) {
            Map<String, Client> old = read(directory, name);
            if (!old.isEmpty()) {
                old.putAll(clients.byId);
                clients.store(old);
                retire(directory, name);
            }
        }
        return clients;
    }

    /// As the Go tsidp does when it changes to another file. A file that stayed would bring removed clients back.
    private static void retire(StateDirectory directory, String name) throws StoreException {
        try {
            Files.move(directory.path(name), directory.path("deprecated-" + name));
        } catch (IOException e) {
            throw new StoreException(directory.path(name) + " can't be renamed: its clients are in " + FILE
                    + " now, so remove it");
        }
    }

    private static Map<String, Client> read(StateDirectory directory, String name) throws StoreException {
        JsonObject file = directory.readObject(name, MAX_BYTES, "a client file").orElse(JsonObject.EMPTY);
        var byId = new LinkedHashMap<String, Client>();
        for (var member : file.members().entrySet()) {
            byId.put(member.getKey(), client(directory.path(name), member.getKey(), member.getValue()));
        }
        return byId;
    }

    private static Client client(Path file, String id, JsonValue value) throws StoreException {
        try {
            if (value instanceof JsonObject json) {
                return Client.fromJson(id, json);
            }
            throw new IllegalArgumentException("it is not an object");
        } catch (IllegalArgumentException e) {
            throw new StoreException(file + " has a client that can't be read (" + e.getMessage()
                    + "): its key begins with " + id.substring(0, Math.min(4, id.length())));
        }
    }

    /// The client of that id.
    public Optional<Client> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /// All clients, in the order of the file.
    public List<Client> all() {
        return List.copyOf(byId.values());
    }

    /// Creates a client with a new id and, unless it is public, a new secret.
    ///
    /// @throws StoreException if it can't be stored; then there is no such client
    public Client create(ClientMetadata said) throws StoreException {
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

    /// Changes a client's metadata; its id and secret stay.
    ///
    /// @return empty if there is no such client
    /// @throws StoreException if it can't be stored; then nothing has changed
    public synchronized Optional<Client> update(String id, ClientMetadata said) throws StoreException {
        return change(id, client -> client.with(said));
    }

    /// Gives a client a new secret; the old one is no longer accepted.
    ///
    /// @return empty if there is no such client
    /// @throws StoreException if it can't be stored; then the old secret stays valid
    public synchronized Optional<Client> rotateSecret(String id) throws StoreException {
        return change(id, client -> client.withSecret(secrets.hex(SECRET_BYTES)));
    }

    private Optional<Client> change(String id, UnaryOperator<Client> change) throws StoreException {
        Optional<Client> changed = find(id).map(change);
        if (changed.isPresent()) {
            put(changed.get());
        }
        return changed;
    }

    /// Removes the clients with these ids, as far as they exist.
    ///
    /// @return whether there was one
    /// @throws StoreException if that can't be stored; then they are still there
    public synchronized boolean removeAll(Collection<String> ids) throws StoreException {
        var changed = new LinkedHashMap<>(byId);
        boolean removed = changed.keySet().removeAll(ids);
        if (removed) {
            store(changed);
        }
        return removed;
    }

    /// Removes a client.
    ///
    /// @return whether there was one
    /// @throws StoreException if that can't be stored; then it is still there
    public boolean remove(String id) throws StoreException {
        return removeAll(List.of(id));
    }

    /// Stores a client.
    ///
    /// @throws StoreException if it can't be stored; then nothing has changed
    synchronized void put(Client client) throws StoreException {
        var changed = new LinkedHashMap<>(byId);
        changed.put(client.id(), client);
        store(changed);
    }

    private void store(Map<String, Client> changed) throws StoreException {
        var file = new LinkedHashMap<String, JsonValue>();
        changed.values().forEach(client -> file.put(client.id(), client.metadata()));
        directory.write(FILE, new JsonObject(file), MAX_BYTES);
        byId = changed;
    }
}
