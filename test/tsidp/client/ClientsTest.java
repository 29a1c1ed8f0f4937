package tsidp.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.fake.MovableClock;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;
import tsidp.store.LocalStore;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;

class ClientsTest {

    private static final String URI = "https://app.example.com/cb";

    @TempDir
    private Path temporary;

    private final MovableClock clock = new MovableClock(Instant.parse("2026-11-24T10:00:00.123Z"));
    private StateDirectory directory;
    private Path file;

    @BeforeEach
    void open() throws Exception {
        directory = StateDirectory.open(temporary);
        file = temporary.resolve("oidc-funnel-clients.json");
    }

    @AfterEach
    void close() {
        directory.close();
    }

    private Clients load() throws StoreException {
        return new Clients(new LocalStore(directory, SteadyClock.of(clock), _ -> { }), new Secrets(new SecureRandom()),
                clock);
    }

    private static ClientMetadata said(String name, List<String> redirectUris, boolean isPublic) {
        return new ClientMetadata(name, redirectUris, isPublic ? "none" : "", JsonObject.EMPTY);
    }

    private static void assertRefused(OAuthError error, String name, List<String> redirectUris) {
        assertEquals(error, assertThrows(Refusal.class,
                () -> ClientMetadata.ofAdministrator(name, redirectUris, false)).error());
    }

