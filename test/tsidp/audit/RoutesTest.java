package tsidp.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Reply;
import tsidp.http.Origins;
import tsidp.http.Route;

/// The routes walked from outside. The table below is what a reviewer expects; the program's own is compared with it,
/// and so is what each path does with every method, caller, host and size.
@Timeout(60)
class RoutesTest {

    private enum Caller { ANYONE, PERSON, CLIENT, MAYBE_CLIENT, BEARER }

    private record Row(Set<String> methods, Caller caller, boolean anyOrigin, int maxBody) {
    }

    private static final Set<String> READ = Set.of("GET", "HEAD");
    private static final Set<String> POST = Set.of("POST");
    private static final Set<String> GET_POST = Set.of("GET", "POST");

    private static final Map<String, Row> EXPECTED = new TreeMap<>(Map.of(
            "/.well-known/openid-configuration", new Row(READ, Caller.ANYONE, true, 0),
            "/.well-known/oauth-authorization-server", new Row(READ, Caller.ANYONE, true, 0),
            "/.well-known/jwks.json", new Row(READ, Caller.ANYONE, true, 0),
            "/authorize", new Row(GET_POST, Caller.PERSON, false, 65_536),
            "/token", new Row(POST, Caller.CLIENT, true, 65_536),
            "/userinfo", new Row(GET_POST, Caller.BEARER, true, 65_536),
            "/introspect", new Row(POST, Caller.MAYBE_CLIENT, false, 65_536),
            "/style.css", new Row(READ, Caller.ANYONE, false, 0)));

