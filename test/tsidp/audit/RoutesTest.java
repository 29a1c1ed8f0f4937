package tsidp.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Reply;
import tsidp.http.Origins;
import tsidp.http.Reach;
import tsidp.http.Route;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// The routes walked from outside. The table below is what a reviewer expects; the program's own is compared with it,
/// and so is what each path does with every method, caller, host and size.
@Timeout(60)
class RoutesTest {

    private enum Caller { ANYONE, PERSON, ADMINISTRATOR, REGISTRAR, REGISTERED, CLIENT, MAYBE_CLIENT, BEARER }

    private record Row(Set<String> methods, Caller caller, Reach reach, Origins origins, int maxBody) {

        boolean anyOrigin() {
            return origins == Origins.CORS;
        }
    }

    private static final Set<String> READ = Set.of("GET", "HEAD");
    private static final Set<String> POST = Set.of("POST");
    private static final Set<String> GET_POST = Set.of("GET", "POST");
    private static final Set<String> EDIT = Set.of("GET", "PUT", "DELETE");

    private static final Map<String, Row> EXPECTED = new TreeMap<>(Map.ofEntries(
            Map.entry("/.well-known/openid-configuration", new Row(READ, Caller.ANYONE, Reach.WORLD, Origins.CORS, 0)),
            Map.entry("/.well-known/oauth-authorization-server",
                    new Row(READ, Caller.ANYONE, Reach.WORLD, Origins.CORS, 0)),
            Map.entry("/.well-known/jwks.json", new Row(READ, Caller.ANYONE, Reach.WORLD, Origins.CORS, 0)),
            Map.entry("/authorize", new Row(GET_POST, Caller.PERSON, Reach.TAILNET, Origins.NO_CORS, 65_536)),
            Map.entry("/consent", new Row(GET_POST, Caller.PERSON, Reach.TAILNET, Origins.NO_CSRF, 65_536)),
            Map.entry("/logout", new Row(GET_POST, Caller.PERSON, Reach.TAILNET, Origins.NO_CORS, 65_536)),
            Map.entry("/token", new Row(POST, Caller.CLIENT, Reach.WORLD, Origins.CORS, 16_384)),
            Map.entry("/revoke", new Row(POST, Caller.CLIENT, Reach.WORLD, Origins.CORS, 16_384)),
            Map.entry("/userinfo", new Row(GET_POST, Caller.BEARER, Reach.WORLD, Origins.CORS, 16_384)),
            Map.entry("/introspect", new Row(POST, Caller.MAYBE_CLIENT, Reach.WORLD, Origins.NO_CORS, 16_384)),
            Map.entry("/register", new Row(POST, Caller.REGISTRAR, Reach.TAILNET, Origins.NO_CSRF, 16_384)),
            Map.entry("/register/{id}", new Row(EDIT, Caller.REGISTERED, Reach.TAILNET, Origins.CORS, 16_384)),
            Map.entry("/clients/", new Row(READ, Caller.ADMINISTRATOR, Reach.TAILNET, Origins.NO_CSRF, 0)),
            Map.entry("/clients/new", new Row(POST, Caller.ADMINISTRATOR, Reach.TAILNET, Origins.NO_CSRF, 65_536)),
            Map.entry("/clients/{id}", new Row(EDIT, Caller.ADMINISTRATOR, Reach.TAILNET, Origins.NO_CSRF, 65_536)),
            Map.entry("/clients/{id}/regenerate-secret",
                    new Row(POST, Caller.ADMINISTRATOR, Reach.TAILNET, Origins.NO_CSRF, 65_536)),
            Map.entry("/", new Row(READ, Caller.ADMINISTRATOR, Reach.TAILNET, Origins.NO_CSRF, 0)),
            Map.entry("/new", new Row(GET_POST, Caller.ADMINISTRATOR, Reach.TAILNET, Origins.NO_CSRF, 65_536)),
            Map.entry("/edit/{id}", new Row(GET_POST, Caller.ADMINISTRATOR, Reach.TAILNET, Origins.NO_CSRF, 65_536)),
            Map.entry("/people", new Row(GET_POST, Caller.ADMINISTRATOR, Reach.TAILNET, Origins.NO_CSRF, 65_536)),
            Map.entry("/sign-ins", new Row(GET_POST, Caller.PERSON, Reach.TAILNET, Origins.NO_CSRF, 65_536)),
            Map.entry("/style.css", new Row(READ, Caller.ANYONE, Reach.WORLD, Origins.NO_CORS, 0)),
            Map.entry("/favicon.ico", new Row(READ, Caller.ANYONE, Reach.WORLD, Origins.NO_CORS, 0)),
            Map.entry("/copy.js", new Row(READ, Caller.ANYONE, Reach.TAILNET, Origins.NO_CORS, 0))));