    @Test
    void anAdministratorsClientIsBounded() throws Exception {
        List<String> uris = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            uris.add("https://app" + i + ".example.com/" + "x".repeat(1700));
        }
        assertEquals(9, ClientMetadata.ofAdministrator("App", uris, false).redirectUris().size());
        uris.add("https://app.example.com/" + "x".repeat(1700));
        assertRefused(OAuthError.INVALID_REQUEST, "App", uris);
    }

    @Test
    void theFileIsNeverWrittenLargerThanItIsRead() throws Exception {
        load().create(said("App", List.of(URI), false));
        int rest = (4 << 20) - JsonWriter.writeBytes(stored()).length - 100;
        JsonObject almostFull = stored().with("filler", JsonObject.EMPTY.with("client_id", JsonValue.of("filler"))
                .with("client_name", JsonValue.of("x".repeat(rest))));
        Files.write(file, JsonWriter.writeBytes(almostFull));
        Clients full = load();
        int count = full.all().size();
        String message = assertThrows(StoreException.class, () -> full.create(said("App", List.of(URI), false)))
                .getMessage();
        assertTrue(message.startsWith(file + " would be larger than 4194304 bytes"), message);
        assertEquals(count, full.all().size());
        assertEquals(almostFull, stored());
        assertEquals(count, load().all().size());
    }

    private JsonObject stored() throws Exception {
        return JsonReader.readObject(Files.readAllBytes(file));
    }

    @Test
    void aNewClientIsStoredAsTheGoProgramDoes() throws Exception {
        Client client = load().create(said("My app", List.of(URI, "http://localhost/cb"), false));
        assertTrue(client.id().matches("[0-9a-f]{32}"));
        assertTrue(client.secret().matches("[0-9a-f]{64}"));
        assertEquals(JsonObject.EMPTY.with(client.id(), JsonObject.EMPTY
                .with("client_id", JsonValue.of(client.id()))
                .with("client_secret", JsonValue.of(client.secret()))
                .with("client_name", JsonValue.of("My app"))
                .with("redirect_uris", JsonValue.of(List.of(URI, "http://localhost/cb")))
                .with("created_at", JsonValue.of("2026-11-24T10:00:00Z"))
                .with("redirect_uri", JsonValue.of(URI))
                .with("userinfo_by_scope", JsonBoolean.TRUE)), stored());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(client, load().find(client.id()).orElseThrow());
    }

    @Test
    void aPublicClientHasNoSecret() throws Exception {
        Client client = load().create(said("App", List.of(URI), true));
        assertTrue(client.isPublic());
        assertEquals("", client.secret());
        assertFalse(stored().object(client.id()).orElseThrow().get("client_secret").isPresent());
        assertTrue(load().find(client.id()).orElseThrow().isPublic());
    }

    @Test
    void whatWeDoNotKnowIsKept() throws Exception {
        String go = """
                {"f0e1": {"client_id":"f0e1","client_secret":"s","client_name":"Go's",
                "redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"client_secret_basic",
                "grant_types":["authorization_code"],"response_types":["code"],"scope":"openid",
                "contacts":null,"application_type":"web","dynamically_registered":true,
                "created_at":"2026-01-02T03:04:05.678901234+01:00","redirect_uri":"https://a.example/cb",
                "future":{"n":18446744073709551615,"f":1.50}}}""";
        Files.writeString(file, go);
        JsonObject before = stored();
        Clients clients = load();
        Client other = clients.create(said("App", List.of(URI), false));
        assertEquals(before.get("f0e1"), stored().get("f0e1"));
        clients.rotateSecret("f0e1");
        JsonObject changed = stored().object("f0e1").orElseThrow();
        assertEquals(before.object("f0e1").orElseThrow().without("client_secret"), changed.without("client_secret"));
        assertEquals(Set.of("f0e1", other.id()), stored().members().keySet());
        assertTrue(Files.readString(file).contains("18446744073709551615"));
    }

    @Test
    void theOldSingleRedirectUriIsMigrated() throws Exception {
        Files.writeString(file, "{\"a\":{\"client_id\":\"a\",\"client_secret\":\"s\",\"redirect_uri\":\"" + URI + "\"},"
                + "\"b\":{\"client_id\":\"b\",\"redirect_uris\":null,\"redirect_uri\":\"" + URI + "\"},"
                + "\"c\":{\"client_id\":\"c\",\"redirect_uris\":\"\",\"redirect_uri\":\"" + URI
                + "\",\"client_name\":null}}");
        Clients clients = load();
        assertEquals(List.of(URI), clients.find("a").orElseThrow().redirectUris());
        assertEquals(List.of(URI), clients.find("b").orElseThrow().redirectUris());
        assertEquals(List.of(URI), clients.find("c").orElseThrow().redirectUris());
        clients.create(said("App", List.of(URI), false));
        assertEquals(List.of(URI), stored().object("a").orElseThrow().strings("redirect_uris").orElseThrow());
        assertEquals(URI, stored().object("a").orElseThrow().string("redirect_uri").orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{", "{\"a\":1}", "{\"a\":{}}", "{\"a\":{\"client_id\":\"b\"}}",
        "{\"\":{\"client_id\":\"\"}}", "{\"a\":{\"client_id\":1}}", "{\"a\":{\"client_id\":\"a\",\"client_secret\":1}}",
        "{\"a\":{\"client_id\":\"a\",\"redirect_uris\":\"x\"}}", "{\"a\":{\"client_id\":\"a\",\"redirect_uris\":[1]}}",
        "{\"a\":{\"client_id\":\"a\"},\"a\":{\"client_id\":\"a\"}}", "\0\0\0\0", "{\"a\":{\"client_id\":\"a\"}}x",
        "{\"a\":{\"client_id\":\"a\",\"token_endpoint_auth_method\":[]}}"})
    void aDamagedFileStopsUsAndIsLeftAsItIs(String content) throws Exception {
        Files.writeString(file, content);
        byte[] before = Files.readAllBytes(file);
        String message = assertThrows(StoreException.class, this::load).getMessage();
        assertTrue(message.startsWith(file + " is not a client file: ")
                || message.startsWith(file + " has a client that can't be read ("), message);
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void aFaultRepeatsNoSecret() throws Exception {
        Files.writeString(file, "{\"abcdefgh\":{\"client_id\":\"abcdefgh\",\"client_secret\":\"hunter2\","
                + "\"redirect_uris\":7}}");
        String message = assertThrows(StoreException.class, this::load).getMessage();
        assertFalse(message.contains("hunter2"), message);
        Files.writeString(file, "{\"abcdefgh\":{\"client_secret\":\"hunter2}");
        assertFalse(assertThrows(StoreException.class, this::load).getMessage().contains("hunter2"));
    }

    @Test
    void aRotatedSecretReplacesTheOld() throws Exception {
        Clients clients = load();
        Client before = clients.create(said("App", List.of(URI), false));
        Client after = clients.rotateSecret(before.id()).orElseThrow();
        assertFalse(before.secret().equals(after.secret()));
        assertEquals(after, load().find(before.id()).orElseThrow());
        assertTrue(clients.rotateSecret("nobody").isEmpty());
    }

    @Test
    void aRemovedClientIsGone() throws Exception {
        Clients clients = load();
        Client client = clients.create(said("App", List.of(URI), false));
        assertTrue(clients.remove(List.of(client.id())));
        assertFalse(clients.remove(List.of(client.id())));
        assertTrue(clients.find(client.id()).isEmpty());
        assertEquals(JsonObject.EMPTY, stored());
    }

    @Test
    void whatCanNotBeStoredDidNotHappen() throws Exception {
        Clients clients = load();
        Client client = clients.create(said("App", List.of(URI), false));
        byte[] before = Files.readAllBytes(file);
        Files.createDirectories(temporary.resolve("oidc-funnel-clients.json.new/in the way"));
        assertThrows(StoreException.class, () -> clients.create(said("Other", List.of(URI), false)));
        assertThrows(StoreException.class, () -> clients.rotateSecret(client.id()));
        assertThrows(StoreException.class, () -> clients.remove(List.of(client.id())));
        assertEquals(List.of(client), clients.all());
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\t", "a\nb", "\0"})
    void aNameMustBeReadable(String name) {
        assertRefused(OAuthError.INVALID_REQUEST, name, List.of(URI));
    }

    @Test
    void aClientNeedsRedirectUrisThatCanBeRegistered() throws Refusal {
        assertRefused(OAuthError.INVALID_REDIRECT_URI, "App", List.of());
        assertRefused(OAuthError.INVALID_REDIRECT_URI, "App", java.util.Collections.nCopies(101, URI));
        assertRefused(OAuthError.INVALID_REDIRECT_URI, "App", List.of("javascript:x"));
        assertRefused(OAuthError.INVALID_REQUEST, "a".repeat(201), List.of(URI));
        assertEquals("a".repeat(200), ClientMetadata.ofAdministrator("a".repeat(200), List.of(URI), false).name());
    }

    @Test
    void nobodyReadsASecretFromAClientsText() throws Exception {
        Client client = load().create(said("App", List.of(URI), false));
        assertFalse(client.toString().contains(client.secret()));
        assertFalse(JsonWriter.write(client.withoutSecret()).contains(client.secret()));
    }

    @Test
    void tenThousandClientsAreRead() throws Exception {
        var many = new LinkedHashMap<String, JsonValue>();
        for (int i = 0; i < 10_000; i++) {
            String id = "%032x".formatted(i);
            many.put(id, Client.create(id, "s".repeat(64), said("App " + i, List.of(URI), false),
                    "2026-01-01T00:00:00Z").metadata());
        }
        Files.write(file, JsonWriter.writeBytes(new JsonObject(many)));
        assertEquals(10_000, load().all().size());
    }
}
