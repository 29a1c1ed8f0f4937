package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.MovableClock;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;

/// The two MCP examples of the Go tsidp: a server that introspects what it is sent, and a gateway that exchanges it.
/// All of them register themselves.
@Timeout(60)
class McpTest {

    private static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
    private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

    /// The examples' addresses: everything runs on one device.
    private static final String GATEWAY = "http://localhost:8003";
    private static final String SERVICE = "http://localhost:8001";

    /// On devices of their own.
    private static final String BOBS_GATEWAY = "https://bob-laptop.fake-tailnet.ts.net/mcp";
    private static final String CAROLS_SERVICE = "https://carol-laptop.fake-tailnet.ts.net/mcp";

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final MovableClock clock = MovableClock.atPresent();
    private final TestServer server = TestServer.start(tailnet, clock);
    private final Browser alice = server.plain(FakeTailnet.ALICE);
    private final Browser bob = server.plain(FakeTailnet.BOB);

    @BeforeEach
    void grant() {
        for (String person : List.of(FakeTailnet.ALICE, FakeTailnet.BOB, FakeTailnet.CAROL)) {
            resources(person, GATEWAY, SERVICE, BOBS_GATEWAY, CAROLS_SERVICE);
        }
    }

    @AfterEach
    void stop() {
        server.close();
        tailnet.close();
    }

    /// As in the example's policy: one rule.
    private void resources(String person, String... resources) {
        tailnet.policy(person, "{'users': ['*'], 'resources': ['" + String.join("', '", resources)
                + "'], 'allow_dcr': true}");
    }

    private static Client registered(Browser from, String name, String url) {
        return registered(from, name, url, "client_secret_post");
    }

    private static Client registered(Browser from, String name, String url, String method) {
        Reply reply = Dcr.register(from, "{'client_name': '" + name + "', 'redirect_uris': ['" + url + "/callback'],"
                + " 'grant_types': ['authorization_code', '" + EXCHANGE + "'], 'token_endpoint_auth_method': '"
                + method + "', 'scope': 'openid profile email', 'application_type': 'web'}");
        assertEquals(201, reply.status(), reply.toString());
        return Dcr.client(reply);
    }

    /// The access token of an MCP client that its user allowed to sign them in.
    private String token(Browser user, String resource, String... others) {
        var party = new RelyingParty(user, registered(user, "MCP Client", "http://127.0.0.1:3334"));
        assertEquals(302, Form.of(party.authorize(with(others, "resource", resource))).with("decision", "allow")
                .send(user).status());
        return party.login(with(others, "resource", resource)).string("access_token");
    }