    private static final String ID = "0123456789abcdef0123456789abcdef";

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
        var methods = new TreeMap<String, Set<String>>();
        for (Route<?> route : SERVER.routes()) {
            Row row = EXPECTED.get(route.path());
            Set<String> known = methods.computeIfAbsent(route.path(), _ -> new TreeSet<>());
            route.methods().forEach(method -> assertTrue(known.add(method), method + " twice: " + route.path()));
            assertEquals(row.reach(), route.reach(), route.path());
            assertEquals(row.origins(), route.origins(), route.path());
            assertEquals(row.maxBody(), route.maxBody(), route.path());
        }
        EXPECTED.forEach((path, row) -> assertEquals(new TreeSet<>(row.methods()), methods.get(path), path));
    }

    /// The expected rows, with an unknown id if a path has one.
    private static void eachRow(BiConsumer<String, Row> check) {
        EXPECTED.forEach((path, row) -> check.accept(path.replace("{id}", ID), row));
    }

    private static boolean isPage(Reply reply) {
        return !reply.header("Content-Type").equals("application/json");
    }

    @Test
    void whoeverIsNotTheRightCallerGetsNothing() {
        eachRow((path, row) -> {
            for (Browser browser : everybody()) {
                for (String method : row.methods()) {
                    Reply reply = browser.send(method, path, new byte[0]);
                    boolean isAlice = browser.from().equals(TAILNET.source(FakeTailnet.ALICE));
                    int expected = switch (row.caller()) {
                        case ANYONE -> 200;
                        // An admitted caller is told what the request lacks: here, a form's token.
                        case PERSON -> !isAlice ? 403 : path.equals("/authorize") ? 400
                                : method.equals("GET") || path.equals("/logout") ? 200 : 403;
                        case ADMINISTRATOR, REGISTRAR -> 403;
                        case CLIENT, BEARER, REGISTERED -> 401;
                        case MAYBE_CLIENT -> 400;
                    };
                    assertEquals(expected, reply.status(), method + " " + path + " " + browser.from());
                    assertEquals(expected == 401, reply.headers().containsKey("www-authenticate"), path);
                }
            }
        });
    }

    /// Whoever comes over Funnel is nobody; what only a secret guards is not theirs either.
    @Test
    void theInternetReachesTheRowsForTheWorldAndNoOther() {
        Browser internet = SERVER.secure(FakeTailnet.ALICE).from(FakeTailnet.internet());
        eachRow((path, row) -> {
            for (String method : row.reach() == Reach.WORLD ? row.methods() : METHODS) {
                Reply reply = internet.send(method, path, new byte[0]);
                int expected = row.reach() == Reach.TAILNET ? 401 : switch (row.caller()) {
                    case ANYONE -> 200;
                    case MAYBE_CLIENT -> 400;
                    default -> 401;
                };
                String what = method + " " + path + " " + reply;
                assertEquals(expected, reply.status(), what);
                if (!method.equals("HEAD")) {
                    assertEquals(row.reach() == Reach.TAILNET, reply.text().contains("not served to the Internet"),
                            what);
                    assertTrue(row.reach() == Reach.WORLD || isPage(reply)
                            || reply.string("error").equals("access_denied"), what);
                }
                assertGuarded(path, reply);
            }
        });
    }

    @Test
    void aGrantOpensItsOwnRoutesAndNoOther() {
        for (String flag : List.of("allow_admin_ui", "allow_dcr")) {
            TAILNET.grant(FakeTailnet.CAROL, JsonObject.EMPTY.with(flag, JsonValue.of(true)));
            Caller opened = flag.equals("allow_dcr") ? Caller.REGISTRAR : Caller.ADMINISTRATOR;
            eachRow((path, row) -> {
                if (row.caller() == Caller.ADMINISTRATOR || row.caller() == Caller.REGISTRAR) {
                    for (String method : row.methods()) {
                        Reply reply = SERVER.plain(FakeTailnet.CAROL).send(method, path, new byte[0]);
                        String what = flag + " " + method + " " + path + " " + reply;
                        // A page's post without the page's token is refused for another reason.
                        boolean isForm = Set.of("/new", "/edit/" + ID, "/people").contains(path)
                                && method.equals("POST");
                        boolean isIn = row.caller() == opened;
                        assertTrue(reply.status() < 500, what);
                        assertEquals(!isIn || isForm, reply.status() == 403, what);
                        if (!method.equals("HEAD")) {
                            assertEquals(!isIn, reply.text().contains("tailnet policy"), what);
                            assertTrue(isIn || isPage(reply) || reply.string("error").equals("access_denied"), what);
                        }
                    }
                }
            });
        }
        TAILNET.grant(FakeTailnet.CAROL);
    }

    @Test
    void aPageOfAnotherSiteChangesNothing() {
        TAILNET.grant(FakeTailnet.CAROL, JsonObject.EMPTY.with("allow_admin_ui", JsonValue.of(true)));
        String own = SERVER.issuer().url();
        eachRow((path, row) -> {
            for (String method : row.methods()) {
                boolean isGuarded = row.origins() == Origins.NO_CSRF && !READ.contains(method);
                if (isGuarded) {
                    for (List<String> headers : List.of(List.of("Sec-Fetch-Site", "cross-site"),
                            List.of("Sec-Fetch-Site", "same-site"),
                            List.of("Sec-Fetch-Site", "none", "Origin", "https://evil.example"),
                            List.of("Sec-Fetch-Site", "cross-site", "Origin", own),
                            List.of("Origin", "https://evil.example"), List.of("Origin", "null"),
                            List.of("Origin", own.replace(".ts.net", ".ts.net.evil.example")),
                            List.of("Origin", "https://" + FakeTailnet.DNS_NAME + ":1"), List.of("Origin", ""),
                            List.of("Origin", own, "Origin", "https://evil.example"))) {
                        Reply reply = SERVER.plain(FakeTailnet.CAROL).send(method, path, new byte[0],
                                headers.toArray(String[]::new));
                        assertEquals(403, reply.status(), method + " " + path + " " + headers);
                        assertTrue(reply.text().contains("request came from another site"), reply.toString());
                    }
                    for (List<String> headers : List.of(List.<String>of(), List.of("Sec-Fetch-Site", "same-origin"),
                            List.of("Sec-Fetch-Site", "none"), List.of("Origin", own),
                            List.of("Sec-Fetch-Site", "same-origin", "Origin", own))) {
                        Reply reply = SERVER.plain(FakeTailnet.CAROL).send(method, path, new byte[0],
                                headers.toArray(String[]::new));
                        assertFalse(reply.text().contains("from another site"), method + " " + path + headers + reply);
                    }
                }
            }
        });
        TAILNET.grant(FakeTailnet.CAROL);
    }

    @Test
    void everyOtherMethodGets405WithAllow() {
        eachRow((path, row) -> {
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
        eachRow((path, row) -> {
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
        var paths = new TreeSet<>(Set.of("/nowhere"));
        eachRow((path, _) -> paths.add(path));
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
        assertEquals(421, SERVER.nobody().asking(FakeTailnet.DNS_NAME).get(path).status());
        assertEquals(200, SERVER.nobody().asking("127.0.0.1").get(path).status());
        assertEquals(200, SERVER.nobody().asking("[::1]:1").get(path).status());
        assertEquals(200, SERVER.nobody().asking("LOCALHOST").get(path).status());
        assertEquals(200, SERVER.secure(FakeTailnet.ALICE).asking(FakeTailnet.DNS_NAME + ".").get(path).status());
        assertEquals(421, SERVER.secure(FakeTailnet.ALICE).asking("localhost").get(path).status());
        assertEquals(421, SERVER.secure(FakeTailnet.ALICE).asking("127.0.0.1").get(path).status());
    }

    @Test
    void aLongerBodyThanTheTableAllowsGets413() {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_admin_ui': true, 'allow_dcr': true}");
        eachRow((path, row) -> {
            // A caller that is not admitted is told so, and the body is not read.
            int expected = row.caller() == Caller.REGISTERED ? 401 : 413;
            for (String method : List.of("POST", "PUT")) {
                if (row.methods().contains(method)) {
                    byte[] fits = "a=".concat("b".repeat(row.maxBody() - 2)).getBytes();
                    byte[] tooLong = "a=".concat("b".repeat(row.maxBody() - 1)).getBytes();
                    Browser browser = SERVER.plain(FakeTailnet.ALICE);
                    String type = "application/x-www-form-urlencoded";
                    assertTrue(Set.of(400, 401, 403, 404).contains(
                            browser.send(method, path, fits, "Content-Type", type).status()), path);
                    Reply reply = browser.send(method, path, tooLong, "Content-Type", type);
                    assertEquals(expected, reply.status(), path);
                    assertGuarded(path, reply);
                    String chunked = browser.raw(method + " " + path + " HTTP/1.1\r\nHost: " + browser.host() + "\r\n"
                            + "Connection: close\r\nTransfer-Encoding: chunked\r\nContent-Type: " + type + "\r\n\r\n"
                            + Integer.toHexString(tooLong.length) + "\r\n" + new String(tooLong) + "\r\n0\r\n\r\n");
                    assertTrue(chunked.startsWith("HTTP/1.1 " + expected + " "), path + chunked);
                }
            }
        });
        TAILNET.grant(FakeTailnet.ALICE);
    }

    @Test
    void anyOtherPathGets404() {
        for (String path : List.of("/nowhere", "/token/", "/TOKEN", "/token/x", "/%74oken",
                "/authorize;x", "/authorize/localhost", "/register/", "/register/a/b", "/clients/a/b",
                "/edit/", "/edit/a/b", "/web/refusal.html", "/style.css/",
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
        eachRow((path, row) -> {
            if (row.caller() == Caller.ANYONE) {
                Reply reply = SERVER.nobody().get(path);
                assertEquals("public, max-age=300", reply.header("Cache-Control"), path);
                Reply head = SERVER.nobody().send("HEAD", path, new byte[0]);
                assertEquals(reply.header("Content-Type"), head.header("Content-Type"), path);
                assertEquals("nosniff", reply.header("X-Content-Type-Options"), path);
            }
        });
    }

    /// No answer can be framed, sniffed or run as one of our pages; and only the public ones may be cached.
    private static void assertGuarded(String path, Reply reply) {
        String policy = reply.header("Content-Security-Policy");
        assertTrue(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'")
                && policy.contains("form-action 'self'"),
                path + " " + reply);
        assertFalse(policy.contains("unsafe"), path);
        assertEquals("DENY", reply.header("X-Frame-Options"), path);
        assertEquals("nosniff", reply.header("X-Content-Type-Options"), path);
        assertEquals("same-origin", reply.header("Referrer-Policy"), path);
        boolean isPublic = EXPECTED.containsKey(path) && EXPECTED.get(path).caller() == Caller.ANYONE
                && reply.status() == 200;
        if (!isPublic) {
            assertEquals("no-store", reply.header("Cache-Control"), path + " " + reply.status());
        }
    }
}
