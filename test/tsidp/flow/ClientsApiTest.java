package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonArray;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;

/// `/clients/`, as used by scripts that were written for the Go tsidp.
@Timeout(60)
class ClientsApiTest {

    private static final String CALLBACK = "https://app.example.com/callback";
    private static final String FILE = "oidc-funnel-clients.json";

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_admin_ui': true}");
    }

    private final Browser admin = SERVER.plain(FakeTailnet.ALICE);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private Reply create(String... parameters) {
        return admin.post("/clients/new", Browser.fields(parameters));
    }

    private Reply put(String id, String... parameters) {
        return admin.put("/clients/" + id, parameters);
    }

    private static List<JsonValue> list(Browser browser) throws Exception {
        return ((JsonArray) JsonReader.read(browser.get("/clients/").body())).values();
    }

    private static RelyingParty party(Reply created) {
        return new RelyingParty(SERVER.plain(FakeTailnet.ALICE), new Client(created.string("client_id"),
                created.string("client_secret"), "", created.json().strings("redirect_uris").orElseThrow(), "",
                JsonObject.EMPTY));
    }

    private static Optional<JsonObject> onDisk(String id) throws Exception {
        return JsonReader.readObject(Files.readAllBytes(SERVER.directory().resolve(FILE))).object(id);
    }

    @Test
    void aNewClientIsAnsweredWithItsSecretAndSignsIn() throws Exception {
        Reply reply = create("name", "Wiki é", "redirect_uri", CALLBACK + "\r\n \n" + CALLBACK + "2\n");
        assertEquals(200, reply.status());
        assertEquals("application/json", reply.header("Content-Type"));
        assertEquals("no-store", reply.header("Cache-Control"));
        assertTrue(reply.string("client_id").matches("[0-9a-f]{32}"), reply.toString());
        assertTrue(reply.string("client_secret").matches("[0-9a-f]{64}"), reply.toString());
        assertEquals("Wiki é", reply.string("client_name"));
        assertEquals(Optional.of(List.of(CALLBACK, CALLBACK + "2")), reply.json().strings("redirect_uris"));
        assertTrue(reply.string("created_at").matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z"));
        assertEquals(Optional.of(reply.json()),
                onDisk(reply.string("client_id")).map(stored -> stored.without("userinfo_by_scope")));
        assertEquals(200, party(reply).login().status());
    }

    @Test
    void listAndReadingTellNoSecret() throws Exception {
        Reply created = create("name", "Secretive", "redirect_uri", CALLBACK);
        String id = created.string("client_id");
        Reply read = admin.get("/clients/" + id);
        assertEquals(200, read.status());
        assertEquals(created.json().without("client_secret"), read.json());
        assertTrue(list(admin).contains(read.json()));
        for (Reply reply : List.of(admin.get("/clients/"), read, put(id, "name", "x", "redirect_uri", CALLBACK))) {
            assertFalse(reply.text().contains("client_secret\""), reply.text());
            assertFalse(reply.text().contains(created.string("client_secret")), reply.text());
        }
    }

    @Test
    void aChangeKeepsIdAndSecretAndTheRest() {
        Reply created = create("name", "Before", "redirect_uri", CALLBACK);
        String id = created.string("client_id");
        Reply changed = put(id, "name", "After", "redirect_uri", "https://other.example.com/\n" + CALLBACK);
        assertEquals(200, changed.status());
        assertEquals("After", changed.string("client_name"));
        assertEquals(Optional.of(List.of("https://other.example.com/", CALLBACK)),
                changed.json().strings("redirect_uris"));
        assertEquals(created.string("created_at"), changed.string("created_at"));
        assertEquals(changed.json(), admin.get("/clients/" + id).json());
        assertEquals(200, party(created).login().status());
        assertEquals(200, put(id, "name", "After", "redirect_uri", "https://third.example.com/").status());
        assertEquals(400, party(created).authorize().status());
    }

    @Test
    void whatTheFormDoesNotNameStaysAndANameMayBeEmpty() {
        String id = create("redirect_uri", CALLBACK).string("client_id");
        assertEquals("", admin.get("/clients/" + id).string("client_name"));
        assertEquals("App", put(id, "name", "App").string("client_name"));
        Reply moved = put(id, "redirect_uri", "https://other.example.com/");
        assertEquals("App", moved.string("client_name"));
        assertEquals(Optional.of(List.of("https://other.example.com/")), moved.json().strings("redirect_uris"));
        Reply unnamed = put(id, "name", "");
        assertEquals("", unnamed.string("client_name"));
        assertEquals(moved.json().strings("redirect_uris"), unnamed.json().strings("redirect_uris"));
    }

    @Test
    void aNewSecretEndsTheOldOne() {
        Reply created = create("name", "Rotated", "redirect_uri", CALLBACK);
        String id = created.string("client_id");
        String code = party(created).code();
        Reply rotated = admin.post("/clients/" + id + "/regenerate-secret", "");
        assertEquals(200, rotated.status());
        assertTrue(rotated.string("client_secret").matches("[0-9a-f]{64}"));
        assertNotEquals(created.string("client_secret"), rotated.string("client_secret"));
        assertEquals("invalid_client", party(created).redeem(code).string("error"));
        assertEquals(200, party(rotated).redeem(code).status());
        assertFalse(SERVER.log().contains(rotated.string("client_secret")));
    }

    @Test
    void aRemovedClientsCodesAndTokensDie() {
        Reply created = create("name", "Removed", "redirect_uri", CALLBACK);
        String id = created.string("client_id");
        RelyingParty party = party(created);
        Reply tokens = party.login();
        String code = party.code();
        Reply removed = admin.send("DELETE", "/clients/" + id, new byte[0]);
        assertEquals(204, removed.status());
        assertEquals(0, removed.body().length);
        assertEquals(404, admin.get("/clients/" + id).status());
        assertEquals(400, party.authorize().status());
        assertEquals("invalid_client", party.redeem(code).string("error"));
        assertEquals("invalid_client", party.refresh(tokens.string("refresh_token")).string("error"));
        assertEquals("invalid_token", party.userInfo(tokens.string("access_token")).string("error"));
    }

    @Test
    void whatAnAdministratorDidSurvivesARestart() throws Exception {
        Reply kept = create("name", "Kept", "redirect_uri", CALLBACK);
        Reply gone = create("name", "Gone", "redirect_uri", CALLBACK);
        admin.send("DELETE", "/clients/" + gone.string("client_id"), new byte[0]);
        SERVER.restart();
        assertEquals(kept.json().without("client_secret"), admin.get("/clients/" + kept.string("client_id")).json());
        assertEquals(404, admin.get("/clients/" + gone.string("client_id")).status());
        assertEquals(200, party(kept).login().status());
    }

    @Test
    void aPublicClientHasNoSecretAndGetsNone() {
        Reply created = create("name", "Public", "redirect_uri", CALLBACK, "token_endpoint_auth_method", "none");
        assertEquals(200, created.status());
        assertFalse(created.json().get("client_secret").isPresent());
        String id = created.string("client_id");
        Reply rotated = admin.post("/clients/" + id + "/regenerate-secret", "");
        assertEquals(400, rotated.status());
        assertEquals("invalid_request", rotated.string("error"));
        Reply changed = put(id, "name", "Still public", "redirect_uri", CALLBACK);
        assertEquals("none", changed.string("token_endpoint_auth_method"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody", "0123456789abcdef0123456789abcdef", "%2e%2e", "%00", "..", "a%20b", "é"})
    void aClientThatIsNotThereIsNotFound(String id) {
        String path = "/clients/" + id.replace("é", "%C3%A9");
        for (Reply reply : List.of(admin.get(path), admin.send("DELETE", path, new byte[0]),
                admin.put(path, "name", "x", "redirect_uri", CALLBACK),
                admin.post(path + "/regenerate-secret", ""))) {
            assertEquals(404, reply.status(), id);
            assertEquals("not_found", reply.string("error"), id);
        }
    }

    @Test
    void aClientMayHaveNoName() throws Exception {
        assertEquals("", create("redirect_uri", CALLBACK).string("client_name"));
        assertEquals("", create("name", "", "redirect_uri", CALLBACK).string("client_name"));
    }

    @Test
    void aClientNeedsAGoodRedirectUriAndAReadableNameIfAny() throws Exception {
        Set<String> before = Set.copyOf(list(admin).stream().map(JsonWriter::write).toList());
        for (List<String> bad : List.of(
                List.of("name", " \t", "redirect_uri", CALLBACK), List.of("name", "x".repeat(201), "redirect_uri",
                        CALLBACK), List.of("name", "a\nb", "redirect_uri", CALLBACK),
                List.of("name", "x"), List.of("name", "x", "redirect_uri", ""))) {
            Reply reply = create(bad.toArray(String[]::new));
            assertEquals(400, reply.status(), bad.toString());
            assertEquals("invalid_request", reply.string("error"), bad.toString());
        }
        for (String bad : List.of("\n \n", "app.example.com/cb", "/cb", "https://", "https:///cb",
                "https://a.example/#f",
                "https://me@a.example/cb", "https://*.example.com/cb", "javascript:alert(1)", "data:text/html,x",
                "https://a.example/ b", "https://a.example/é", "https://" + "a".repeat(2048) + ".example/",
                CALLBACK + "\njavascript:alert(1)", "https://a.example/cb\n".repeat(101))) {
            Reply reply = create("name", "x", "redirect_uri", bad);
            assertEquals(400, reply.status(), bad);
            assertEquals("invalid_redirect_uri", reply.string("error"), bad);
        }
        assertEquals(before, Set.copyOf(list(admin).stream().map(JsonWriter::write).toList()));
    }

    @Test
    void anAdministratorMayRegisterWhatNobodyElseMay() {
        for (String uri : List.of("http://app.lan/cb", "http://localhost/cb", "myapp:/cb", "http://my_app:8080/cb")) {
            assertEquals(200, create("name", "x", "redirect_uri", uri).status(), uri);
        }
    }

    @Test
    void badBodiesAreRefused() {
        String path = "/clients/new";
        assertEquals(400, admin.send("POST", path, "{\"name\":\"x\"}".getBytes(), "Content-Type", "application/json")
                .status());
        assertEquals(400, admin.post(path, "name=x&name=y&redirect_uri=https%3A%2F%2Fa.example").status());
        assertEquals(400, admin.post(path, "name=%ff&redirect_uri=https%3A%2F%2Fa.example").status());
        assertEquals(400, admin.post(path, "name=%0&redirect_uri=https%3A%2F%2Fa.example").status());
        assertEquals(400, admin.post(path, "name=x%00&redirect_uri=https%3A%2F%2Fa.example").status());
        assertEquals(413, admin.post(path, "name=" + "x".repeat(65_536)).status());
        String id = create("name", "Kept", "redirect_uri", CALLBACK).string("client_id");
        assertEquals(400, put(id, "name", "Other", "redirect_uri", "").status());
        assertEquals("Kept", admin.get("/clients/" + id).string("client_name"));
    }

    @Test
    void tenThousandClientsLoadListAndSignIn() throws Exception {
        var clients = new LinkedHashMap<String, JsonValue>();
        for (int i = 0; i < 10_000; i++) {
            String id = "%032x".formatted(i);
            clients.put(id, JsonReader.readObject(("{\"client_id\":\"" + id + "\",\"client_secret\":\"secret-" + i
                    + "\",\"client_name\":\"Client " + i + "\",\"redirect_uris\":[\"https://c" + i
                    + ".example.com/cb\"],\"created_at\":\"2025-01-01T00:00:00Z\"}").getBytes()));
        }
        Path directory = Files.createTempDirectory("many");
        Files.write(directory.resolve(FILE), JsonWriter.writeBytes(new JsonObject(clients)));
        try (var server = TestServer.start(TAILNET, java.time.InstantSource.system(), directory)) {
            Browser browser = server.plain(FakeTailnet.ALICE);
            assertEquals(10_000, list(browser).size());
            String id = "%032x".formatted(9_876);
            assertEquals("Client 9876", browser.get("/clients/" + id).string("client_name"));
            assertEquals(200, new RelyingParty(browser, new Client(id, "secret-9876", "",
                    List.of("https://c9876.example.com/cb"), "", JsonObject.EMPTY)).login().status());
            Reply added = browser.post("/clients/new", Browser.fields("name", "One more", "redirect_uri", CALLBACK));
            assertEquals(200, added.status());
            assertEquals(204, browser.send("DELETE", "/clients/" + id, new byte[0]).status());
            var ids = list(browser).stream().map(client -> ((JsonObject) client).string("client_id").orElseThrow())
                    .toList();
            assertEquals(10_000, ids.size());
            assertEquals("%032x".formatted(0), ids.getFirst());
            assertEquals(added.string("client_id"), ids.getLast());
        }
    }
}