    private static String[] with(String[] others, String... more) {
        return Stream.of(others, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private Reply exchange(Client client, String token, String target, String... others) {
        var parameters = new LinkedHashMap<>(Map.of("grant_type", EXCHANGE, "subject_token", token,
                "subject_token_type", ACCESS_TOKEN, "requested_token_type", ACCESS_TOKEN, "resource", target,
                "audience", target, "scope", "openid profile email", "client_id", client.id()));
        if (!client.secret().isEmpty()) {
            parameters.put("client_secret", client.secret());
        }
        for (int i = 0; i < others.length; i += 2) {
            parameters.put(others[i], others[i + 1]);
        }
        return server.nobody().post("/token", parameters);
    }

    private void assertRefused(String error, Reply reply) {
        assertEquals(400, reply.status(), reply.toString());
        assertEquals(error, reply.string("error"), reply.toString());
        assertFalse(reply.json().get("access_token").isPresent());
    }

    /// examples/mcp-server: it has no credentials, and posts the token alone.
    @Test
    void aServerIntrospectsWhatItIsSent() {
        JsonObject metadata = alice.get("/.well-known/oauth-authorization-server").json();
        assertEquals(server.issuer().url("/introspect"), metadata.string("introspection_endpoint").orElseThrow());
        resources(FakeTailnet.ALICE, "http://localhost:9933");
        String token = token(alice, "http://localhost:9933", "scope", "email profile");
        JsonObject told = alice.post("/introspect", Map.of("token", token)).json();
        assertTrue(told.isTrue("active"));
        assertTrue(told.integer("exp").isPresent());
        assertEquals(Optional.of("email profile"), told.string("scope"));
        assertTrue(told.strings("aud").orElseThrow().contains("http://localhost:9933"));
        assertEquals(Optional.of("alice@example.com"), told.string("username"));
    }

    /// examples/mcp-gateway: client, gateway and server on one device.
    @Test
    void aGatewayExchangesWhatItIsSent() {
        Client gateway = registered(alice, "MCP Gateway", GATEWAY);
        Client service = registered(alice, "MCP Auth Server", SERVICE + "/oauth");
        Reply reply = exchange(gateway, token(alice, GATEWAY), SERVICE);
        assertEquals(200, reply.status(), reply.toString());
        assertEquals(ACCESS_TOKEN, reply.string("issued_token_type"));
        JsonObject told = alice.post("/introspect", Map.of("token", reply.string("access_token"), "client_id",
                service.id(), "client_secret", service.secret())).json();
        assertTrue(told.isTrue("active"), told.toString());
        assertEquals(Optional.of(List.of(SERVICE)), told.strings("aud"));
        assertEquals(Optional.of(gateway.id()), told.string("client_id"));
        assertEquals(Optional.of("userid:1001"), told.string("sub"));
        assertEquals(Set.of("openid", "email", "profile"), Set.of(told.string("scope").orElseThrow().split(" ")));
    }

    @Test
    void aGatewayOnItsOwnDeviceExchangesWhatOthersSendIt() {
        Client gateway = registered(bob, "Gateway", "https://bob-laptop.fake-tailnet.ts.net");
        Reply reply = exchange(gateway, token(alice, BOBS_GATEWAY), CAROLS_SERVICE);
        assertEquals(200, reply.status(), reply.toString());
        JsonObject told = server.plain(FakeTailnet.CAROL).post("/introspect",
                Map.of("token", reply.string("access_token"))).json();
        assertEquals(Optional.of(List.of(CAROLS_SERVICE)), told.strings("aud"));
        assertEquals(Optional.of("userid:1001"), told.string("sub"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://bob-laptop.fake-tailnet.ts.net", "https://bob-laptop.fake-tailnet.ts.net:8443/a?b",
        "https://BOB-laptop.Fake-tailnet.ts.net/", "http://bob-laptop.fake-tailnet.ts.net./mcp", "http://100.64.0.3/",
        "http://100.64.0.3:8003", "http://[fd7a:115c:a1e0::3]:8003/"})
    void aResourceIsTheGatewaysByItsHost(String resource) {
        resources(FakeTailnet.ALICE, resource, SERVICE);
        Client gateway = registered(bob, "Gateway", "https://gateway.example.com");
        Reply reply = exchange(gateway, token(alice, resource), SERVICE);
        assertEquals(200, reply.status(), reply.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://alice-laptop.fake-tailnet.ts.net",
        "https://bob-laptop.fake-tailnet.ts.net.evil.com", "https://bob-laptop.fake-tailnet.ts.net@evil.com/",
        "https://evil.com/bob-laptop.fake-tailnet.ts.net",
        "https://x.bob-laptop.fake-tailnet.ts.net/", "https://fake-tailnet.ts.net/", "http://100.64.0.30/",
        "http://100.64.0.2/", "http://localhost:8003", "http://127.0.0.1:8003", "http://[::1]:8003",
        "urn:bob-laptop.fake-tailnet.ts.net", "https:bob-laptop.fake-tailnet.ts.net"})
    void nobodyElsesResourceIsTheGateways(String resource) {
        resources(FakeTailnet.ALICE, resource, SERVICE);
        Client gateway = registered(bob, "Gateway", "https://gateway.example.com");
        assertRefused("invalid_request", exchange(gateway, token(alice, resource), SERVICE));
    }

    /// Its redirect URIs prove nothing.
    @Test
    void whatAClientSaysOfItselfIsNoProof() {
        Client impostor = registered(alice, "Gateway", "https://bob-laptop.fake-tailnet.ts.net");
        assertRefused("invalid_request", exchange(impostor, token(alice, BOBS_GATEWAY), CAROLS_SERVICE));
        assertRefused("invalid_request", exchange(impostor, token(alice, BOBS_GATEWAY), BOBS_GATEWAY));
    }

    /// Anybody can name it.
    @Test
    void aPublicClientIsNoGateway() {
        Client gateway = registered(bob, "Gateway", "https://bob-laptop.fake-tailnet.ts.net", "none");
        assertRefused("invalid_request", exchange(gateway, token(alice, BOBS_GATEWAY), CAROLS_SERVICE));
    }

    /// A person with `allow_dcr` could make a gateway, and a client that asks for no more than that.
    @Test
    void aStarNamesNoGateway() {
        Client gateway = registered(bob, "Gateway", "https://bob-laptop.fake-tailnet.ts.net");
        resources(FakeTailnet.ALICE, "*");
        assertRefused("invalid_target", exchange(gateway, token(alice, BOBS_GATEWAY), CAROLS_SERVICE));
        resources(FakeTailnet.ALICE, BOBS_GATEWAY, "*");
        assertEquals(200, exchange(gateway, token(alice, BOBS_GATEWAY), CAROLS_SERVICE).status());
    }

    /// So that the policy says which gateway reaches what.
    @Test
    void aRuleNamesGatewayAndAudienceTogetherForThePerson() {
        Client gateway = registered(bob, "Gateway", "https://bob-laptop.fake-tailnet.ts.net");
        String both = BOBS_GATEWAY + "', '" + CAROLS_SERVICE;
        for (String rule : List.of("{}", "{'users': ['bob@example.com'], 'resources': ['" + both + "']}",
                "{'resources': ['" + both + "']}")) {
            tailnet.policy(FakeTailnet.ALICE, rule, "{'users': ['*'], 'resources': ['" + CAROLS_SERVICE + "']}",
                    "{'users': ['*'], 'resources': ['" + BOBS_GATEWAY + "'], 'allow_dcr': true}");
            assertRefused("invalid_target", exchange(gateway, token(alice, BOBS_GATEWAY), CAROLS_SERVICE));
        }
        resources(FakeTailnet.ALICE, BOBS_GATEWAY, CAROLS_SERVICE);
        assertRefused("invalid_target", exchange(gateway, token(alice, BOBS_GATEWAY), "https://mail.example.com/"));
        assertEquals(200, exchange(gateway, token(alice, BOBS_GATEWAY), CAROLS_SERVICE).status());
    }

    /// A client's id in a rule lets others exchange for it; it makes no gateway of it.
    @Test
    void aClientsOwnIdIsNoResourceOfAGateway() {
        Client other = registered(bob, "Other", "https://other.example.com");
        Client handing = server.client("https://handing.example.com/cb");
        resources(FakeTailnet.ALICE, other.id(), CAROLS_SERVICE);
        String token = new RelyingParty(alice, handing).login().string("access_token");
        Reply handed = exchange(handing, token, other.id(), "resource", "urn:unused");
        assertEquals(200, handed.status(), handed.toString());
        assertRefused("invalid_target", exchange(other, handed.string("access_token"), CAROLS_SERVICE));
    }

    @Test
    void aGatewaysTokensEndWithItAndWithTheSignIn() {
        Reply registration = Dcr.register(bob, "{'redirect_uris': ['https://bob-laptop.fake-tailnet.ts.net/cb']}");
        Client gateway = Dcr.client(registration);
        String token = token(alice, BOBS_GATEWAY);
        String first = exchange(gateway, token, CAROLS_SERVICE).string("access_token");
        assertTrue(alice.post("/introspect", Map.of("token", first)).json().isTrue("active"));
        assertEquals(204, Dcr.remove(bob, registration).status());
        assertFalse(alice.post("/introspect", Map.of("token", first)).json().isTrue("active"));
        Client again = registered(bob, "Gateway", "https://bob-laptop.fake-tailnet.ts.net");
        String second = exchange(again, token, CAROLS_SERVICE).string("access_token");
        Reply revoked = Form.of(alice.get("/consent")).with("decision", "revoke").send(alice);
        assertEquals(302, revoked.status(), revoked.toString());
        assertFalse(alice.post("/introspect", Map.of("token", second)).json().isTrue("active"));
    }

    @Test
    void aGatewayIsOneAfterARestart() {
        Client gateway = registered(bob, "Gateway", "https://bob-laptop.fake-tailnet.ts.net");
        String token = token(alice, BOBS_GATEWAY);
        assertEquals(200, exchange(gateway, token, CAROLS_SERVICE).status(), "which makes it a used client");
        server.restart();
        assertEquals(200, exchange(gateway, token, CAROLS_SERVICE).status());
    }

    /// Written before the device was remembered.
    @Test
    void aRegistrationWithoutADeviceIsReadAndIsNoGateway() throws Exception {
        Client gateway = registered(bob, "Gateway", "https://bob-laptop.fake-tailnet.ts.net");
        String token = token(alice, BOBS_GATEWAY);
        Path file = server.directory().resolve("tsidp-registrations.json");
        server.close();
        String with = Files.readString(file);
        String without = with.replaceAll("\"hosts\":\\s*\\[[^]]*],?", "");
        assertFalse(without.contains("hosts"));
        Files.writeString(file, without);
        server.restart();
        assertRefused("invalid_request", exchange(gateway, token, CAROLS_SERVICE));
        assertTrue(alice.post("/introspect", Map.of("token", token)).json().isTrue("active"));
    }

    /// Neither ever redeems a code.
    @Test
    void aGatewayAndAServerThatAreUsedStay() {
        Client gateway = registered(bob, "Gateway", "https://bob-laptop.fake-tailnet.ts.net");
        Client service = registered(bob, "Server", "https://server.example.com");
        Client idle = registered(bob, "Idle", "https://idle.example.com");
        String token = exchange(gateway, token(alice, BOBS_GATEWAY), CAROLS_SERVICE).string("access_token");
        assertTrue(new RelyingParty(server.nobody(), service).introspect(token).json().isTrue("active"));
        clock.pass(Duration.ofDays(31));
        server.expire();
        String later = token(alice, BOBS_GATEWAY);
        assertEquals(200, exchange(gateway, later, CAROLS_SERVICE).status());
        assertTrue(new RelyingParty(server.nobody(), service).introspect(later).json().isTrue("active"));
        assertFalse(new RelyingParty(server.nobody(), idle).introspect(later).json().isTrue("active"));
    }
}
