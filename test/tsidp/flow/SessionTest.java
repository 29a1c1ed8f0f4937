package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
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

/// The session of a browser, and what `prompt`, `max_age` and `id_token_hint` ask of it (OpenID Connect Core §3.1.2.1).
@Timeout(60)
class SessionTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final MovableClock CLOCK = MovableClock.atPresent();
    private static final TestServer SERVER = TestServer.start(TAILNET, CLOCK);
    private static final Client CLIENT = SERVER.client("https://app.example.com/cb");
    private static final String NAME = "__Host-tsidp";

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true}");
    }

    /// What a browser does: it shows pages, and keeps our cookie.
    private static final class Window {

        private final Browser browser;
        private final RelyingParty app;
        private String cookie = "";

        Window(String who) {
            this(who, CLIENT);
        }

        Window(String who, Client client) {
            browser = SERVER.secure(who);
            app = new RelyingParty(browser, client);
        }

        private String[] headers(String... others) {
            var headers = new ArrayList<>(List.of(others));
            headers.addAll(List.of("Accept", "text/html"));
            if (!cookie.isEmpty()) {
                headers.addAll(List.of("Cookie", "a=b; " + cookie + "; c=d"));
            }
            return headers.toArray(String[]::new);
        }

        private Reply kept(Reply reply) {
            if (!reply.header("Set-Cookie").isEmpty()) {
                cookie = reply.header("Set-Cookie").replaceFirst(";.*", "");
            }
            return reply;
        }

        Reply authorize(String... others) {
            return kept(browser.get("/authorize", app.request(others), headers()));
        }

        Reply follow(Reply redirect) {
            assertEquals(302, redirect.status(), redirect.toString());
            return kept(browser.get(redirect.header("Location"), headers()));
        }

        Reply click(Reply page, String decision) {
            assertEquals(200, page.status(), page.toString());
            return kept(Form.of(page).with("decision", decision).send(browser, headers()));
        }

        /// The claims of the ID token that a code gives.
        JsonObject claims(Reply redirect) {
            String code = redirect.parameters().get("code");
            assertTrue(code != null, redirect.toString());
            return app.claims(app.redeem(code));
        }

        JsonObject signIn(String... others) {
            return claims(authorize(others));
        }

        private String error(String... others) {
            Reply reply = authorize(others);
            assertEquals(302, reply.status(), reply.toString());
            assertTrue(reply.header("Location").startsWith("https://app.example.com/cb?"), reply.toString());
            return reply.parameters().get("error");
        }
    }

    private final Window alice = new Window(FakeTailnet.ALICE);

    private static long now() {
        return CLOCK.instant().getEpochSecond();
    }

    private static long authTime(JsonObject claims) {
        return claims.integer("auth_time").getAsLong();
    }

    @BeforeEach
    void time() {
        CLOCK.pass(Duration.ofSeconds(100));
    }

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    @Test
    void theFirstSignInOfABrowserBeginsItAndLaterOnesKeepIt() {
        JsonObject first = alice.signIn();
        assertEquals(now(), authTime(first));
        assertEquals("device", first.string("acr").orElseThrow());
        assertEquals(List.of("swk"), first.strings("amr").orElseThrow());
        assertEquals(22, first.string("sid").orElseThrow().length());
        long begun = now();
        CLOCK.pass(Duration.ofHours(1));
        JsonObject second = alice.signIn();
        assertEquals(begun, authTime(second));
        assertEquals(first.string("sid"), second.string("sid"));
        JsonObject elsewhere = new Window(FakeTailnet.ALICE).signIn();
        assertEquals(now(), authTime(elsewhere));
        assertNotEquals(first.string("sid"), elsewhere.string("sid"));
    }

    @Test
    void aRefreshedIdTokenHasItsSession() {
        JsonObject first = alice.signIn();
        CLOCK.pass(Duration.ofMinutes(2));
        Reply tokens = alice.app.redeem(alice.authorize().parameters().get("code"));
        CLOCK.pass(Duration.ofMinutes(2));
        SERVER.restart();
        JsonObject refreshed = alice.app.claims(alice.app.refresh(tokens.string("refresh_token")));
        for (String name : List.of("sid", "auth_time", "acr", "amr")) {
            assertEquals(first.get(name), refreshed.get(name), name);
        }
        assertEquals(first.string("sid"), alice.signIn().string("sid"), "the cookie outlives a restart");
    }

    @Test
    void theCookieIsForUsAlone() {
        String cookie = alice.authorize().header("Set-Cookie");
        assertTrue(cookie.startsWith(NAME + "="), cookie);
        for (String attribute : List.of("; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=2592000")) {
            assertTrue(cookie.contains(attribute), cookie);
        }
        assertFalse(cookie.contains("Domain"), cookie);
        assertFalse(cookie.contains("1001") || cookie.contains("alice"), cookie);
    }

    /// It is no identity, and none of another's is any good.
    @Test
    void anothersCookieCountsAsNone() {
        JsonObject first = alice.signIn();
        var bob = new Window(FakeTailnet.BOB);
        bob.cookie = alice.cookie;
        CLOCK.pass(Duration.ofMinutes(5));
        JsonObject his = bob.signIn();
        assertEquals("userid:1002", his.string("sub").orElseThrow());
        assertEquals(now(), authTime(his));
        assertNotEquals(first.string("sid"), his.string("sid"));
    }

    @Test
    void aForgedOrOldCookieCountsAsNone() {
        String sid = alice.signIn().string("sid").orElseThrow();
        String good = alice.cookie;
        String value = good.substring(NAME.length() + 1);
        String[] parts = value.split("\\.");
        for (String bad : List.of("", "x", value + "x", value.substring(1), value.replace(".s.", ".c."),
                value.replace(".s.", ".o."), value.replace(parts[1], "" + (Long.parseLong(parts[1]) - 1)),
                "A" + value.substring(1).replace('A', 'B'), value + "; " + NAME + "=" + value + "x",
                value.replace(".s.", ".x."), "x".repeat(4000))) {
            alice.cookie = NAME + "=" + bad;
            boolean isSame = alice.signIn().string("sid").orElseThrow().equals(sid);
            assertEquals(bad.startsWith(value + ";"), isSame, bad);
        }
        alice.cookie = good;
        assertEquals(sid, alice.signIn().string("sid").orElseThrow());
        CLOCK.pass(Duration.ofDays(31));
        assertNotEquals(sid, alice.signIn().string("sid").orElseThrow());
    }

    /// Their requests come without the cookie: an answer must not replace it.
    @Test
    void whatAnotherSiteSendsSetsNoCookie() {
        var request = alice.app.request();
        for (Reply reply : List.of(alice.browser.post("/authorize", request, "Accept", "text/html"),
                alice.browser.get("/authorize", request, "Accept", "text/html", "Sec-Fetch-Mode", "navigate",
                        "Sec-Fetch-Dest", "iframe"),
                alice.browser.get("/authorize", request, "Accept", "text/html", "Sec-Fetch-Mode", "cors"),
                alice.browser.get("/authorize", request))) {
            assertEquals("", reply.header("Set-Cookie"), reply.toString());
            assertEquals(22, alice.claims(reply).string("sid").orElseThrow().length());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"login", "select_account", "create", "login select_account"})
    void aPromptShowsAPageWhoseClickIsTheMoment(String prompt) {
        JsonObject first = alice.signIn();
        CLOCK.pass(Duration.ofMinutes(10));
        Reply page = alice.authorize("prompt", prompt);
        assertEquals(200, page.status(), page.toString());
        assertTrue(page.text().contains("Continue as <bdi>alice@example.com</bdi> (<bdi>alice-laptop</bdi>)"),
                page.text());
        assertTrue(page.header("Content-Security-Policy").contains("form-action 'self' https://app.example.com;"));
        CLOCK.pass(Duration.ofMinutes(1));
        JsonObject claims = alice.claims(alice.follow(alice.click(page, "continue")));
        assertEquals(now(), authTime(claims));
        assertEquals(List.of("swk", "user"), claims.strings("amr").orElseThrow());
        assertEquals(first.string("sid"), claims.string("sid"));
        assertEquals("a nonce", claims.string("nonce").orElseThrow());
        CLOCK.pass(Duration.ofMinutes(1));
        assertEquals(authTime(claims), authTime(alice.signIn()));
    }

    @Test
    void aBrowserWithoutCookiesCanContinue() {
        Reply page = alice.authorize("prompt", "login", "max_age", "0");
        Reply next = alice.click(page, "continue");
        alice.cookie = "";
        assertEquals(now(), authTime(alice.claims(alice.follow(next))));
    }

    @Test
    void whoCancelsIsSentBack() {
        Reply back = alice.click(alice.authorize("prompt", "login"), "deny");
        assertEquals("access_denied", back.parameters().get("error"), back.toString());
        assertEquals("", back.header("Set-Cookie"));
    }

    @Test
    void anExceededMaxAgeAsks() {
        alice.signIn();
        CLOCK.pass(Duration.ofSeconds(100));
        long before = now() - 100;
        assertEquals(before, authTime(alice.signIn("max_age", "100")));
        assertEquals(before, authTime(alice.signIn("max_age", "9999999999")));
        assertEquals("login_required", alice.error("max_age", "99", "prompt", "none"));
        Reply page = alice.authorize("max_age", "99");
        assertEquals(now(), authTime(alice.claims(alice.follow(alice.click(page, "continue")))));
        assertEquals(200, new Window(FakeTailnet.ALICE).authorize("max_age", "0").status());
        assertEquals(302, new Window(FakeTailnet.ALICE).authorize("max_age", "1").status());
        for (String wrong : List.of("-1", "x", "1.5", "99999999999")) {
            assertEquals("invalid_request", alice.error("max_age", wrong));
        }
    }

    @Test
    void promptNoneNeverShowsAPage() {
        assertEquals(now(), authTime(alice.signIn("prompt", "none")));
        assertEquals("login_required", alice.error("prompt", "none", "max_age", "0"));
        assertEquals("invalid_request", alice.error("prompt", "none login"));
        Client registered = SERVER.client("https://app.example.com/cb");
        assertTrue(registered.isTrusted() || !registered.needsConsent());
        Reply dcr = Dcr.register(alice.browser, "{'redirect_uris': ['https://app.example.com/cb']}");
        var asking = new Window(FakeTailnet.ALICE, Dcr.party(alice.browser, dcr).client());
        assertEquals("consent_required", asking.error("prompt", "none"));
    }

    /// Otherwise a frame of the application would wait for ever. It learns nothing but that its own request was right.
    @Test
    void withPromptNoneAStrangerIsSentBackToo() {
        Browser nobody = SERVER.nobody();
        var request = alice.app.request("prompt", "none");
        Reply reply = nobody.get("/authorize", request, "Accept", "text/html");
        assertEquals(302, reply.status(), reply.toString());
        assertEquals("login_required", reply.parameters().get("error"));
        assertEquals("a state", reply.parameters().get("state"));
        assertEquals(403, nobody.get("/authorize", alice.app.request()).status());
        request.put("redirect_uri", "https://evil.example.com/");
        assertEquals(403, nobody.get("/authorize", request).status());
        request.put("client_id", "x");
        assertEquals(403, nobody.get("/authorize", request).status());
        TAILNET.answer(500, "{}");
        try {
            assertEquals("temporarily_unavailable", alice.error("prompt", "none"));
        } finally {
            TAILNET.behave();
        }
    }

    @Test
    void promptConsentAsksAgainAndTheClickIsEnough() {
        Reply page = alice.authorize("prompt", "consent");
        assertTrue(page.text().contains("It will learn"), page.text());
        assertEquals("userid:1001", alice.claims(alice.follow(alice.click(page, "allow"))).string("sub").orElseThrow());
        assertEquals(200, alice.authorize("prompt", "consent").status());
        Reply both = alice.follow(alice.click(alice.authorize("prompt", "login consent"), "continue"));
        assertTrue(both.text().contains("It will learn"), both.text());
        JsonObject claims = alice.claims(alice.follow(alice.click(both, "allow")));
        assertEquals(List.of("swk", "user"), claims.strings("amr").orElseThrow());
    }

    @Test
    void aHintOfAnotherPersonIsRefused() {
        String own = alice.app.login().string("id_token");
        String anothers = new Window(FakeTailnet.BOB).app.login().string("id_token");
        assertEquals("login_required", alice.error("id_token_hint", anothers));
        assertEquals("login_required", alice.error("id_token_hint", anothers, "prompt", "none"));
        CLOCK.pass(Duration.ofDays(9));
        assertEquals(302, alice.authorize("id_token_hint", own, "prompt", "none").status());
        // None of ours says nothing.
        for (String none : List.of("x", "a.b.c", anothers + "x", anothers.substring(1),
                anothers.substring(0, anothers.lastIndexOf('.') + 1))) {
            alice.signIn("id_token_hint", none, "prompt", "none");
        }
    }

    @Test
    void whatIsNotSupportedHasItsOwnError() {
        assertEquals("registration_not_supported", alice.error("registration", "{}"));
        alice.signIn("ui_locales", "de en", "display", "popup", "acr_values", "1 2", "claims_locales", "de");
    }

    @Test
    void whatIsSupportedIsToldInTheMetadata() {
        JsonObject metadata = alice.browser.get("/.well-known/openid-configuration").json();
        assertEquals(List.of("device"), metadata.strings("acr_values_supported").orElseThrow());
        assertTrue(metadata.strings("prompt_values_supported").orElseThrow().containsAll(List.of("none", "login")));
        assertTrue(metadata.strings("claims_supported").orElseThrow().containsAll(List.of("sid", "acr", "amr")));
    }

    @Test
    void aFormOfAnotherSiteCantContinue() {
        Reply page = alice.authorize("prompt", "login");
        Reply refused = Form.of(page).with("decision", "continue").with("form_token", "x").send(alice.browser);
        assertEquals(403, refused.status());
        assertEquals("", refused.header("Set-Cookie"));
        assertEquals(403, new Window(FakeTailnet.BOB).click(page, "continue").status());
        assertEquals(Map.of(), Map.copyOf(refused.parameters()));
    }
}
