package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// How an answer reaches the client: `response_mode` query, fragment and form_post.
@Timeout(60)
class ResponseModeTest {

    private static final String CALLBACK = "https://app.example.com/signin-oidc?tenant=1";
    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final Client CLIENT = SERVER.client(CALLBACK, "http://[::1]:5000/cb", "http://my_app:8080/cb",
            "https://app.example.com/a;b", "com.example.app:/cb");

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true}");
    }

    private final Browser browser = SERVER.plain(FakeTailnet.ALICE);
    private final RelyingParty app = new RelyingParty(browser, CLIENT);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    /// The policy of a page that posts itself: one script, one place, nothing else.
    private static void assertPosts(Reply page, String action, String formAction) throws Exception {
        assertEquals(200, page.status(), page.toString());
        assertEquals("text/html; charset=utf-8", page.header("Content-Type"));
        assertEquals("no-store", page.header("Cache-Control"));
        assertEquals("", page.header("Location"));
        assertEquals(action, Form.of(page).action());
        assertTrue(page.text().contains("<button class=\"button\">Return to the application</button>"), page.text());
        String script = page.text().replaceAll("(?s).*<script>(.*)</script>.*", "$1");
        assertTrue(script.contains(".submit()"), page.text());
        String hash = Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256")
                .digest(script.getBytes("UTF-8")));
        assertEquals("default-src 'none'; style-src 'self'; img-src 'self'; script-src 'sha256-" + hash
                + "'; form-action " + formAction + "; base-uri 'none'; frame-ancestors 'none'",
                page.header("Content-Security-Policy"));
    }

    @Test
    void theMetadataListsThem() {
        for (String path : List.of("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")) {
            assertEquals(Optional.of(List.of("query", "fragment", "form_post")),
                    SERVER.nobody().get(path).json().strings("response_modes_supported"));
        }
    }

    @Test
    void aFragmentHasTheAnswer() {
        String location = app.authorize("response_mode", "fragment").header("Location");
        assertTrue(location.matches("\\Q" + CALLBACK + "\\E#code=[0-9a-f]{32}&state=a\\+state&iss=https.*"), location);
        String error = app.authorize("response_mode", "fragment", "response_type", "token").header("Location");
        assertTrue(error.startsWith(CALLBACK + "#error=unsupported_response_type&"), error);
    }

    @Test
    void aFormHasTheAnswer() throws Exception {
        Reply page = app.authorize("response_mode", "form_post", "state", "<s>&\"'\u00e9");
        assertPosts(page, CALLBACK, "https://app.example.com/signin-oidc");
        Map<String, String> fields = Form.of(page).fields();
        assertEquals(Set.of("code", "state", "iss"), fields.keySet());
        assertEquals("<s>&\"'\u00e9", fields.get("state"));
        assertEquals(SERVER.issuer().url(), fields.get("iss"));
        assertEquals(200, app.redeem(fields.get("code")).status());
        assertPosts(browser.post("/authorize", app.request("response_mode", "form_post")), CALLBACK,
                "https://app.example.com/signin-oidc");
    }

    @Test
    void aFormHasTheErrorToo() throws Exception {
        Reply page = app.authorize("response_mode", "form_post", "max_age", "x");
        assertPosts(page, CALLBACK, "https://app.example.com/signin-oidc");
        Map<String, String> fields = Form.of(page).fields();
        assertEquals(Set.of("error", "error_description", "state", "iss"), fields.keySet());
        assertEquals("invalid_request", fields.get("error"));
    }

    @Test
    void whereAPolicyCanNotNameThePlaceItNamesTheScheme() throws Exception {
        for (String uri : List.of("http://[::1]:5000/cb", "http://my_app:8080/cb")) {
            assertPosts(app.authorize("response_mode", "form_post", "redirect_uri", uri), uri, "http:");
        }
        assertPosts(app.authorize("response_mode", "form_post", "redirect_uri", "https://app.example.com/a;b"),
                "https://app.example.com/a;b", "https://app.example.com");
    }

    @Test
    void whatIsNotPossibleIsToldInTheQuery() {
        for (String query : List.of("response_mode=web_message", "response_mode=FORM_POST",
                "response_mode=form_post&response_mode=form_post",
                "response_mode=form_post&redirect_uri=com.example.app%3A%2Fcb")) {
            String request = Browser.form(query.contains("redirect_uri") ? app.request("redirect_uri", "")
                    : app.request());
            Reply reply = browser.get("/authorize?" + request + "&" + query);
            assertEquals("invalid_request", reply.parameters().get("error"), reply.toString());
            assertFalse(reply.parameters().containsKey("code"));
        }
    }

    @Test
    void aTaggedDevicesPersonReturnsByTheSameWay() {
        Reply page = SERVER.plain(FakeTailnet.PRINTER).get("/authorize", app.request("response_mode", "form_post"),
                "Accept", "text/html");
        assertEquals(403, page.status());
        assertFalse(page.text().contains("<script"), page.text());
        assertEquals(CALLBACK, Form.of(page).action());
        assertEquals("access_denied", Form.of(page).fields().get("error"));
        String policy = page.header("Content-Security-Policy");
        assertTrue(policy.contains("script-src 'none'; form-action https://app.example.com/signin-oidc;"), policy);
        assertEquals("access_denied", Form.of(SERVER.plain(FakeTailnet.PRINTER).get("/authorize",
                app.request("response_mode", "form_post", "prompt", "none"), "Accept", "text/html")).fields()
                .get("error"));
    }

    @Test
    void aConsentGoesOnByTheSameWay() throws Exception {
        RelyingParty party = Dcr.party(browser, Dcr.register(browser, "{'redirect_uris': ['" + CALLBACK + "']}"));
        for (String how : List.of("GET", "POST")) {
            Map<String, String> request = party.request("response_mode", "form_post", "scope", how.equals("GET")
                    ? "openid" : "openid email");
            Reply asked = how.equals("GET") ? browser.get("/authorize", request) : browser.post("/authorize", request);
            Reply denied = Form.of(asked).with("decision", "deny").send(browser);
            assertPosts(denied, CALLBACK, "https://app.example.com/signin-oidc");
            assertEquals("access_denied", Form.of(denied).fields().get("error"));
            Reply allowed = Form.of(asked).with("decision", "allow").send(browser);
            Reply page = browser.get(allowed.header("Location"));
            assertPosts(page, CALLBACK, "https://app.example.com/signin-oidc");
            assertEquals(200, party.redeem(Form.of(page).fields().get("code")).status());
        }
        assertEquals("consent_required", Form.of(Dcr.party(browser, Dcr.register(browser,
                "{'redirect_uris': ['https://b.example/cb']}")).authorize("prompt", "none", "response_mode",
                "form_post")).fields().get("error"));
    }
}
