package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// Requests as browsers, libraries and people send them, at each kind of listener: some are not what the standards ask
/// for, and none is answered by the JDK's server in our place.
@Timeout(90)
class SentRequestsTest {

    private static final String CALLBACK = "https://app.example.com/callback";
    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final Client CLIENT = SERVER.client(CALLBACK);
    private static final FakeTailnet WITH_DEVICE = FakeTailnet.start();
    private static final TestServer DIRECT;

    static {
        WITH_DEVICE.device(true);
        DIRECT = TestServer.start(WITH_DEVICE);
    }

    @AfterAll
    static void stop() {
        for (String log : List.of(SERVER.log(), DIRECT.log())) {
            assertFalse(log.contains("unexpected"), log);
        }
        SERVER.close();
        DIRECT.close();
        TAILNET.close();
        WITH_DEVICE.close();
    }

    /// At a port of loopback, behind tailscaled's proxy, and where we terminate TLS ourselves.
    private static Stream<Browser> listeners() {
        return Stream.of(SERVER.nobody(), SERVER.plain(FakeTailnet.ALICE), DIRECT.secure(FakeTailnet.ALICE));
    }

    private static String request(Browser browser, String start, String... lines) {
        return browser.raw(start + " HTTP/1.1\r\nHost: " + browser.host() + "\r\nConnection: close\r\n"
                + String.join("\r\n", lines) + (lines.length == 0 ? "\r\n" : "\r\n\r\n"));
    }

    private static void assertOurs(String status, String answer) {
        assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
        assertTrue(answer.contains("X-content-type-options: nosniff"), answer);
        assertFalse(answer.contains("Exception"), answer);
    }

