package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// What /authorize refuses, and how and to whom it reports that.
@Timeout(60)
class AuthorizationTest {

    private static final String CALLBACK = "https://app.example.com/callback?tenant=1";
    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final Client CLIENT = SERVER.client(CALLBACK, "https://other.example.com/");
    private static final Client PUBLIC = SERVER.publicClient("http://127.0.0.1/cb", "http://[::1]/cb",
            "http://localhost/cb", "com.example.app:/cb");
    private static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private final Browser browser = SERVER.plain(FakeTailnet.ALICE);
    private final RelyingParty app = new RelyingParty(browser, CLIENT);
    private final RelyingParty publicApp = new RelyingParty(browser, PUBLIC);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private static void assertRedirected(Reply reply, String error) {
        assertEquals(302, reply.status(), reply.toString());
        assertTrue(reply.header("Location").startsWith(CALLBACK + "&error=" + error + "&"), reply.toString());
        assertEquals(Set.of("tenant", "error", "error_description", "state", "iss"), reply.parameters().keySet());
        assertEquals("a state", reply.parameters().get("state"));
        assertEquals(SERVER.issuer().url(), reply.parameters().get("iss"));
        assertEquals("no-store", reply.header("Cache-Control"));
    }

    private static void assertShown(Reply reply, int status, String error) {
        assertEquals(status, reply.status(), reply.toString());
        assertEquals("", reply.header("Location"));
        assertEquals(error, reply.string("error"));
        assertEquals("", reply.header("Access-Control-Allow-Origin"));
    }

    private Reply json(Map<String, String> parameters) {
        return browser.get("/authorize", parameters, "Accept", "application/json");
    }

    @Test
    void aRedirectUriKeepsItsQuery() {
        Reply reply = app.authorize();
        assertTrue(reply.header("Location").startsWith(CALLBACK + "&code="), reply.toString());
        assertEquals(Set.of("tenant", "code", "state", "iss"), reply.parameters().keySet());
    }

    @Test
    void beforeTheRedirectUriIsKnownToBeGoodNobodyIsRedirected() {
        assertShown(json(app.request("client_id", "")), 400, "invalid_request");
        assertShown(json(app.request("client_id", "unknown")), 400, "invalid_client");
        assertShown(json(app.request("redirect_uri", "")), 400, "invalid_request");
        for (String uri : List.of("https://evil.example/", CALLBACK + "&x=1", CALLBACK + "#f",
                "https://other.example.com", "https://app.example.com/callback", "javascript:alert(1)",
                "//evil.example", "x")) {
            assertShown(json(app.request("redirect_uri", uri)), 400, "invalid_request");
        }
        String query = Browser.form(app.request());
        for (String twice : List.of("client_id=" + CLIENT.id(), "redirect_uri=" + Browser.encode(CALLBACK))) {
            assertShown(browser.get("/authorize?" + query + "&" + twice, "Accept", "application/json"), 400,
                    "invalid_request");
        }
        for (String broken : List.of("&x=%FF", "&x=%00", "&" + "y&".repeat(65))) {
            assertShown(browser.get("/authorize?" + query + broken, "Accept", "application/json"), 400,
                    "invalid_request");
        }
    }

    @ParameterizedTest
    @CsvSource({"response_type,token,unsupported_response_type", "response_type,id_token,unsupported_response_type",
        "response_type,code id_token,unsupported_response_type", "response_type,'',invalid_request",
        "request,eyJhbGciOiJub25lIn0.e30.,request_not_supported",
        "request_uri,https://app.example.com/r,request_uri_not_supported", "response_mode,web_message,invalid_request",
        "prompt,none login,invalid_request",
        "prompt,login none,invalid_request", "max_age,-1,invalid_request", "max_age,1.5,invalid_request",
        "max_age,x,invalid_request", "max_age,99999999999,invalid_request", "max_age,\u0663,invalid_request",
        "code_challenge,short,invalid_request", "code_challenge_method,S256,invalid_request",
        "resource,relative,invalid_target", "resource,https://nobody.granted.example,invalid_target"})
    void aWrongParameterIsToldToTheClient(String name, String value, String error) {
        assertRedirected(app.authorize(name, value), error);
    }

