package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.MovableClock;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// A self-registered client gets no code from a link alone: each person is asked once.
@Timeout(60)
class ConsentTest {

    private static final String CALLBACK = "https://app.example.com/cb";

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final MovableClock CLOCK = MovableClock.atPresent();
    private static final TestServer SERVER = TestServer.start(TAILNET, CLOCK);

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true, 'users': ['*'],"
                + " 'resources': ['https://mcp.example.com']}");
    }

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);
    private final Browser bob = SERVER.plain(FakeTailnet.BOB);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private Reply registered(String... redirectUris) {
        Reply reply = Dcr.register(alice, "{'client_name': 'App', 'redirect_uris': ['"
                + String.join("', '", redirectUris) + "'], 'application_type': 'native'}");
        assertEquals(201, reply.status(), reply.toString());
        return reply;
    }

    private RelyingParty party() {
        return Dcr.party(alice, registered(CALLBACK));
    }

    private static void assertAsks(Reply reply) {
        assertEquals(200, reply.status(), reply.toString());
        assertEquals("text/html; charset=utf-8", reply.header("Content-Type"));
        assertEquals("no-store", reply.header("Cache-Control"));
        assertEquals("", reply.header("Location"));
    }

    private static Reply answer(Reply page, String decision, Browser browser) {
        return Form.of(page).with("decision", decision).send(browser);
    }

    private static void allow(RelyingParty party, Browser browser, String... request) {
        Reply allowed = answer(party.authorize(request), "allow", browser);
        assertEquals(302, allowed.status(), allowed.toString());
        Reply next = browser.get(allowed.header("Location"));
        assertTrue(next.parameters().containsKey("code"), next.toString());
    }

    @Test
    void theFirstAnswerIsAPageAndNoCode() {
        Reply page = party().authorize();
        assertAsks(page);
        assertTrue(page.text().contains("App") && page.text().contains("app.example.com"), page.text());
        assertTrue(page.header("Content-Security-Policy").contains("form-action 'self' https://app.example.com;"),
                page.header("Content-Security-Policy"));
        assertAsks(alice.post("/authorize", party().request()));
    }

    @Test
    void afterAllowTheSameRequestGetsItsCode() {
        RelyingParty party = party();
        Reply allowed = answer(party.authorize("state", "s &=#é", "nonce", "n"), "allow", alice);
        assertEquals(302, allowed.status());
        assertTrue(allowed.header("Location").startsWith("/authorize?"), allowed.toString());
        Reply code = alice.get(allowed.header("Location"));
        assertEquals(CALLBACK, code.target());
        assertEquals("s &=#é", code.parameters().get("state"));
        Reply tokens = party.redeem(code.parameters().get("code"));
        assertEquals("n", party.claims(tokens).string("nonce").orElseThrow());
    }

    @Test
    void afterThatNobodyIsAskedAgainNotEvenAfterARestart() {
        RelyingParty party = party();
        allow(party, alice);
        assertEquals(302, party.authorize("scope", "openid", "state", "other").status());
        assertEquals(302, party.authorize("prompt", "none").status());
        SERVER.restart();
        assertEquals(200, party.login().status());
    }

    @Test
    void anotherPersonIsAskedForThemselves() {
        Reply registered = registered(CALLBACK);
        allow(Dcr.party(alice, registered), alice);
        assertAsks(Dcr.party(bob, registered).authorize());
        allow(Dcr.party(bob, registered), bob);
    }

    @Test
    void anotherClientIsAskedForItself() {
        allow(party(), alice);
        assertAsks(party().authorize());
    }

    @Test
    void anotherDestinationIsAskedForItself() {
        Reply registered = registered(CALLBACK, "https://app.example.com:8443/cb", "https://other.example.com/cb",
                "https://app.example.com/cb2", "com.example.app:/cb", "com.example.app://app.example.com/cb");
        RelyingParty party = Dcr.party(alice, registered);
        allow(party, alice);
        for (String other : List.of("https://app.example.com:8443/cb", "https://other.example.com/cb",
                "https://app.example.com/cb2", "com.example.app:/cb", "com.example.app://app.example.com/cb")) {
            assertAsks(party.authorize("redirect_uri", other));
        }
    }

    /// Both addresses are of one host, and only the first was shown.
    @Test
    void aClientThatTakesAnotherAddressOfTheHostIsAskedAboutAgain() {
        Reply registered = registered("https://www.google.com/accounts/callback");
        RelyingParty party = Dcr.party(alice, registered);
        allow(party, alice);
        String redirector = "https://www.google.com/url?q=https://evil.example/";
        Reply changed = Dcr.update(alice, registered, "{'client_id': '" + party.client().id()
                + "', 'redirect_uris': ['" + redirector + "']}");
        assertEquals(200, changed.status(), changed.toString());
        assertAsks(party.authorize("redirect_uri", redirector));
    }

    @Test
    void whatWasNotAskedAboutIsAskedForItself() {
        RelyingParty party = party();
        allow(party, alice, "scope", "openid");
        assertAsks(party.authorize("scope", "openid email"));
        allow(party, alice, "scope", "openid email");
        assertEquals(302, party.authorize("scope", "openid").status());
        Reply resource = party.authorize("scope", "openid", "resource", "https://mcp.example.com");
        assertAsks(resource);
        assertTrue(resource.text().contains("https://mcp.example.com"));
    }

    @Test
    void aPrivateUseSchemeIsShownAsSuchWhateverStandsBehindIt() {
        Reply registered = registered("com.example.app://bank.example.com/cb");
        Reply page = Dcr.party(alice, registered).authorize();
        assertAsks(page);
        assertTrue(page.text().contains("com.example.app:"), page.text());
        assertFalse(page.text().replaceAll("(?s)<form.*?</form>", "").contains(">bank.example.com"), page.text());
    }

    @Test
    void anApplicationOnTheDeviceIsShownAsSuch() {
        Reply page = Dcr.party(alice, registered("cursor://anysphere.cursor-mcp/oauth/callback")).authorize();
        assertAsks(page);
        assertTrue(page.text().contains("the app on this device that opens cursor://, at</p>"), page.text());
        assertTrue(page.text().contains("<strong>cursor:</strong>//anysphere.cursor-mcp/oauth/callback</bdi>"),
                page.text());
        assertTrue(page.header("Content-Security-Policy").contains("form-action 'self' cursor:;"));
        Reply other = Dcr.party(alice, registered("myapp:/cb")).authorize();
        assertTrue(other.text().contains("the app on this device that opens myapp:, at</p>"), other.text());
        assertFalse(party().authorize().text().contains("the app on this device"));
    }

    /// Another port of a host is another program; only on the loopback interface is it the same one.
    @Test
    void anotherPortOfAHostOfTheTailnetIsAnotherDestination() {
        String host = "http://wiki." + SERVER.issuer().tailnet();
        RelyingParty party = Dcr.party(alice, registered(host + ":3000/cb", host + ":4000/cb"));
        allow(party, alice, "redirect_uri", host + ":3000/cb");
        assertAsks(party.authorize("redirect_uri", host + ":4000/cb"));
        assertEquals(302, party.authorize("redirect_uri", host + ":3000/cb").status());
    }

    @Test
    void whatStandsInARedirectUriAddsNothingToThePolicy() {
        Reply registered = registered("http.evil://x;script-src%20'unsafe-inline'/cb".replace("'", "%27"));
        String policy = Dcr.party(alice, registered).authorize().header("Content-Security-Policy");
        assertTrue(policy.contains("form-action 'self' http.evil:;"), policy);
    }

    @Test
    void aLoopbackPortIsAnotherOneEachTimeAndNotAskedAgain() {
        RelyingParty party = Dcr.party(alice, registered("http://127.0.0.1/cb", "http://localhost/cb"));
        allow(party, alice, "redirect_uri", "http://127.0.0.1:49152/cb");
        assertEquals(302, party.authorize("redirect_uri", "http://127.0.0.1:50000/cb").status());
        assertAsks(party.authorize("redirect_uri", "http://localhost:50000/cb"));
    }

    @Test
    void aSecureAddressOfTheSameHostIsAnotherDestination() {
        RelyingParty party = Dcr.party(alice, registered("http://localhost/cb", "https://localhost/cb"));
        allow(party, alice, "redirect_uri", "https://localhost/cb");
        assertAsks(party.authorize("redirect_uri", "http://localhost:50000/cb"));
    }

    @Test
    void aClientThatMovesElsewhereIsAskedAgain() {
        Reply registered = registered(CALLBACK);
        allow(Dcr.party(alice, registered), alice);
        Reply moved = Dcr.update(SERVER.nobody(), registered, "{'client_id': '" + registered.string("client_id")
                + "', 'redirect_uris': ['https://evil.example/cb']}");
        assertEquals(200, moved.status());
        assertAsks(Dcr.party(alice, moved).authorize());
    }

    @Test
    void promptNoneIsToldThatConsentIsRequired() {
        Reply reply = party().authorize("prompt", "none");
        assertEquals(302, reply.status());
        assertEquals(CALLBACK, reply.target());
        assertEquals("consent_required", reply.parameters().get("error"));
        assertEquals("a state", reply.parameters().get("state"));
        assertEquals(SERVER.issuer().url(), reply.parameters().get("iss"));
        assertFalse(reply.parameters().containsKey("code"));
    }

    @Test
    void denyTellsTheClientAndIsNotRemembered() {
        RelyingParty party = party();
        Reply denied = answer(party.authorize("state", "s"), "deny", alice);
        assertEquals(302, denied.status());
        assertEquals(CALLBACK, denied.target());
        assertEquals(Set.of("error", "error_description", "state", "iss"), denied.parameters().keySet());
        assertEquals("access_denied", denied.parameters().get("error"));
        assertEquals("s", denied.parameters().get("state"));
        assertEquals(SERVER.issuer().url(), denied.parameters().get("iss"));
        assertAsks(party.authorize());
    }

    @Test
    void aClientThatAnAdministratorMadeIsNeverAskedAbout() {
        Client client = SERVER.client(CALLBACK);
        assertEquals(302, new RelyingParty(alice, client).authorize().status());
        assertEquals(302, new RelyingParty(bob, client).authorize("prompt", "none").status());
    }

    @Test
    void aDecisionNeedsThePagesTokenForThatPerson() {
        RelyingParty party = party();
        Form form = Form.of(party.authorize()).with("decision", "allow");
        String token = form.fields().get("form_token");
        String bobs = Form.of(Dcr.party(bob, registered(CALLBACK)).authorize()).fields().get("form_token");
        for (Form bad : List.of(form.without("form_token"), form.with("form_token", ""), form.with("form_token", bobs),
                form.with("form_token", token + "x"), form.with("form_token", token.substring(1)))) {
            assertEquals(403, bad.send(alice).status());
        }
        assertEquals(403, form.send(bob).status());
        assertEquals(403, form.send(SERVER.nobody()).status());
        assertEquals(403, form.send(alice, "Sec-Fetch-Site", "cross-site").status());
        assertEquals(403, form.send(alice, "Origin", "https://app.example.com").status());
        assertAsks(party.authorize());
    }

    @Test
    void aDecisionOfAnythingElseIsRefused() {
        Form form = Form.of(party().authorize());
        assertEquals(400, form.send(alice).status());
        assertEquals(302, form.with("decision", "allow").send(alice).status());
    }

    @Test
    void aRequestThatWasPostedGoesOnAfterAllowToo() {
        RelyingParty party = party();
        Reply allowed = answer(alice.post("/authorize", party.request("state", "posted")), "allow", alice);
        assertEquals(302, allowed.status(), allowed.toString());
        Reply code = alice.get(allowed.header("Location"));
        assertEquals("posted", code.parameters().get("state"));
        assertEquals(200, party.redeem(code.parameters().get("code")).status());
    }

    @Test
    void badBodiesAreRefused() {
        Form form = Form.of(party().authorize()).with("decision", "allow");
        String body = Browser.form(form.fields());
        for (String bad : List.of(body + "&decision=deny", body + "&form_token=x", body + "&x=%ff", body + "&x=%0",
                body + "&x=%00", body + "&x=" + "y".repeat(8193))) {
            assertEquals(400, alice.post(form.action(), bad).status(), bad);
        }
        assertEquals(400, alice.send("POST", form.action(), "{}".getBytes(), "Content-Type", "application/json")
                .status());
        assertEquals(403, alice.post(form.action(), "").status());
        assertEquals(403, alice.post(form.action(), body.substring(0, body.length() / 2)).status());
        assertEquals(413, alice.post(form.action(), body + "&x=" + "y".repeat(65_536)).status());
    }

    @Test
    void aDecisionIsGoodAtItsOwnClientAlone() {
        RelyingParty party = party();
        Form form = Form.of(party.authorize()).with("decision", "allow");
        for (String evil : List.of("https://evil.example/cb", "https://app.example.com/other", "")) {
            Form bad = replaced(form, Browser.encode(CALLBACK), Browser.encode(evil));
            Reply reply = bad.send(alice);
            assertEquals(400, reply.status(), reply.toString());
            assertEquals("", reply.header("Location"));
        }
        Reply unknown = replaced(form, party.client().id(), "0".repeat(32)).send(alice);
        assertEquals(400, unknown.status());
        assertAsks(party.authorize());
    }

    /// The form with another text in the request that it contains, wherever it appears.
    private static Form replaced(Form form, String old, String other) {
        Form changed = new Form(form.action().replace(old, other), form.fields());
        return form.fields().containsKey("request")
                ? changed.with("request", form.fields().get("request").replace(old, other)) : changed;
    }

    @Test
    void whatWasAllowedIsTakenBackWithAllThatItGave() {
        RelyingParty party = party();
        allow(party, alice);
        Reply tokens = party.login();
        Reply list = alice.get("/consent");
        assertTrue(list.text().contains("app.example.com"), list.text());
        Reply revoked = Form.of(list).with("client_id", party.client().id()).with("decision", "revoke").send(alice);
        assertEquals(302, revoked.status(), revoked.toString());
        assertEquals(401, party.userInfo(tokens.string("access_token")).status());
        assertEquals("invalid_grant", party.refresh(tokens.string("refresh_token")).string("error"));
        assertAsks(party.authorize());
    }

    @Test
    void takingBackIsOnesOwnAlone() {
        Reply registered = registered(CALLBACK);
        RelyingParty alices = Dcr.party(alice, registered);
        RelyingParty bobs = Dcr.party(bob, registered);
        allow(alices, alice);
        allow(bobs, bob);
        Reply tokens = alices.login();
        Form.of(bob.get("/consent")).with("client_id", registered.string("client_id")).with("decision", "revoke")
                .send(bob);
        assertEquals(200, alices.userInfo(tokens.string("access_token")).status());
        assertEquals(302, alices.authorize().status());
        assertAsks(bobs.authorize());
    }

    @Test
    void aClientThatIsUsedStaysAndKeepsItsConsent() {
        RelyingParty party = party();
        allow(party, alice);
        party.login();
        CLOCK.pass(Duration.ofDays(31));
        SERVER.expire();
        assertEquals(200, party.login().status());
    }

    @Test
    void aLongRequestGoesOnAfterAllow() {
        RelyingParty party = party();
        String state = "é=&".repeat(600);
        Reply allowed = answer(party.authorize("state", state, "nonce", "n".repeat(512)), "allow", alice);
        assertEquals(302, allowed.status(), allowed.toString());
        assertEquals(state, alice.get(allowed.header("Location")).parameters().get("state"));
    }

    /// An open redirect on an honest host sends the code elsewhere: the host by itself would look like consent to that
    /// host.
    @Test
    void theWholeAddressIsShown() {
        String redirect = "https://www.google.com/url?q=https://evil.example/" + "x".repeat(500);
        Reply page = Dcr.party(alice, registered(redirect)).authorize();
        assertAsks(page);
        String rest = redirect.substring("https://www.google.com".length());
        assertTrue(page.text().contains(">https://<strong>www.google.com</strong>" + rest + "</bdi>"), page.text());
        Reply loopback = Dcr.party(alice, registered("http://[::1]/cb")).authorize("redirect_uri",
                "http://[::1]:4000/cb");
        assertTrue(loopback.text().contains(">http://<strong>[::1]:4000</strong>/cb</bdi>"), loopback.text());
        Reply own = Dcr.party(alice, registered("Com.Example.App://s/cb")).authorize();
        assertTrue(own.text().contains("><strong>Com.Example.App:</strong>//s/cb</bdi>"), own.text());
    }

    @Test
    void aNameThatSpeaksForUsIsNotShownAsItCame() {
        Reply registered = Dcr.register(alice, "{'client_name': 'Wiki \u2714 (verified)\u3000\u3000\u202e!', "
                + "'redirect_uris': ['" + CALLBACK + "']}");
        assertEquals("Wiki (verified) !", registered.string("client_name"));
        RelyingParty party = Dcr.party(alice, registered);
        Reply page = party.authorize();
        allow(party, alice);
        for (Reply shown : List.of(page, alice.get("/consent"), alice.get("/?q=" + party.client().id()),
                alice.get("/edit/" + party.client().id()), alice.get("/clients/" + party.client().id()))) {
            assertTrue(shown.text().contains("Wiki (verified) !"), shown.text());
            assertFalse(shown.text().matches("(?s).*[\u2714\u202e\u3000].*"), shown.text());
        }
        assertTrue(page.text().contains("chose its own name, so the name proves nothing"), page.text());
    }

    @Test
    void anApplicationsNameIsTextOnThePage() {
        Reply registered = Dcr.register(alice, "{'client_name': '<script>alert(1)</script>', 'redirect_uris': ['"
                + CALLBACK + "']}");
        Reply page = Dcr.party(alice, registered).authorize("state", "\"><script>");
        assertAsks(page);
        assertFalse(page.text().contains("<script>alert"), page.text());
        assertFalse(page.text().contains("\"><script>"), page.text());
        assertFalse(page.text().contains("{{"), page.text());
    }
}
