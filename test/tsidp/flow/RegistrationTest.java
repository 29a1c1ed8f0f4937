package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.MovableClock;
import tsidp.fake.Reply;
import tsidp.json.JsonArray;
import tsidp.json.JsonReader;

/// `POST /register` (RFC 7591), and what happens to a self-registered client afterwards.
@Timeout(120)
class RegistrationTest {

    private static final String APP = "{'redirect_uris': ['https://app.example.com/cb'], 'client_name': 'App'}";
    private static final String NATIVE = "{'redirect_uris': ['http://127.0.0.1/cb'], 'application_type': 'native',"
            + " 'token_endpoint_auth_method': 'none'}";

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final MovableClock clock = MovableClock.atPresent();
    private TestServer server;
    private Browser alice;

    @BeforeEach
    void start() {
        tailnet.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true}");
        tailnet.policy(FakeTailnet.BOB, "{'allow_dcr': true}");
        server = TestServer.start(tailnet, clock);
        alice = server.plain(FakeTailnet.ALICE);
    }

    @AfterEach
    void stop() {
        server.close();
        tailnet.close();
    }

    private int count() {
        try {
            return ((JsonArray) JsonReader.read(alice.get("/clients/").body())).values().size();
        } catch (tsidp.json.JsonException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertRefused(String error, Reply reply, String what) {
        assertEquals(400, reply.status(), what + reply);
        assertEquals(error, reply.string("error"), what);
        assertFalse(reply.string("error_description").isEmpty(), what);
        assertEquals("application/json", reply.header("Content-Type"), what);
        assertEquals("no-store", reply.header("Cache-Control"), what);
    }

    @Test
    void theAnswerIsTheStandardsWithItsDefaults() {
        Reply reply = Dcr.register(alice, "{'redirect_uris': ['https://app.example.com/cb']}");
        assertEquals(201, reply.status());
        assertEquals("application/json", reply.header("Content-Type"));
        assertEquals("no-store", reply.header("Cache-Control"));
        assertEquals("no-cache", reply.header("Pragma"));
        assertEquals("", reply.header("Access-Control-Allow-Origin"));
        assertTrue(reply.string("client_id").matches("[0-9a-f]{32}"));
        assertTrue(reply.string("client_secret").matches("[0-9a-f]{64}"));
        assertEquals(0, reply.json().integer("client_secret_expires_at").orElseThrow());
        assertEquals(Optional.of(List.of("https://app.example.com/cb")), reply.json().strings("redirect_uris"));
        assertEquals("client_secret_basic", reply.string("token_endpoint_auth_method"));
        assertEquals(Optional.of(List.of("authorization_code")), reply.json().strings("grant_types"));
        assertEquals(Optional.of(List.of("code")), reply.json().strings("response_types"));
        assertEquals("web", reply.string("application_type"));
        assertTrue(reply.string("registration_access_token").length() >= 43);
        assertEquals(server.issuer().url("/register/" + reply.string("client_id")),
                reply.string("registration_client_uri"));
    }

    @Test
    void whatAClientSaysOfItselfIsKept() {
        Reply reply = Dcr.register(alice, """
                {'redirect_uris': ['https://app.example.com/cb', 'http://localhost:3000/cb', 'com.example.app:/cb'],
                 'client_name': 'Añ app', 'token_endpoint_auth_method': 'client_secret_post', 'scope': 'openid email',
                 'grant_types': ['authorization_code', 'refresh_token'], 'response_types': ['code'],
                 'client_uri': 'https://app.example.com/', 'logo_uri': 'https://app.example.com/logo.png',
                 'contacts': ['admin@example.com'], 'application_type': 'native'}""");
        assertEquals(201, reply.status());
        for (String said : List.of("Añ app", "client_secret_post", "openid email", "refresh_token", "logo.png",
                "admin@example.com", "native", "com.example.app:/cb")) {
            assertTrue(reply.text().contains(said), said);
        }
        assertTrue(alice.get("/clients/" + reply.string("client_id")).json().isTrue("dynamically_registered"));
    }

    @Test
    void unknownMetadataIsIgnored() {
        Reply reply = Dcr.register(alice, """
                {'redirect_uris': ['https://app.example.com/cb'], 'client_name#fr': 'Appli', 'software_id': 'x',
                 'jwks': {'keys': []}, 'tos_uri': 7, 'dynamically_registered': false, 'client_id': 'chosen',
                 'client_secret': 'chosen too', 'created_at': '1970-01-01T00:00:00Z'}""");
        assertEquals(201, reply.status());
        assertFalse(reply.text().contains("chosen") || reply.text().contains("Appli") || reply.text().contains("1970"));
        assertTrue(reply.json().isTrue("dynamically_registered"));
    }

    @Test
    void aPublicClientGetsNoSecretAndNoExpiryOfOne() {
        Reply reply = Dcr.register(alice, NATIVE);
        assertEquals(201, reply.status());
        assertFalse(reply.json().get("client_secret").isPresent());
        assertFalse(reply.json().get("client_secret_expires_at").isPresent());
        assertEquals("none", reply.string("token_endpoint_auth_method"));
    }

    @Test
    void grantTypesThatAreNotSupportedAreLeftOut() {
        Reply reply = Dcr.register(alice, "{'redirect_uris': ['https://a.example/'], 'grant_types':"
                + " ['authorization_code', 'implicit', 'authorization_code'], 'response_types': ['code', 'token']}");
        assertEquals(Optional.of(List.of("authorization_code")), reply.json().strings("grant_types"));
        assertEquals(Optional.of(List.of("code")), reply.json().strings("response_types"));
    }

    /// As MCP gateways register.
    @Test
    void tokenExchangeAloneIsKept() {
        String exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
        Reply reply = Dcr.register(alice, "{'redirect_uris': ['https://a.example/'], 'grant_types': ['" + exchange
                + "']}");
        assertEquals(Optional.of(List.of(exchange)), reply.json().strings("grant_types"));
    }

    @Test
    void whatIsNotPossibleHereIsReplacedByItsDefault() {
        for (String unwanted : List.of("'grant_types': ['client_credentials']",
                "'grant_types': ['urn:ietf:params:oauth:grant-type:device_code', 'password']", "'grant_types': ['']",
                "'response_types': ['token']", "'response_types': ['id_token', 'code id_token']",
                "'application_type': 'desktop'", "'token_endpoint_auth_method': 'private_key_jwt'",
                "'token_endpoint_auth_method': 'tls_client_auth'")) {
            Reply reply = Dcr.register(alice, "{'redirect_uris': ['https://a.example/'], " + unwanted + "}");
            assertEquals(201, reply.status(), unwanted);
            assertEquals(Optional.of(List.of("authorization_code")), reply.json().strings("grant_types"), unwanted);
            assertEquals(Optional.of(List.of("code")), reply.json().strings("response_types"), unwanted);
            assertEquals("web", reply.string("application_type"), unwanted);
            assertEquals("client_secret_basic", reply.string("token_endpoint_auth_method"), unwanted);
            assertTrue(reply.string("client_secret").matches("[0-9a-f]{64}"), unwanted);
        }
    }

    @Test
    void whatIsNullOrEmptyCountsAsAbsent() {
        Reply plain = Dcr.register(alice, "{'redirect_uris': ['https://a.example/']}");
        for (String absent : List.of("null", "''")) {
            var json = new StringBuilder("{'redirect_uris': ['https://a.example/', ''], 'contacts': ['']");
            for (String name : List.of("client_name", "grant_types", "response_types", "application_type", "scope",
                    "client_uri", "logo_uri", "token_endpoint_auth_method", "client_secret")) {
                json.append(", '").append(name).append("': ").append(absent);
            }
            Reply reply = Dcr.register(alice, json + "}");
            assertEquals(201, reply.status(), reply.toString());
            assertEquals(plain.json().members().keySet(), reply.json().members().keySet());
            assertEquals(plain.json().get("redirect_uris"), reply.json().get("redirect_uris"));
            Reply changed = Dcr.update(alice, reply, json.toString().replace("example/", "example/2")
                    + ", 'client_id': '" + reply.string("client_id") + "'}");
            assertEquals(200, changed.status(), changed.toString());
            assertEquals(Optional.of(List.of("https://a.example/2")), changed.json().strings("redirect_uris"));
        }
    }

    @Test
    void anApplicationOfTheTailnetOrOfTheDeviceRegisters() {
        List<String> good = List.of("cursor://anysphere.cursor-mcp/oauth/callback", "vscode://vscode.auth/did",
                "windsurf://cb", "warp://mcp/oauth2callback", "myapp://callback", "myapp:/cb",
                "http://grafana." + server.issuer().tailnet() + ":3000/cb", "http://100.100.1.2/cb",
                "http://[fd7a:115c:a1e0::7]:8080/cb", "HTTP://LocalHost:3000/cb");
        String all = "'" + String.join("', 'ms-settings:x', 'http://10.0.0.1/cb', '", good) + "'";
        Reply reply = Dcr.register(alice, "{'redirect_uris': [" + all + "], 'token_endpoint_auth_method': 'none'}");
        assertEquals(201, reply.status(), reply.toString());
        assertEquals(Optional.of(good), reply.json().strings("redirect_uris"));
        for (String uri : good) {
            assertEquals(200, Dcr.party(alice, reply).authorize("redirect_uri", uri, "code_challenge",
                    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method", "S256").status(), uri);
        }
    }

    @Test
    void badMetadataIsInvalidClientMetadata() {
        for (String json : List.of(
                "{}",
                "{'redirect_uris': []}",
                "{'redirect_uris': null}",
                "{'redirect_uris': 'https://a.example/'}",
                "{'redirect_uris': [7]}",
                "{'redirect_uris': [null]}",
                "{'redirect_uris': {'0': 'https://a.example/'}}",
                "{'redirect_uris': ['https://a.example/'], 'client_name': 7}",
                "{'redirect_uris': ['https://a.example/'], 'client_name': ['x']}",
                "{'redirect_uris': ['https://a.example/'], 'token_endpoint_auth_method': true}",
                "{'redirect_uris': ['https://a.example/'], 'grant_types': 'authorization_code'}",
                "{'redirect_uris': ['https://a.example/'], 'application_type': 7}",
                "{'redirect_uris': ['https://a.example/'], 'scope': ['openid']}",
                "{'redirect_uris': ['https://a.example/'], 'contacts': 'me'}",
                "{'redirect_uris': ['https://a.example/'], 'contacts': ['1','2','3','4','5','6','7','8','9','a','b']}",
                "{'redirect_uris': ['https://a.example/'], 'redirect_uris': ['https://b.example/']}",
                "{'redirect_uris': ['https://a.example/']",
                "{'redirect_uris': ['https://a.example/']} x",
                "['https://a.example/']",
                "'https://a.example/'",
                "null")) {
            assertRefused("invalid_client_metadata", Dcr.register(alice, json), json);
        }
        assertEquals(0, count());
    }

    @Test
    void aRedirectUriThatAnybodyMustNotRegisterIsInvalidRedirectUri() {
        for (String uri : List.of("http://app.example.com/cb", "http://192.168.0.1/cb",
                "http://localhost.evil.example/cb", "http://localhost:1@evil.example/cb",
                "https://user@app.example.com/cb", "https://app.example.com/cb#x", "https://*.example.com/cb",
                "http://localhost:*/cb", "ms-word:ofe", "intent://x/",
                "http://other.ts.net/", "javascript:alert(1)", "data:text/html;x", "/cb", "", "https://",
                "https://app.example.com/a b", "https://app.example.com/é", "file:///x", "urn:x:y")) {
            assertRefused("invalid_redirect_uri", Dcr.register(alice, "{'redirect_uris': ['" + uri + "']}"), uri);
            assertRefused("invalid_redirect_uri", Dcr.register(alice, "{'redirect_uris': ['" + uri
                    + "', 'ftp://a.example/']}"), uri);
            assertEquals(0, count());
            Reply some = Dcr.register(alice, "{'redirect_uris': ['" + uri + "', 'https://good.example/']}");
            assertEquals(201, some.status(), uri);
            assertEquals(Optional.of(List.of("https://good.example/")), some.json().strings("redirect_uris"), uri);
            assertEquals(400, Dcr.party(alice, some).authorize("redirect_uri", uri).status(), uri);
            Dcr.remove(alice, some);
        }
    }

    @Test
    void sizesAreLimited() {
        String name = "x".repeat(2048);
        assertEquals("x".repeat(64), Dcr.register(alice, "{'redirect_uris': ['https://a.example/'], 'client_name': '"
                + name + "'}").string("client_name"));
        assertRefused("invalid_client_metadata", Dcr.register(alice,
                "{'redirect_uris': ['https://a.example/'], 'client_name': 'y" + name + "'}"), "name");
        assertRefused("invalid_client_metadata", Dcr.register(alice,
                "{'redirect_uris': ['https://a.example/'], 'logo_uri': '" + "x".repeat(2049) + "'}"), "logo_uri");
        assertEquals(201, Dcr.register(alice, uris(100)).status());
        assertRefused("invalid_redirect_uri", Dcr.register(alice, uris(101)), "101 URIs");
        assertEquals(413, Dcr.register(alice, "{'redirect_uris': ['https://a.example/'], 'x': '"
                + "x".repeat(16_384) + "'}").status());
        assertEquals(2, count());
    }

    private static String uris(int count) {
        var uris = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            uris.add("'https://a.example/" + i + "'");
        }
        return "{'redirect_uris': [" + String.join(",", uris) + "]}";
    }

    @Test
    void aBodyIsJsonWhateverItsType() {
        byte[] body = APP.replace('\'', '"').getBytes();
        assertEquals(201, alice.send("POST", "/register", body).status());
        for (String type : List.of("text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded")) {
            assertEquals(201, alice.send("POST", "/register", body, "Content-Type", type).status(), type);
            assertEquals(403, alice.send("POST", "/register", body, "Content-Type", type, "Origin",
                    "https://evil.example").status(), "a form of another site");
        }
        assertRefused("invalid_client_metadata", alice.post("/register", "redirect_uris=https%3A%2F%2Fa.example"),
                "form");
        assertRefused("invalid_client_metadata", alice.send("POST", "/register", new byte[0], "Content-Type",
                "application/json"), "empty");
        assertRefused("invalid_client_metadata", alice.send("POST", "/register", new byte[] {'{', (byte) 0xff, '}'},
                "Content-Type", "application/json"), "not UTF-8");
        assertEquals(201, alice.send("POST", "/register", body, "Content-Type", "application/json; charset=utf-8")
                .status());
    }

    @Test
    void whoIsNotGrantedRegistersNothing() {
        tailnet.grant(FakeTailnet.BOB);
        for (Browser browser : List.of(server.nobody(), server.plain(FakeTailnet.BOB),
                server.plain(FakeTailnet.PRINTER))) {
            Reply reply = Dcr.register(browser, APP);
            assertEquals(403, reply.status());
            assertEquals("access_denied", reply.string("error"));
        }
        assertEquals(0, count());
    }

    @Test
    void theSameSoftwareAgainDoesNotPileUp() {
        var ids = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            ids.add(Dcr.register(alice, APP).string("client_id"));
            clock.pass(Duration.ofSeconds(1));
        }
        assertEquals(20, Set.copyOf(ids).size());
        assertEquals(5, count());
        for (int i = 0; i < 20; i++) {
            assertEquals(i < 15 ? 404 : 200, alice.get("/clients/" + ids.get(i)).status(), "number " + i);
        }
    }

    @Test
    void anotherPersonsAndOtherSoftwareDoNotGiveWay() {
        Reply bobs = Dcr.register(server.plain(FakeTailnet.BOB), APP);
        Reply other = Dcr.register(alice, APP.replace("'App'", "'Other'"));
        for (int i = 0; i < 6; i++) {
            Dcr.register(alice, APP);
        }
        assertEquals(200, alice.get("/clients/" + bobs.string("client_id")).status());
        assertEquals(200, alice.get("/clients/" + other.string("client_id")).status());
    }

    /// A server on which many clients are registered, `each` of them per person, alice's first.
    private TestServer filled(int count, int each) throws IOException {
        var registrations = new ArrayList<String>();
        var clients = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            String id = "%032x".formatted(i);
            registrations.add("'%s':{'token':'x','by':'userid:%d','at':%d,'used':false}".formatted(id,
                    1001 + i / each, clock.instant().getEpochSecond()));
            clients.add(("'%s':{'client_id':'%s','client_name':'%d','redirect_uris':['https://a.example/'],"
                    + "'dynamically_registered':true}").formatted(id, id, i));
        }
        Path directory = Files.createTempDirectory("filled");
        write(directory.resolve("tsidp-registrations.json"), registrations);
        write(directory.resolve("oidc-funnel-clients.json"), clients);
        return TestServer.start(tailnet, clock, directory);
    }

    private static void write(Path file, List<String> members) throws IOException {
        Files.writeString(file, ("{" + String.join(",", members) + "}").replace('\'', '"'));
    }

    private static void assertFull(Reply reply) {
        assertEquals(403, reply.status());
        assertEquals("access_denied", reply.string("error"));
    }

    @Test
    void aPersonRegistersFiftyAndNoMore() throws IOException {
        try (var full = filled(49, 49)) {
            Browser alices = full.plain(FakeTailnet.ALICE);
            Reply last = Dcr.register(alices, APP);
            assertEquals(201, last.status());
            assertFull(Dcr.register(alices, NATIVE));
            assertEquals(201, Dcr.register(full.plain(FakeTailnet.BOB), NATIVE).status());
            assertEquals(204, Dcr.remove(alices, last).status());
            assertEquals(201, Dcr.register(alices, NATIVE).status());
        }
    }

    @Test
    void aClientThatAnAdministratorRemovedMakesRoom() throws IOException {
        try (var full = filled(50, 50)) {
            Browser alices = full.plain(FakeTailnet.ALICE);
            assertFull(Dcr.register(alices, APP));
            assertEquals(204, alices.send("DELETE", "/clients/" + "0".repeat(32), new byte[0]).status());
            assertEquals(201, Dcr.register(alices, APP).status());
        }
    }

    @Test
    void whereItIsFullOneOfTheSameSoftwareGivesWay() throws IOException {
        try (var full = filled(45, 45)) {
            Browser alices = full.plain(FakeTailnet.ALICE);
            for (int i = 0; i < 6; i++) {
                assertEquals(201, Dcr.register(alices, APP).status(), "number " + i);
            }
            assertFull(Dcr.register(alices, NATIVE));
        }
    }

    @Test
    void fiveHundredInAllAndNoMore() throws IOException {
        try (var full = filled(500, 40)) {
            assertFull(Dcr.register(full.plain(FakeTailnet.ALICE), APP));
            assertFull(Dcr.register(full.plain(FakeTailnet.BOB), APP));
        }
    }

    @Test
    void aClientThatNobodyUsedGoesAfterThirtyDays() {
        Reply registered = Dcr.register(alice, NATIVE);
        clock.pass(Duration.ofDays(30));
        server.expire();
        assertEquals(200, Dcr.read(alice, registered).status());
        clock.pass(Duration.ofSeconds(1));
        server.expire();
        assertEquals(401, Dcr.read(alice, registered).status());
        assertEquals(0, count());
        assertEquals(400, Dcr.party(alice, registered).authorize().status());
        server.restart();
        assertEquals(0, count());
    }

    @Test
    void aClientThatAnAdministratorMadeStaysUnused() {
        var client = server.client("https://app.example.com/cb");
        clock.pass(Duration.ofDays(400));
        server.expire();
        assertEquals(200, alice.get("/clients/" + client.id()).status());
    }

    @Test
    void aRegistrationSurvivesARestart() {
        Reply registered = Dcr.register(alice, APP);
        server.restart();
        assertEquals(registered.json(), Dcr.read(alice, registered).json());
        clock.pass(Duration.ofDays(31));
        server.expire();
        assertEquals(0, count());
    }

    @Test
    void aClientThatRegisteredAtTheGoTsidpStays() throws IOException {
        Path directory = Files.createTempDirectory("go");
        Files.writeString(directory.resolve("oidc-funnel-clients.json"), """
                {"%1$s": {"client_id": "%1$s", "client_secret": "s", "redirect_uris": ["https://a.example/"],
                 "dynamically_registered": true, "created_at": "2025-01-01T00:00:00Z"}}""".formatted("a".repeat(32)));
        try (var moved = TestServer.start(tailnet, clock, directory)) {
            clock.pass(Duration.ofDays(400));
            moved.expire();
            assertEquals(200, moved.plain(FakeTailnet.ALICE).get("/clients/" + "a".repeat(32)).status());
        }
    }

    @Test
    void noTwoRegistrationsShareAnything() {
        Reply one = Dcr.register(alice, APP);
        Reply two = Dcr.register(alice, APP);
        for (String name : List.of("client_id", "client_secret", "registration_access_token")) {
            assertNotEquals(one.string(name), two.string(name), name);
        }
    }

    @Test
    void theFilesHoldNoRegistrationAccessToken() throws IOException {
        Reply registered = Dcr.register(alice, APP);
        try (var files = Files.list(server.directory())) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                assertFalse(Files.readString(file).contains(Dcr.token(registered)), file.toString());
            }
        }
        assertFalse(server.log().contains(Dcr.token(registered)));
        assertFalse(server.log().contains(registered.string("client_secret")));
    }
}