    @Test
    void whatBrowsersSendAsItIsArrivesAsItWas() {
        Browser browser = SERVER.plain(FakeTailnet.ALICE);
        var parameters = new RelyingParty(browser, CLIENT).request();
        parameters.remove("state");
        for (String state : List.of("{\"a\":[1]}", "a|b^c`d\\e", "100%", "%zz", "<x>", "\u00c3\u00a9", "a#b")) {
            Reply reply = browser.get("/authorize?" + Browser.form(parameters) + "&state=" + state);
            assertEquals(302, reply.status(), state);
            // Two bytes of UTF-8 are one character.
            assertEquals(state.replace("\u00c3\u00a9", "\u00e9"), reply.parameters().get("state"));
        }
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void aTargetThatIsNoUriIsAnsweredByUs(Browser browser) {
        for (String target : List.of("/style.css?{}|^`\\\"<>", "/style.css?%", "/style.css?a=%zz", "/style.css?\u00a0",
                "/style.css?[#x")) {
            assertOurs("200", request(browser, "GET " + target));
        }
        for (String target : List.of("/{", "/a|b", "/%", "/\u0085", "//a", "*", "?", "#", "a:b", "///a//b")) {
            assertOurs("404", request(browser, "GET " + target));
        }
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void ofABodyInChunksTheTrailerIsIgnored(Browser browser) {
        Client client = browser.to().getPort() == DIRECT.port() ? DIRECT.client(CALLBACK) : CLIENT;
        String form = "grant_type=none&client_id=" + client.id() + "&client_secret=" + client.secret();
        for (String trailer : List.of("X-T: 1\r\n", "X-T: 1\r\nX-U: 2\r\n", "")) {
            String answer = request(browser, "POST /token", "Transfer-Encoding: chunked",
                    "Content-Type: application/x-www-form-urlencoded", "",
                    Integer.toHexString(form.length()) + "\r\n" + form + "\r\n0\r\n" + trailer.strip());
            assertOurs("400", answer);
            assertTrue(answer.contains("unsupported_grant_type"), answer);
        }
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void cookiesOfOtherServersAreNoneOfOurs(Browser browser) {
        assertOurs("200", request(browser, "GET /style.css", "Cookie: a=" + "b".repeat(40_000)));
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void aHeadThatIsTooLongIsAnsweredAndLogged(Browser browser) {
        for (String line : List.of("X: " + "y".repeat(40_000), "X".repeat(40_000) + ": y",
                "X: y\r\n".repeat(150) + "X: y",
                "Cookie: " + "c".repeat(70_000))) {
            String answer = request(browser, "GET /style.css", "Accept: text/html", line);
            assertOurs("431", answer);
            assertTrue(answer.contains("The head of the request is too long."), answer);
        }
        assertTrue((SERVER.log() + DIRECT.log()).contains("status=431"), "no line in the log");
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void aHeadThatIsNoneIsAnsweredAndLogged(Browser browser) {
        for (String head : List.of("GET", "GET /", "x y z", "GET / HTTP/3.0\r\nHost: a", "GET /style.css HTTP/1.1",
                "GET /style.css HTTP/1.1\r\nHost: " + browser.host() + "\r\nHost: " + browser.host(),
                "GET /style.css HTTP/1.1\r\nHost: " + browser.host() + "\r\nX Y: z",
                "POST /token HTTP/1.1\r\nHost: " + browser.host() + "\r\nContent-Length: x",
                "POST /token HTTP/1.1\r\nHost: " + browser.host() + "\r\nContent-Length: 1\r\nContent-Length: 2")) {
            // The proxy adds a head of its own, and Host.
            if (browser.to().getPort() != SERVER.port() || head.contains(" Y:") || head.contains("Content-Length")) {
                assertOurs("400", browser.raw(head + "\r\n\r\n"));
            }
        }
        assertTrue((SERVER.log() + DIRECT.log()).contains("the head of the request is malformed"));
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void anAbsoluteTargetNamesTheHost(Browser browser) {
        if (browser.to().getPort() == SERVER.port()) {
            return; // tailscaled's proxy passes on a path.
        }
        assertOurs("200", request(browser, "GET https://" + browser.host() + "/style.css"));
        assertOurs("421", request(browser, "GET https://evil.example/style.css"));
        assertOurs("200", request(browser.asking("evil.example"), "GET http://" + browser.host() + "/style.css?{"));
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void aPathThatIsNotCleanIsRedirectedWithinThisServer(Browser browser) {
        Map.of("//.well-known/openid-configuration", "/.well-known/openid-configuration",
                "/.well-known//jwks.json?a=b{", "/.well-known/jwks.json?a=b%7B",
                "/x/../style.css", "/style.css", "/./token", "/token", "//authorize?x=//y", "/authorize?x=//y",
                "/clients", "/clients/", "//clients?a", "/clients/?a", "/clients//new", "/clients/new",
                "///", "/", "/edit//abc", "/edit/abc").forEach((path, clean) -> {
                    for (String method : List.of("GET", "POST", "DELETE")) {
                        Reply reply = browser.send(method, path, new byte[0]);
                        assertEquals(307, reply.status(), method + " " + path);
                        assertEquals(clean, reply.header("Location"), path);
                    }
                });
        for (String path : List.of("//evil.example", "//evil.example/..//x", "/\\evil.example", "/..//evil.example/",
                "//evil.example/%2e%2e/", "https:/evil.example", "/token/", "/.well-known/", "/edit", "/a//b")) {
            Reply reply = browser.get(path);
            assertEquals(404, reply.status(), path);
            assertFalse(reply.headers().containsKey("location"), path);
        }
    }

    /// Browsers ask for it beside each page.
    @ParameterizedTest
    @MethodSource("listeners")
    void theIconIsServedAndNotRefused(Browser browser) {
        Reply reply = browser.get("/favicon.ico");
        assertEquals(200, reply.status());
        assertEquals("image/svg+xml", reply.header("Content-Type"));
        assertTrue(reply.text().startsWith("<svg "), reply.text());
        assertFalse((SERVER.log() + DIRECT.log()).contains("msg=refused path=/favicon.ico"));
    }

    @Test
    void scriptsOfOtherSitesMayFollowTheRedirectsOfWhatTheyMayRead() {
        Browser browser = SERVER.plain(FakeTailnet.ALICE);
        assertEquals("*", browser.get("//.well-known/openid-configuration").header("Access-Control-Allow-Origin"));
        assertEquals(204, browser.send("OPTIONS", "//token", new byte[0]).status());
        assertFalse(browser.get("//clients/").headers().containsKey("access-control-allow-origin"));
    }

    @Test
    void theInternetIsRedirectedOnlyToWhatItMayReach() {
        Browser internet = SERVER.plain(FakeTailnet.ALICE).from(FakeTailnet.internet());
        assertEquals(307, internet.get("//token").status());
        assertEquals(401, internet.get("//authorize").status());
        assertEquals(401, internet.get("/clients").status());
    }
}
