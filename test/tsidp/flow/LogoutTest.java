package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;

/// RP-Initiated Logout 1.0, and the client metadata that belongs to it.
@Timeout(60)
class LogoutTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final String AFTER = "https://app.example.com/after?a=b";

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true}");
    }

    private final Browser browser = SERVER.secure(FakeTailnet.ALICE);
    private final RelyingParty app = party("post_logout_redirect_uris", AFTER);
    private String cookie = "";

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private RelyingParty party(String... settings) {
        var form = new LinkedHashMap<>(Map.of("redirect_uri", "https://app.example.com/cb"));
        form.putAll(Browser.fields(settings));
        Reply made = browser.post("/clients/new", form);
        assertEquals(200, made.status(), made.toString());
        return Dcr.party(browser, made);
    }

    private Reply kept(Reply reply) {
        if (!reply.header("Set-Cookie").isEmpty()) {
            cookie = reply.header("Set-Cookie").replaceFirst(";.*", "");
        }
        return reply;
    }

    private String[] headers() {
        var headers = new ArrayList<>(List.of("Accept", "text/html"));
        if (!cookie.isEmpty()) {
            headers.addAll(List.of("Cookie", cookie));
        }
        return headers.toArray(String[]::new);
    }

    private Reply authorize(String... others) {
        return kept(browser.get("/authorize", app.request(others), headers()));
    }

    private Reply signIn() {
        return app.redeem(authorize().parameters().get("code"));
    }

    private Reply logout(String... parameters) {
        return kept(browser.get("/logout", Browser.fields(parameters), headers()));
    }

    private boolean isSignedIn(Reply tokens) {
        return app.introspect(tokens.string("access_token")).json().isTrue("active");
    }

    private void assertSignedOut(Reply tokens) {
        assertFalse(isSignedIn(tokens));
        assertEquals("invalid_grant", app.refresh(tokens.string("refresh_token")).string("error"));
        assertEquals("login_required", authorize("prompt", "none").parameters().get("error"));
        Reply page = authorize();
        assertTrue(page.text().contains("Continue as"), page.toString());
        Reply next = kept(Form.of(page).with("decision", "continue").send(browser, headers()));
        JsonObject again = app.claims(app.redeem(kept(browser.get(next.header("Location"), headers())).parameters()
                .get("code")));
        assertFalse(again.string("sid").equals(app.claims(tokens).string("sid")), "a session ended");
        assertTrue(authorize("prompt", "none").parameters().containsKey("code"));
    }

    @Test
    void itEndsTheSessionAndReturnsToTheApplication() {
        Reply tokens = signIn();
        Reply others = signIn();
        Reply elsewhere = app.login();
        Reply back = logout("id_token_hint", tokens.string("id_token"), "post_logout_redirect_uri", AFTER, "state",
                "s&t");
        assertEquals(302, back.status(), back.toString());
        assertEquals(AFTER + "&state=s%26t", back.header("Location"));
        assertFalse(isSignedIn(others));
        assertTrue(isSignedIn(elsewhere));
        assertTrue(SERVER.log().contains("why=\"the person signed out\""));
        assertSignedOut(tokens);
    }

    @Test
    void withoutAnAddressThereIsAPage() {
        Reply tokens = signIn();
        Reply page = logout("id_token_hint", tokens.string("id_token"));
        assertEquals(200, page.status());
        assertTrue(page.text().contains("You are signed out"), page.text());
        assertSignedOut(tokens);
    }

    /// The person's cookie is not sent with another site's form, so that a GET must follow.
    @Test
    void aPostIsTheSame() {
        Reply tokens = signIn();
        Reply next = browser.post("/logout", Map.of("id_token_hint", tokens.string("id_token"),
                "post_logout_redirect_uri", AFTER));
        assertEquals(303, next.status());
        assertTrue(isSignedIn(tokens));
        Reply back = kept(browser.get(next.header("Location"), headers()));
        assertEquals(AFTER, back.header("Location"));
        assertSignedOut(tokens);
        assertEquals(400, browser.post("/logout", "a=\r\nSet-Cookie: b").status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "client_id", "post_logout_redirect_uri"})
    void withoutAnIdTokenThePersonClicks(String with) {
        Reply tokens = signIn();
        String[] parameters = with.isEmpty() ? new String[0] : with.equals("client_id")
                ? new String[] {"client_id", app.client().id()}
                : new String[] {"client_id", app.client().id(), "post_logout_redirect_uri", AFTER, "state", "s"};
        Reply page = logout(parameters);
        assertEquals(200, page.status(), page.toString());
        assertTrue(page.text().contains("Sign out?"), page.text());
        assertTrue(isSignedIn(tokens));
        Reply forged = Form.of(page).with("form_token", "x").send(browser, headers());
        assertEquals(403, forged.status());
        assertTrue(isSignedIn(tokens));
        Reply done = kept(Form.of(page).send(browser, headers()));
        if (with.startsWith("post")) {
            assertEquals(AFTER + "&state=s", done.header("Location"));
        } else {
            assertTrue(done.text().contains("You are signed out"), done.toString());
        }
        assertSignedOut(tokens);
    }

    @Test
    void anothersIdTokenIsNoReasonToEndASession() {
        String bobs = new RelyingParty(SERVER.secure(FakeTailnet.BOB), app.client()).login().string("id_token");
        Reply tokens = signIn();
        Reply page = logout("id_token_hint", bobs);
        assertTrue(page.text().contains("Sign out?"), page.toString());
        assertTrue(isSignedIn(tokens));
    }

    @Test
    void nobodyIsSentWhereNothingIsRegistered() {
        Reply tokens = signIn();
        String hint = tokens.string("id_token");
        for (Reply refused : List.of(
                logout("id_token_hint", hint, "post_logout_redirect_uri", "https://evil.example.com/"),
                logout("id_token_hint", hint, "post_logout_redirect_uri", AFTER + "&c=d"),
                logout("id_token_hint", hint, "post_logout_redirect_uri", "https://app.example.com/cb"),
                logout("post_logout_redirect_uri", AFTER),
                logout("post_logout_redirect_uri", AFTER, "client_id", "x"),
                logout("id_token_hint", hint, "client_id", "x"),
                logout("id_token_hint", hint + "x", "post_logout_redirect_uri", AFTER),
                logout("id_token_hint", hint.substring(0, hint.lastIndexOf('.') + 1)),
                logout("id_token_hint", "eyJhbGciOiJub25lIn0." + hint.split("\\.")[1] + "."),
                logout("id_token_hint", "x"))) {
            assertEquals(400, refused.status(), refused.toString());
            assertEquals("", refused.header("Location"));
            assertEquals("", refused.header("Set-Cookie"));
        }
        assertTrue(isSignedIn(tokens));
        assertEquals(403, SERVER.nobody().get("/logout", Map.of("id_token_hint", hint)).status());
        assertEquals(403, SERVER.secure(FakeTailnet.PRINTER).get("/logout", Map.of("id_token_hint", hint)).status());
    }

    @Test
    void aCodeOfTheSessionEndsToo() {
        Reply tokens = signIn();
        String code = authorize().parameters().get("code");
        logout("id_token_hint", tokens.string("id_token"));
        assertEquals("invalid_grant", app.redeem(code).string("error"));
    }

    @ParameterizedTest
    @CsvSource({"initiate_login_uri,http://app.example.com/start", "tos_uri,http://app.example.com/",
        "policy_uri,javascript:alert(1)", "initiate_login_uri,x", "tos_uri,https://app.example.com/#a",
        "post_logout_redirect_uris,javascript:alert(1)", "post_logout_redirect_uris,/after",
        "post_logout_redirect_uris,https://*.example.com/"})
    void whatCanNotBeAnAddressIsInvalidClientMetadata(String name, String uri) {
        String value = name.endsWith("s") ? "['" + uri + "']" : "'" + uri + "'";
        Reply registered = Dcr.register(browser, "{'redirect_uris': ['https://app.example.com/cb'], '" + name + "': "
                + value + "}");
        if (name.equals("tos_uri") || name.equals("policy_uri")) {
            assertEquals(201, registered.status(), "a link is left out");
            assertTrue(registered.json().get(name).isEmpty());
        } else {
            assertEquals("invalid_client_metadata", registered.string("error"), registered.toString());
        }
        for (Reply refused : List.of(browser.post("/clients/new", Map.of("redirect_uri",
                "https://app.example.com/cb", name, uri)), browser.put("/clients/" + app.client().id(), name, uri))) {
            assertEquals(400, refused.status(), refused.toString());
            assertEquals("invalid_client_metadata", refused.string("error"));
        }
    }

    @Test
    void theSettingsAreToldAndKeptAndTakenAway() {
        Reply registered = Dcr.register(browser, "{'redirect_uris': ['https://app.example.com/cb'],"
                + " 'post_logout_redirect_uris': ['https://app.example.com/a', 'https://app.example.com/b'],"
                + " 'initiate_login_uri': 'https://app.example.com/start', 'tos_uri': 'https://app.example.com/terms',"
                + " 'policy_uri': 'https://app.example.com/privacy'}");
        assertEquals(List.of("https://app.example.com/a", "https://app.example.com/b"),
                registered.json().strings("post_logout_redirect_uris").orElseThrow());
        assertEquals("https://app.example.com/start", registered.string("initiate_login_uri"));
        Reply page = browser.get("/authorize", Dcr.party(browser, registered).request());
        assertTrue(page.text().contains("href=\"https://app.example.com/terms\" rel=\"noreferrer\"")
                && page.text().contains("href=\"https://app.example.com/privacy\""), page.text());
        String path = "/clients/" + app.client().id();
        browser.put(path, "tos_uri", "https://app.example.com/t");
        SERVER.restart();
        JsonObject client = browser.get(path).json();
        assertEquals("https://app.example.com/t", client.string("tos_uri").orElseThrow());
        assertEquals(List.of(AFTER), client.strings("post_logout_redirect_uris").orElseThrow());
        browser.put(path, "post_logout_redirect_uris", "");
        assertTrue(browser.get(path).json().get("post_logout_redirect_uris").isEmpty());
        assertEquals(1, SERVER.command("update", app.client().id(), "-policy-uri", "http://x"));
        assertEquals(0, SERVER.command("update", app.client().id(), "-policy-uri", "https://app.example.com/p",
                "-post-logout-redirect-uri", "https://a.example.com/", "-post-logout-redirect-uri",
                "https://b.example.com/"));
        client = browser.get(path).json();
        assertEquals("https://app.example.com/p", client.string("policy_uri").orElseThrow());
        assertEquals(List.of("https://a.example.com/", "https://b.example.com/"),
                client.strings("post_logout_redirect_uris").orElseThrow());
        assertEquals("https://app.example.com/t", client.string("tos_uri").orElseThrow());
    }

    /// The file may be another program's: what can't be used there does no harm.
    @Test
    void whatTheFileHasIsReadWithCare() throws Exception {
        SERVER.close();
        Path file = SERVER.directory().resolve("oidc-funnel-clients.json");
        String text = Files.readString(file);
        String id = app.client().id();
        try {
            Files.writeString(file, text.replace("\"client_id\":\"" + id + "\"", "\"client_id\": \"" + id
                    + "\", \"backchannel_logout_uri\": \"no uri\", \"tos_uri\": \"javascript:alert(1)\","
                    + " \"policy_uri\": 7, \"initiate_login_uri\": \"https://\", \"id_token_signed_response_alg\":"
                    + " \"none\", \"dynamically_registered\": true"));
            SERVER.restart();
            Reply page = browser.get("/authorize", app.request());
            assertTrue(page.text().contains("It will learn") && !page.text().contains("javascript"), page.toString());
            assertEquals(302, Form.of(page).with("decision", "allow").send(browser).status());
            Reply tokens = app.login();
            assertEquals(200, logout("id_token_hint", tokens.string("id_token")).status());
            assertFalse(isSignedIn(tokens));
        } finally {
            SERVER.close();
            Files.writeString(file, text);
            SERVER.restart();
        }
    }

    @Test
    void itIsToldInTheMetadata() {
        assertEquals(SERVER.issuer().url("/logout"), browser.get("/.well-known/openid-configuration")
                .string("end_session_endpoint"));
    }
}
