package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.MovableClock;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;

/// A state directory of the Go tsidp: we run on it, and the Go tsidp can use it again.
@Timeout(60)
class MovingOverTest {

    private static final String KEY = "oidc-key.json";
    private static final String CLIENTS = "oidc-funnel-clients.json";

    private static final String WEB = "0123456789abcdef0123456789abcdef";
    private static final String OLD = "11111111111111111111111111111111";
    private static final String DYNAMIC = "22222222222222222222222222222222";
    private static final String CONTAINER = "33333333333333333333333333333333";
    private static final String SECRET = "fedcba9876543210".repeat(4);

    /// As written by Go's encoding/json: one line, `&` escaped.
    private static final String FILE = """
            {"%1$s":{"client_id":"%1$s","client_secret":"%5$s","client_name":"R\\u0026D wiki","redirect_uris":\
            ["https://wiki.example.com/cb?a=1\\u0026b=2","https://wiki.example.com/cb2"],"created_at":\
            "2025-06-01T10:11:12.123456789Z","redirect_uri":"https://wiki.example.com/cb?a=1\\u0026b=2",\
            "token_endpoint_auth_method":"client_secret_basic","grant_types":["authorization_code"],"response_types":\
            ["code"],"scope":"openid profile","client_uri":"https://wiki.example.com","logo_uri":"","contacts":null,\
            "application_type":"web","of_a_later_version":{"kept":[1.50,18446744073709551615,null]}},\
            "%2$s":{"client_id":"%2$s","client_secret":"%5$s","client_name":"Old","redirect_uri":\
            "https://old.example.com/cb","redirect_uris":null,"created_at":"0001-01-01T00:00:00Z"},\
            "%3$s":{"client_id":"%3$s","client_secret":"%5$s","client_name":"Agent","redirect_uris":\
            ["http://127.0.0.1:33418/cb"],"created_at":"2025-06-01T10:11:12Z","dynamically_registered":true,\
            "token_endpoint_auth_method":"client_secret_post"},\
            "%4$s":{"client_id":"%4$s","client_secret":"%5$s","client_name":"Container","redirect_uris":\
            ["http://my_app:8080/cb"],"created_at":"2025-06-01T10:11:12Z"}}"""
            .formatted(WEB, OLD, DYNAMIC, CONTAINER, SECRET);

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final MovableClock clock = MovableClock.atPresent();
    private Path directory;
    private byte[] key;
    private TestServer server;
    private Browser alice;

    @BeforeEach
    void moveIn() throws Exception {
        directory = Files.createTempDirectory("go");
        key = Files.readAllBytes(Path.of(System.getProperty("tsidp.root", "."), "test", "vectors", "tsidp",
                "go-2048.json"));
        write(KEY, key);
        write(CLIENTS, FILE.getBytes("UTF-8"));
        tailnet.policy(FakeTailnet.ALICE, "{'allow_admin_ui': true, 'allow_dcr': true}");
        server = TestServer.start(tailnet, clock, directory);
        alice = server.plain(FakeTailnet.ALICE);
    }