    @Test
    void aLongNonceIsToldToTheClient() {
        assertRedirected(app.authorize("nonce", "n".repeat(513)), "invalid_request");
        assertEquals("n".repeat(512), app.claims(app.login("nonce", "n".repeat(512))).string("nonce").orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"scope", "response_type", "nonce", "prompt", "code_challenge", "display", "login_hint",
        "response_mode"})
    void aRepeatedParameterIsToldToTheClient(String name) {
        assertRedirected(browser.get("/authorize?" + Browser.form(app.request(name, "a")) + "&" + name + "=b"),
                "invalid_request");
    }

    @Test
    void aRepeatedStateIsToldWithoutOne() {
        Reply reply = browser.get("/authorize?" + Browser.form(app.request()) + "&state=b");
        assertEquals("invalid_request", reply.parameters().get("error"));
        assertFalse(reply.parameters().containsKey("state"));
        assertEquals(SERVER.issuer().url(), reply.parameters().get("iss"));
    }

    @ParameterizedTest
    @CsvSource({"display,page", "display,popup", "ui_locales,de fr", "claims_locales,de", "acr_values,1 2",
        "login_hint,bob", "id_token_hint,x", "prompt,none", "prompt,unheard_of", "prompt,' '", "claims,{}",
        "max_age,10000", "audience,x",
        "response_mode,query", "unknown,x", "unknown,x&unknown=y"})
    void aParameterThatChangesNothingIsNoError(String name, String value) {
        String query = Browser.form(app.request(name, value)).replace("%26", "&").replace("unknown%3D", "unknown=");
        assertTrue(browser.get("/authorize?" + query).parameters().containsKey("code"), name);
    }