    private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS",
            "TRACE", "PROPFIND", "get");

    private static final String CORS = "access-control-allow-origin";

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private static List<Browser> everybody() {
        return List.of(SERVER.nobody(), SERVER.plain(FakeTailnet.ALICE), SERVER.plain(FakeTailnet.PRINTER),
                SERVER.secure(FakeTailnet.ALICE), SERVER.secure(FakeTailnet.PRINTER));
    }

    @Test
    void theTableIsTheOneThatWasReviewed() {
        assertEquals(EXPECTED.keySet(), new TreeSet<>(SERVER.routes().stream().map(Route::path).toList()));
        for (Route<?> route : SERVER.routes()) {
            Row row = EXPECTED.get(route.path());
            assertEquals(row.methods(), route.methods(), route.path());
            assertEquals(row.anyOrigin(), route.origins() == Origins.ANY, route.path());
            assertEquals(row.maxBody(), route.maxBody(), route.path());
        }
    }

    @Test
    void whoeverIsNotTheRightCallerGetsNothing() {
        EXPECTED.forEach((path, row) -> {
            for (Browser browser : everybody()) {
                for (String method : row.methods()) {
                    Reply reply = browser.send(method, path, new byte[0]);
                    boolean isAlice = browser.from().equals(TAILNET.source(FakeTailnet.ALICE));
                    int expected = switch (row.caller()) {
                        case ANYONE -> 200;
                        // Whoever is somebody is told that the request lacks everything.
                        case PERSON -> isAlice ? 400 : 403;
                        case CLIENT, BEARER -> 401;
                        case MAYBE_CLIENT -> 400;
                    };
                    assertEquals(expected, reply.status(), method + " " + path + " " + browser.from());
                    assertEquals(expected == 401, reply.headers().containsKey("www-authenticate"), path);
                }
            }
        });
    }

    @Test
    void everyOtherMethodGets405WithAllow() {
        EXPECTED.forEach((path, row) -> {
            for (String method : METHODS) {
                boolean preflight = method.equals("OPTIONS") && row.anyOrigin();
                if (!row.methods().contains(method) && !preflight) {
                    Reply reply = SERVER.plain(FakeTailnet.ALICE).send(method, path, new byte[0]);
                    assertEquals(405, reply.status(), method + " " + path);
                    var allowed = new TreeSet<>(row.methods());
                    allowed.addAll(row.anyOrigin() ? Set.of("OPTIONS") : Set.of());
                    assertEquals(String.join(", ", allowed), reply.header("Allow"), method + " " + path);
                    assertGuarded(path, reply);
                }
            }
        });
    }

    @Test
    void scriptsOfOtherOriginsReadExactlyWhatTheTableSays() {
        EXPECTED.forEach((path, row) -> {
            for (String method : row.methods()) {
                Reply reply = SERVER.plain(FakeTailnet.ALICE).send(method, path, new byte[0], "Origin",
                        "https://evil.example");
                assertEquals(row.anyOrigin() ? "*" : "", reply.header(CORS), path);
                assertFalse(reply.headers().containsKey("access-control-allow-credentials"), path);
                assertGuarded(path, reply);
            }
            Reply preflight = SERVER.plain(FakeTailnet.ALICE).send("OPTIONS", path, new byte[0], "Origin",
                    "https://evil.example", "Access-Control-Request-Method", "POST");
            assertEquals(row.anyOrigin() ? 204 : 405, preflight.status(), path);
            assertEquals(row.anyOrigin() ? "*" : "", preflight.header(CORS), path);
            if (row.anyOrigin()) {
                assertTrue(preflight.header("Access-Control-Allow-Headers").contains("Authorization"), path);
                row.methods().forEach(method ->
                        assertTrue(preflight.header("Access-Control-Allow-Methods").contains(method), path));
            }
            assertGuarded(path, preflight);
        });
    }

    @Test
    void anotherHostGets421AndNothingElse() {
        var paths = new TreeSet<>(EXPECTED.keySet());
        paths.add("/nowhere");
        for (String path : paths) {
            for (String host : List.of("evil.example", "evil.example:443", "127.0.0.1.evil.example", "localhost.evil",
                    "idp.fake-tailnet.ts.net.evil.example", "[::2]", "0.0.0.0", "localhost@evil.example", "a b",
                    "localhost, evil.example", "localhost/evil", "")) {
                for (Browser browser : List.of(SERVER.plain(FakeTailnet.ALICE), SERVER.nobody())) {
                    for (String method : host.isEmpty() ? List.of("GET", "POST", "OPTIONS") : List.of("GET")) {
                        Reply reply = browser.asking(host).send(method, path, new byte[0]);
                        assertEquals(421, reply.status(), method + " " + path + " at " + host);
                        assertFalse(reply.headers().containsKey(CORS), path);
                        assertGuarded(path, reply);
                    }
                }
            }
        }
    }

    @Test
    void theNameOfOneListenerIsNotTheOthers() {
        String path = "/.well-known/openid-configuration";
        assertEquals(421, SERVER.plain(FakeTailnet.ALICE).asking(FakeTailnet.DNS_NAME).get(path).status());
        assertEquals(200, SERVER.plain(FakeTailnet.ALICE).asking("127.0.0.1").get(path).status());
        assertEquals(200, SERVER.plain(FakeTailnet.ALICE).asking("[::1]:1").get(path).status());
        assertEquals(200, SERVER.plain(FakeTailnet.ALICE).asking("LOCALHOST").get(path).status());
        assertEquals(200, SERVER.secure(FakeTailnet.ALICE).asking(FakeTailnet.DNS_NAME + ".").get(path).status());
        assertEquals(421, SERVER.secure(FakeTailnet.ALICE).asking("localhost").get(path).status());
        assertEquals(421, SERVER.secure(FakeTailnet.ALICE).asking("127.0.0.1").get(path).status());
    }

    @Test
    void aLongerBodyThanTheTableAllowsGets413() {
        EXPECTED.forEach((path, row) -> {
            if (row.methods().contains("POST")) {
                byte[] fits = "a=".concat("b".repeat(row.maxBody() - 2)).getBytes();
                byte[] tooLong = "a=".concat("b".repeat(row.maxBody() - 1)).getBytes();
                Browser browser = SERVER.plain(FakeTailnet.ALICE);
                String type = "application/x-www-form-urlencoded";
                assertTrue(Set.of(400, 401).contains(
                        browser.send("POST", path, fits, "Content-Type", type).status()), path);
                Reply reply = browser.send("POST", path, tooLong, "Content-Type", type);
                assertEquals(413, reply.status(), path);
                assertGuarded(path, reply);
                String chunked = browser.raw("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Transfer-Encoding: chunked\r\nContent-Type: " + type + "\r\n\r\n"
                        + Integer.toHexString(tooLong.length) + "\r\n" + new String(tooLong) + "\r\n0\r\n\r\n");
                assertTrue(chunked.startsWith("HTTP/1.1 413 "), path + chunked);
            }
        });
    }

    @Test
    void anyOtherPathGets404() {
        for (String path : List.of("/", "/nowhere", "/token/", "/TOKEN", "/token/x", "/./token", "/%74oken",
                "/authorize;x", "/authorize/localhost", "/clients/", "/register", "/web/refusal.html", "/style.css/",
                "/../etc/passwd", "/.well-known", "/.well-known/", "/.well-known/openid-configuration/")) {
            for (String method : List.of("GET", "POST", "OPTIONS")) {
                Reply reply = SERVER.plain(FakeTailnet.ALICE).send(method, path, new byte[0]);
                assertEquals(404, reply.status(), method + " " + path);
                assertFalse(reply.headers().containsKey(CORS), path);
                assertGuarded(path, reply);
            }
        }
    }

    @Test
    void whatIsPublicMayBeKeptForAWhile() {
        EXPECTED.forEach((path, row) -> {
            if (row.caller() == Caller.ANYONE) {
                Reply reply = SERVER.nobody().get(path);
                assertEquals("public, max-age=300", reply.header("Cache-Control"), path);
                Reply head = SERVER.nobody().send("HEAD", path, new byte[0]);
                assertEquals(reply.header("Content-Type"), head.header("Content-Type"), path);
                assertEquals("nosniff", reply.header("X-Content-Type-Options"), path);
            }
        });
    }

    /// No answer can be framed, sniffed or run as a page of ours; and none but the public ones may be kept.
    private static void assertGuarded(String path, Reply reply) {
        String policy = reply.header("Content-Security-Policy");
        assertTrue(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                path + " " + reply);
        assertFalse(policy.contains("unsafe"), path);
        assertEquals("DENY", reply.header("X-Frame-Options"), path);
        assertEquals("nosniff", reply.header("X-Content-Type-Options"), path);
        assertEquals("no-referrer", reply.header("Referrer-Policy"), path);
        boolean isPublic = EXPECTED.containsKey(path) && EXPECTED.get(path).caller() == Caller.ANYONE
                && reply.status() == 200;
        if (!isPublic) {
            assertEquals("no-store", reply.header("Cache-Control"), path + " " + reply.status());
        }
    }
}
