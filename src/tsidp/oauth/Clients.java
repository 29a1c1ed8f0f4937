package tsidp.oauth;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.store.StateDirectory;
import tsidp.store.StoreException;

/// The registered clients: a map in memory and `oidc-funnel-clients.json`, in the Go tsidp's format. A change is on the
/// disk before anybody sees it.
public final class Clients {

    /// The Go tsidp's: an object, keyed by client_id.
    public static final String FILE = "oidc-funnel-clients.json";

    /// Ours: 10,000 clients are about 5 MB.
    private static final int MAX_BYTES = 64 << 20;

    /// The Go tsidp's, in bytes before they are written in hexadecimal.
    private static final int ID_BYTES = 16;
    private static final int SECRET_BYTES = 32;

    /// Ours.
    private static final int MAX_NAME_LENGTH = 200;
    private static final int MAX_REDIRECT_URIS = 100;

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

    /// Reads the file; no file is no clients.
    ///
    /// @throws StoreException if it is not such a file
    public static Clients load(StateDirectory directory, Secrets secrets, InstantSource clock) throws StoreException {
        Optional<byte[]> content = directory.read(FILE, MAX_BYTES);
        var byId = new LinkedHashMap<String, Client>();
        if (content.isPresent()) {
            for (var member : object(directory, content.get()).members().entrySet()) {
                byId.put(member.getKey(), client(directory, member.getKey(), member.getValue()));
            }
        }
        return new Clients(directory, secrets, clock, byId);
    }

    private static JsonObject object(StateDirectory directory, byte[] content) throws StoreException {
        try {
            return JsonReader.readObject(content);
        } catch (JsonException e) {
            throw new StoreException(directory.path(FILE) + " is not a client file: " + e.getMessage());
        }
    }

    private static Client client(StateDirectory directory, String id, JsonValue value) throws StoreException {
        try {
            if (value instanceof JsonObject json) {
                return Client.fromJson(id, json);
            }
            throw new IllegalArgumentException("it is not an object");
        } catch (IllegalArgumentException e) {
            throw new StoreException(directory.path(FILE) + " has a client that can't be read (" + e.getMessage()
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

    /// Why a client of that name and those redirect URIs can't be made, as a sentence; empty if it can.
    public static String fault(String name, List<String> redirectUris) {
        if (name.isBlank() || name.length() > MAX_NAME_LENGTH || name.chars().anyMatch(Character::isISOControl)) {
            return "a client needs a name of 1 to " + MAX_NAME_LENGTH + " characters";
        }
        if (redirectUris.isEmpty() || redirectUris.size() > MAX_REDIRECT_URIS) {
            return "a client needs 1 to " + MAX_REDIRECT_URIS + " redirect URIs";
        }
        for (String uri : redirectUris) {
            String fault = RedirectUri.fault(uri);
            if (!fault.isEmpty()) {
                return "this redirect URI can't be registered: " + uri + ": " + fault;
            }
        }
        return "";
    }

    /// Makes a client with a new id and, unless it is public, a new secret.
    ///
    /// @throws StoreException if it can't be stored; then there is no such client
    /// @throws IllegalArgumentException with the fault, if there is one
    public synchronized Client create(String name, List<String> redirectUris, boolean isPublic) throws StoreException {
        String fault = fault(name, redirectUris);
        if (!fault.isEmpty()) {
            throw new IllegalArgumentException(fault);
        }
        var client = Client.create(secrets.hex(ID_BYTES), isPublic ? "" : secrets.hex(SECRET_BYTES), name,
                redirectUris, isPublic ? "none" : "", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        put(client);
        return client;
    }

    /// Gives a client a new secret; the old one is worth nothing from now on.
    ///
    /// @return empty if there is no such client
    /// @throws StoreException if it can't be stored; then the old secret holds
    public synchronized Optional<Client> rotateSecret(String id) throws StoreException {
        if (find(id).isEmpty()) {
            return Optional.empty();
        }
        Client changed = find(id).get().withSecret(secrets.hex(SECRET_BYTES));
        put(changed);
        return Optional.of(changed);
    }

    /// Removes a client.
    ///
    /// @return whether there was one
    /// @throws StoreException if that can't be stored; then it is still there
    public synchronized boolean remove(String id) throws StoreException {
        var changed = new LinkedHashMap<>(byId);
        if (changed.remove(id) == null) {
            return false;
        }
        store(changed);
        return true;
    }

    private void put(Client client) throws StoreException {
        var changed = new LinkedHashMap<>(byId);
        changed.put(client.id(), client);
        store(changed);
    }

    private void store(Map<String, Client> changed) throws StoreException {
        var file = new LinkedHashMap<String, JsonValue>();
        changed.values().forEach(client -> file.put(client.id(), client.metadata()));
        directory.write(FILE, JsonWriter.writeBytes(new JsonObject(file)));
        byId = changed;
    }
}