    private void write(String name, byte[] content) throws IOException {
        Files.write(Files.createFile(directory.resolve(name), PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString("rw-------"))), content);
    }

    @AfterEach
    void stop() {
        server.close();
        tailnet.close();
    }

    private RelyingParty party(String id, String redirectUri) {
        return new RelyingParty(alice, new Client(id, SECRET, "", List.of(redirectUri), "", JsonObject.EMPTY));
    }

    private JsonObject file() throws Exception {
        return JsonReader.readObject(Files.readAllBytes(directory.resolve(CLIENTS)));
    }

    private static JsonObject before() throws Exception {
        return JsonReader.readObject(FILE.getBytes("UTF-8"));
    }

    @Test
    void theSameClientSecretAndKeySignIn() throws Exception {
        RelyingParty party = party(WEB, "https://wiki.example.com/cb?a=1&b=2");
        Reply tokens = party.login();
        assertEquals(Optional.of(List.of(WEB)), party.claims(tokens).strings("aud"));
        String kid = JsonReader.readObject(key).get("kid").orElseThrow().toString().replaceAll("[^0-9]", "");
        assertEquals(Optional.of(kid), RelyingParty.header(tokens.string("id_token")).string("kid"));
        assertTrue(alice.get("/.well-known/jwks.json").text().contains("\"kid\":\"" + kid + "\""));
        assertEquals(401, alice.post("/token", Map.of("grant_type", "authorization_code", "client_id", WEB,
                "client_secret", SECRET.substring(1))).status());
    }

    /// The Go tsidp does not check scopes there: an application that was set up with it must not notice the change.
    @Test
    void userInfoAndIntrospectionTellTheSameAsBefore() {
        RelyingParty party = party(WEB, "https://wiki.example.com/cb2");
        String token = party.login("scope", "openid").string("access_token");
        assertEquals(Set.of("sub", "name", "given_name", "family_name", "username", "preferred_username", "picture",
                "email"), party.userInfo(token).json().members().keySet());
        assertEquals("alice@example.com", party.introspect(token).string("username"));
        alice.put("/clients/" + WEB, "name", "Renamed", "redirect_uri", "https://wiki.example.com/cb2");
        assertEquals("Alice Example", party.userInfo(token).string("name"));
    }

    @Test
    void theMarkOfAClientThatWasMadeHereIsShownToNobody() throws Exception {
        Reply made = alice.post("/clients/new", Map.of("name", "New", "redirect_uri", "https://new.example.com/"));
        String path = "/clients/" + made.string("client_id");
        assertTrue(file().object(made.string("client_id")).orElseThrow().isTrue("userinfo_by_scope"));
        Reply registered = Dcr.register(alice, "{'redirect_uris': ['https://dyn.example.com/']}");
        Reply updated = alice.send("PUT", path, Browser.form(Map.of("name", "Renamed", "redirect_uri",
                "https://new.example.com/cb")).getBytes(), "Content-Type", "application/x-www-form-urlencoded");
        for (Reply reply : List.of(made, updated, alice.get("/clients/"), alice.get(path), registered,
                alice.post(path + "/regenerate-secret", Map.of()), Dcr.read(alice, registered))) {
            assertTrue(reply.status() < 300, reply.toString());
            assertFalse(reply.text().contains("by_scope"), reply.text());
        }
        assertTrue(file().object(made.string("client_id")).orElseThrow().isTrue("userinfo_by_scope"));
    }

    /// Of `cmd/tsidp`: other names of files and members, and a key that is encoded once more.
    @Test
    void whatTheOlderProgramKeptIsTakenOverOnce() throws Exception {
        server.close();
        JsonObject keys = JsonReader.readObject(key);
        String pem = keys.string("key").orElseThrow();
        Files.writeString(directory.resolve(KEY), JsonWriter.write(JsonObject.EMPTY
                .with("Key", JsonValue.of(Base64.getUrlEncoder().encodeToString(pem.getBytes("UTF-8"))))
                .with("ID", keys.get("kid").orElseThrow())));
        for (String file : List.of("oidc-clients.json", "oauth-clients.json")) {
            String id = file.startsWith("oidc") ? "5".repeat(32) : "6".repeat(32);
            write(file, """
                    {"%1$s":{"client_id":"%1$s","client_secret":"%2$s","name":"Elder","redirect_uri":\
                    "https://elder.example.com/cb"}}""".formatted(id, SECRET).getBytes("UTF-8"));
            server = TestServer.start(tailnet, clock, directory);
            alice = server.plain(FakeTailnet.ALICE);
            Reply tokens = party(id, "https://elder.example.com/cb").login();
            assertEquals(Optional.of(keys.get("kid").orElseThrow().toString().replaceAll("[^0-9]", "")),
                    RelyingParty.header(tokens.string("id_token")).string("kid"));
            assertEquals("Elder", alice.get("/clients/" + id).string("client_name"));
            assertEquals(200, party(WEB, "https://wiki.example.com/cb2").login().status());
            assertFalse(Files.exists(directory.resolve(file)));
            assertTrue(Files.exists(directory.resolve("deprecated-" + file)));
            assertEquals(204, alice.send("DELETE", "/clients/" + id, new byte[0]).status());
            server.restart();
            assertEquals(404, alice.get("/clients/" + id).status());
            server.close();
        }
        server = TestServer.start(tailnet, clock, directory);
    }

    @Test
    void whoRegisteredItselfThereAsksHereUntilItIsTrustedAsTheStartSays() {
        String said = "they ask each person once, unless you trust them";
        assertTrue(server.log().contains(said) && server.log().contains("clients=1 "), server.log());
        assertTrue(server.log().contains("tsidp client update CLIENT_ID -trusted"), server.log());
        Dcr.register(alice, "{'redirect_uris': ['https://dyn.example.com/']}");
        assertEquals(0, server.command("update", DYNAMIC, "-trusted"));
        assertEquals(302, party(DYNAMIC, "http://127.0.0.1:33418/cb").authorize().status());
        int before = server.log().length();
        server.restart();
        assertFalse(server.log().substring(before).contains(said), server.log());
        assertEquals(302, party(DYNAMIC, "http://127.0.0.1:33418/cb").authorize().status());
    }

    @Test
    void aClientThatHasOnlyTheOldRedirectUriSignsIn() {
        assertEquals(200, party(OLD, "https://old.example.com/cb").login().status());
    }

    @Test
    void aClientInAContainerNetworkSignsIn() {
        assertEquals(200, party(CONTAINER, "http://my_app:8080/cb").login().status());
    }

    @Test
    void aClientThatRegisteredItselfThereIsAskedAboutAndStays() {
        assertEquals(200, party(DYNAMIC, "http://127.0.0.1:33418/cb").authorize().status());
        clock.pass(Duration.ofDays(365));
        server.expire();
        assertEquals(200, alice.get("/clients/" + DYNAMIC).status());
    }

    @Test
    void whoOnlyRunsOnItChangesNothing() throws Exception {
        party(WEB, "https://wiki.example.com/cb2").login();
        server.restart();
        assertEquals(FILE, Files.readString(directory.resolve(CLIENTS)));
        assertEquals(new String(key, "UTF-8"), Files.readString(directory.resolve(KEY)));
    }

    @Test
    void givenBackItHasEveryFieldThatWasThere() throws Exception {
        JsonObject before = before();
        String added = alice.post("/clients/new", Map.of("name", "New", "redirect_uri", "https://new.example.com/"))
                .string("client_id");
        alice.send("PUT", "/clients/" + WEB, Browser.form(Map.of("name", "Renamed", "redirect_uri",
                "https://wiki.example.com/cb3")).getBytes(), "Content-Type", "application/x-www-form-urlencoded");
        alice.send("DELETE", "/clients/" + CONTAINER, new byte[0]);
        Reply registered = Dcr.register(alice, "{'redirect_uris': ['https://dyn.example.com/']}");
        JsonObject after = file();
        assertEquals(before.object(DYNAMIC), after.object(DYNAMIC));
        assertEquals(Optional.empty(), after.get(CONTAINER));
        JsonObject web = after.object(WEB).orElseThrow();
        JsonObject expected = before.object(WEB).orElseThrow().with("client_name", JsonValue.of("Renamed"))
                .with("redirect_uris", JsonValue.of(List.of("https://wiki.example.com/cb3")))
                .with("redirect_uri", JsonValue.of("https://wiki.example.com/cb3"));
        assertEquals(expected, web);
        assertTrue(new String(Files.readAllBytes(directory.resolve(CLIENTS)), "UTF-8")
                .contains("[1.50,18446744073709551615,null]"));
        JsonObject old = after.object(OLD).orElseThrow();
        assertEquals(Optional.of(List.of("https://old.example.com/cb")), old.strings("redirect_uris"));
        assertEquals(before.object(OLD).orElseThrow().without("redirect_uris"), old.without("redirect_uris"));
        for (String id : List.of(added, registered.string("client_id"))) {
            JsonObject ours = after.object(id).orElseThrow();
            assertEquals(Optional.of(id), ours.string("client_id"));
            assertTrue(ours.string("client_secret").orElseThrow().matches("[0-9a-f]{64}"));
            assertTrue(ours.string("created_at").orElseThrow().matches("[0-9-]{10}T[0-9:]{8}(\\.[0-9]{1,9})?Z"));
            assertTrue(ours.strings("redirect_uris").isPresent());
        }
        assertFalse(Files.readString(directory.resolve(CLIENTS)).contains("registration_access_token"));
        assertEquals(new String(key, "UTF-8"), Files.readString(directory.resolve(KEY)));
        for (String name : List.of(KEY, CLIENTS)) {
            assertEquals("rw-------", PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(directory.resolve(name))), name);
        }
    }

    @Test
    void andComeBackItWorksAgain() throws Exception {
        Reply registered = Dcr.register(alice, "{'redirect_uris': ['https://dyn.example.com/']}");
        server.close();
        // The Go tsidp rewrites the file from the fields that it knows, and drops our others.
        JsonObject rewritten = file();
        for (String id : List.copyOf(rewritten.members().keySet())) {
            rewritten = rewritten.with(id, rewritten.object(id).orElseThrow().without("of_a_later_version"));
        }
        Files.writeString(directory.resolve(CLIENTS), JsonWriter.write(rewritten.without(OLD)));
        server = TestServer.start(tailnet, clock, directory);
        alice = server.plain(FakeTailnet.ALICE);
        assertEquals(200, party(WEB, "https://wiki.example.com/cb2").login().status());
        assertEquals(200, Dcr.read(alice, registered).status());
        assertEquals(404, alice.get("/clients/" + OLD).status());
    }
}
