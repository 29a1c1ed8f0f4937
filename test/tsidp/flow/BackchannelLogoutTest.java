package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.jose.Jws;
import tsidp.json.JsonObject;

/// Back-Channel Logout 1.0, with an application that listens.
@Timeout(60)
class BackchannelLogoutTest {

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final TestServer server = TestServer.start(tailnet);
    private final LinkedBlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final LinkedBlockingQueue<Integer> statuses = new LinkedBlockingQueue<>();
    private final HttpServer application = application();
    private final Browser alice = server.secure(FakeTailnet.ALICE);

    private HttpServer application() {
        try {
            HttpServer made = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            made.createContext("/back", exchange -> {
                received.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII));
                exchange.sendResponseHeaders(Optional.ofNullable(statuses.poll()).orElse(200), -1);
                exchange.close();
            });
            made.start();
            return made;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void stop() {
        server.close();
        tailnet.close();
        application.stop(0);
    }

    private String address() {
        return "http://127.0.0.1:" + application.getAddress().getPort() + "/back";
    }

    private RelyingParty party(String... fields) {
        tailnet.policy(FakeTailnet.ALICE, "{'allow_admin_ui': true, 'allow_dcr': true}");
        var form = Browser.fields(fields);
        form.put("redirect_uri", "https://app.example.com/cb");
        return Dcr.party(alice, alice.post("/clients/new", form));
    }

    private JsonObject next() throws Exception {
        String form = received.poll(30, TimeUnit.SECONDS);
        assertTrue(form != null && form.startsWith("logout_token="), form);
        String token = form.substring("logout_token=".length());
        List<JsonObject> keys = alice.get("/.well-known/jwks.json").json().array("keys").orElseThrow().values().stream()
                .map(key -> (JsonObject) key).toList();
        assertEquals("logout+jwt", RelyingParty.header(token).string("typ").orElseThrow());
        return Jws.verify(token, keys);
    }

    private void logged(String words) throws Exception {
        for (int i = 0; i < 600 && !server.log().contains(words); i++) {
            Thread.sleep(50);
        }
        assertTrue(server.log().contains(words), server.log());
    }

    @Test
    void aDeviceThatLeavesIsToldToTheApplication() throws Exception {
        RelyingParty app = party("backchannel_logout_uri", address());
        Reply tokens = app.login();
        JsonObject before = app.claims(tokens);
        tailnet.remove(FakeTailnet.ALICE);
        server.look();
        JsonObject told = next();
        assertEquals(server.issuer().url(), told.string("iss").orElseThrow());
        assertEquals(before.string("sub"), told.string("sub"));
        assertEquals(before.string("sid"), told.string("sid"));
        assertEquals(app.client().id(), told.string("aud").orElseThrow());
        assertEquals(120, told.integer("exp").getAsLong() - told.integer("iat").getAsLong());
        assertEquals(32, told.string("jti").orElseThrow().length());
        assertEquals(Map.of("http://schemas.openid.net/event/backchannel-logout", JsonObject.EMPTY),
                told.object("events").orElseThrow().members());
        assertTrue(told.get("nonce").isEmpty(), "§2.4 forbids it");
        logged("msg=\"logout told\" client=" + app.client().id());
        assertNull(received.poll(), "once is enough");
    }

    @Test
    void soIsARevokedTokenAndALogout() throws Exception {
        RelyingParty app = party("backchannel_logout_uri", address());
        RelyingParty silent = party();
        Reply tokens = app.login();
        silent.login();
        String sid = app.claims(tokens).string("sid").orElseThrow();
        alice.post("/revoke", Map.of("token", tokens.string("refresh_token"), "client_id", app.client().id(),
                "client_secret", app.client().secret()));
        assertEquals(sid, next().string("sid").orElseThrow());
        Reply others = app.login();
        assertEquals(200, alice.get("/logout", Map.of("id_token_hint", others.string("id_token"))).status());
        assertEquals(app.claims(others).string("sid"), next().string("sid"));
        assertNull(received.poll());
    }

    /// A logout token is no ID token: neither by its type here, nor by its claims elsewhere.
    @Test
    void aLogoutTokenIsNoHint() throws Exception {
        RelyingParty app = party("backchannel_logout_uri", address());
        alice.get("/logout", Map.of("id_token_hint", app.login().string("id_token")));
        String form = received.poll(30, TimeUnit.SECONDS);
        assertEquals(400, alice.get("/logout", Map.of("id_token_hint", form.substring("logout_token=".length())))
                .status());
    }

    @Test
    void aRefusalIsNotRepeated() throws Exception {
        statuses.add(400);
        RelyingParty app = party("backchannel_logout_uri", address());
        alice.get("/logout", Map.of("id_token_hint", app.login().string("id_token")));
        next();
        logged("why=\"status 400\"");
        assertNull(received.poll());
    }

    @Test
    void aFaultIsTriedAgain() throws Exception {
        statuses.add(503);
        RelyingParty app = party("backchannel_logout_uri", address());
        alice.get("/logout", Map.of("id_token_hint", app.login().string("id_token")));
        JsonObject first = next();
        JsonObject second = next();
        assertEquals(first.string("sid"), second.string("sid"));
        assertFalse(first.string("jti").equals(second.string("jti")));
        logged("msg=\"logout told\"");
    }

    /// Otherwise anybody who may register could have us send requests into our own network.
    @Test
    void whoRegisteredItselfReachesNothingInside() throws Exception {
        tailnet.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true}");
        String uri = address().replace("http:", "https:").replace("127.0.0.1", "localhost");
        Reply registered = Dcr.register(alice, "{'redirect_uris': ['https://app.example.com/cb'],"
                + " 'backchannel_logout_uri': '" + uri + "'}");
        assertEquals(uri, registered.string("backchannel_logout_uri"));
        assertEquals("invalid_client_metadata", Dcr.register(alice, "{'redirect_uris':"
                + " ['https://app.example.com/cb'], 'backchannel_logout_uri': '" + address() + "'}").string("error"));
        RelyingParty app = Dcr.party(alice, registered);
        alice.put("/clients/" + app.client().id(), "trusted", "true");
        alice.get("/logout", Map.of("id_token_hint", app.login().string("id_token")));
        // The pauses between its tries are longer than this test: the first is in the log of nobody.
        assertNull(received.poll(2, TimeUnit.SECONDS));
    }

    @Test
    void itIsToldInTheMetadata() {
        JsonObject metadata = alice.get("/.well-known/openid-configuration").json();
        assertTrue(metadata.isTrue("backchannel_logout_supported"));
        assertTrue(metadata.isTrue("backchannel_logout_session_supported"));
    }
}