    @Test
    void aPostTakesItsParametersFromTheBodyAlone() {
        Reply reply = browser.post("/authorize?state=query&client_id=x", app.request());
        assertEquals("a state", reply.parameters().get("state"));
        assertShown(browser.send("POST", "/authorize", Browser.form(app.request()).getBytes(), "Content-Type",
                "application/json", "Accept", "application/json"), 400, "invalid_request");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:49152/cb", "http://[::1]:1/cb", "http://localhost:65535/cb",
        "http://localhost/cb", "com.example.app:/cb"})
    void aNativeApplicationIsAnsweredWhereItListens(String uri) {
        Reply reply = publicApp.authorize("redirect_uri", uri, "code_challenge", CHALLENGE, "code_challenge_method",
                "S256");
        assertTrue(reply.header("Location").startsWith(uri + "?code="), reply.toString());
    }

    @Test
    void aPublicClientMustSendAChallengeOfS256() {
        assertEquals("invalid_request", publicApp.authorize().parameters().get("error"));
        assertEquals("invalid_request",
                publicApp.authorize("code_challenge", CHALLENGE).parameters().get("error"));
        assertEquals("invalid_request", publicApp.authorize("code_challenge", CHALLENGE, "code_challenge_method",
                "plain").parameters().get("error"));
    }

    private static final String[] WINDOW = {"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"};
    private static final String[] HTML = {"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"};

    @Test
    void aPersonAtATaggedDeviceIsToldWhyAndReturns() {
        Browser printer = SERVER.plain(FakeTailnet.PRINTER);
        for (String[] headers : List.of(WINDOW, HTML)) {
            for (Reply page : List.of(printer.get("/authorize", app.request(), headers),
                    printer.post("/authorize", app.request(), headers))) {
                assertEquals(403, page.status());
                assertEquals("text/html; charset=utf-8", page.header("Content-Type"));
                assertTrue(page.text().contains("tagged nodes not supported"), page.text());
                assertTrue(page.header("Content-Security-Policy").contains("frame-ancestors 'none'"));
                assertRedirected(new Reply(302, Map.of("location", List.of(link(page)), "cache-control",
                        List.of("no-store")), new byte[0]), "access_denied");
            }
        }
        Reply fragment = printer.get("/authorize", app.request("response_mode", "fragment"), WINDOW);
        assertTrue(link(fragment).startsWith(CALLBACK + "#error=access_denied&"), fragment.text());
    }

    private static String link(Reply page) {
        return page.text().replaceAll("(?s).*<a class=\"button\" href=\"([^\"]*)\">.*", "$1").replace("&amp;", "&");
    }

    @Test
    void theApplicationIsToldOfATaggedDeviceWhereNobodyLooks() {
        Browser printer = SERVER.plain(FakeTailnet.PRINTER);
        for (String[] headers : new String[][] {{}, {"Accept", "*/*"}, {"Accept", "application/json"},
            {"Sec-Fetch-Mode", "cors", "Accept", "text/html"},
            {"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe", "Accept", "text/html"}}) {
            Reply reply = printer.get("/authorize", app.request(), headers);
            assertRedirected(reply, "access_denied");
            assertTrue(reply.parameters().get("error_description").contains("tagged nodes not supported"));
        }
        assertRedirected(printer.get("/authorize", app.request("prompt", "none"), WINDOW), "access_denied");
        assertRedirected(printer.get("/authorize", app.request("prompt", "none"), HTML), "access_denied");
        assertTrue(SERVER.log().contains("tagged nodes not supported"));
    }

    @Test
    void whereTheDeviceIsAPersonsTheApplicationIsToldAtOnce() {
        assertRedirected(browser.get("/authorize", app.request("max_age", "x"), WINDOW), "invalid_request");
        assertRedirected(browser.get("/authorize", app.request("max_age", "x"), HTML), "invalid_request");
    }

    @Test
    void aTaggedDeviceIsSentNowhereElseAndLearnsNothing() {
        Browser printer = SERVER.plain(FakeTailnet.PRINTER);
        for (Map<String, String> bad : List.of(Map.<String, String>of(), app.request("client_id", "unknown"),
                app.request("redirect_uri", ""), app.request("redirect_uri", "https://evil.example/"),
                app.request("redirect_uri", CALLBACK + "&x=1", "prompt", "none"))) {
            assertShown(printer.get("/authorize", bad, "Accept", "application/json"), 403, "access_denied");
            Reply page = printer.get("/authorize", bad, HTML);
            assertEquals(403, page.status());
            assertFalse(page.text().contains("Return to the application"), page.text());
        }
        assertShown(printer.get("/authorize?x=%FF", "Accept", "application/json"), 403, "access_denied");
    }

    @Test
    void nobodyIsRefusedEvenWithoutAnyParameter() {
        assertShown(SERVER.nobody().get("/authorize", "Accept", "application/json"), 403, "access_denied");
        assertShown(SERVER.nobody().get("/authorize", app.request(), "Accept", "application/json"), 403,
                "access_denied");
    }

    @Test
    void noPageRepeatsWhatWasSent() {
        String markup = "\"><script>alert(1)</script>";
        for (String name : List.of("client_id", "redirect_uri", "state", "scope", "response_type", markup)) {
            Reply reply = browser.get("/authorize", app.request(name, markup), "Accept", "text/html");
            assertFalse(reply.text().contains("<script"), name);
            assertFalse(reply.header("Location").contains("<"), name);
        }
        Reply reply = browser.get("/" + Browser.encode(markup), "Accept", "text/html");
        assertEquals(404, reply.status());
        assertFalse(reply.text().contains("<script"));
        reply = browser.asking("<script>alert(1)</script>").get("/", "Accept", "text/html");
        assertEquals(421, reply.status());
        assertFalse(reply.text().contains("<script"));
    }

    @Test
    void aHeaderCanNotBeSplit() {
        Reply reply = app.authorize("state", "a\r\nSet-Cookie: x=y\r\n\r\nbody");
        assertEquals("a\r\nSet-Cookie: x=y\r\n\r\nbody", reply.parameters().get("state"));
        assertFalse(reply.headers().containsKey("set-cookie"));
    }
}
