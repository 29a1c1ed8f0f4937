package tsidp.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.MovableClock;
import tsidp.fake.Reply;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;

@Timeout(60)
class ClientPagesTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final MovableClock CLOCK = MovableClock.atPresent();
    private static final TestServer SERVER = TestServer.start(TAILNET, CLOCK);
    private static final JsonObject ADMIN = JsonObject.EMPTY.with("allow_admin_ui", JsonBoolean.TRUE);
    private static final Pattern SECRET = Pattern.compile("<code id=\"client-secret\">([0-9a-f]{64})</code>");
    private static final String CALLBACK = "https://app.example.com/callback";

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);
    private final Browser bob = SERVER.plain(FakeTailnet.BOB);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    @BeforeEach
    void aliceAdministers() {
        TAILNET.grant(FakeTailnet.ALICE, ADMIN);
        TAILNET.grant(FakeTailnet.BOB);
    }

    private Form newForm() {
        return Form.of(page("/new")).with("name", "Grafana").with("redirect_uri", CALLBACK);
    }

    private Reply page(String path) {
        Reply reply = alice.get(path, "Accept", "text/html");
        assertEquals(200, reply.status(), reply.toString());
        return reply;
    }

    private String created(String name) {
        Reply reply = newForm().with("name", name).send(alice);
        assertEquals(302, reply.status(), reply.toString());
        return reply.header("Location");
    }

    private static String secret(Reply page) {
        Matcher secret = SECRET.matcher(page.text());
        return secret.find() ? secret.group(1) : "";
    }

    private static int clients() {
        return SERVER.plain(FakeTailnet.ALICE).get("/clients/").text().split("\"client_id\"", -1).length - 1;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/new", "/edit/x", "/?q=x"})
    void whoHasNoGrantIsShownTheOneThatIsMissing(String path) throws Exception {
        Reply reply = bob.get(path, "Accept", "text/html");
        assertEquals(403, reply.status());
        String json = reply.text().replaceAll("(?s).*<code id=\"grant\">(.*?)</code>.*", "$1").replace("&quot;", "\"");
        JsonObject signIn = JsonReader.readObject(json.getBytes());
        assertEquals(List.of(FakeTailnet.BOB), signIn.strings("src").orElseThrow());
        JsonValue rule = signIn.object("app").orElseThrow().array("tailscale.com/cap/tsidp").orElseThrow().values()
                .getFirst();
        assertEquals(ADMIN, rule);
        TAILNET.grant(FakeTailnet.BOB, (JsonObject) rule);
        assertNotEquals(403, bob.get(path, "Accept", "text/html").status());
    }

    @Test
    void aProgramIsToldInJsonOrText() {
        assertEquals("access_denied", bob.get("/", "Accept", "application/json").string("error"));
        assertTrue(bob.get("/").text().contains("allow_admin_ui"));
    }

    @Test
    void whoeverIsNobodyGetsNoForm() {
        for (Browser browser : List.of(SERVER.nobody(), SERVER.plain(FakeTailnet.PRINTER))) {
            assertEquals(403, browser.get("/new", "Accept", "text/html").status());
            assertEquals(403, newForm().send(browser).status());
        }
    }

    @Test
    void aSecretIsShownOnce() {
        String path = created("Once");
        Reply first = page(path);
        assertTrue(first.text().contains("Client created."));
        assertEquals("no-store", first.header("Cache-Control"));
        String secret = secret(first);
        assertEquals(64, secret.length());
        Reply again = page(path);
        assertFalse(again.text().contains(secret) || again.text().contains("Client created."));
        assertFalse(page("/").text().contains(secret));
        assertFalse(SERVER.log().contains(secret));
    }

    @Test
    void aSecretIsShownToWhoMadeItAndNotForLong() {
        TAILNET.grant(FakeTailnet.BOB, ADMIN);
        String path = created("Mine");
        assertEquals("", secret(bob.get(path)));
        assertEquals(64, secret(page(path)).length());
        String late = created("Late");
        CLOCK.pass(Duration.ofMinutes(1));
        assertEquals("", secret(page(late)));
    }

    @Test
    void aPublicClientHasNoSecret() {
        String path = newForm().with("token_endpoint_auth_method", "none").send(alice).header("Location");
        Reply page = page(path);
        assertEquals("", secret(page));
        assertTrue(page.text().contains("PKCE"));
        assertEquals(400, Form.of(page).with("action", "regenerate").with("confirmed", "yes").send(alice).status());
    }

    @Test
    void aClientsPageShowsWhatToPaste() {
        String text = page(created("Paste")).text();
        String issuer = SERVER.issuer().url();
        for (String value : List.of(issuer, issuer + "/.well-known/openid-configuration", issuer + "/authorize",
                issuer + "/token", issuer + "/userinfo", issuer + "/introspect", issuer + "/.well-known/jwks.json",
                "openid email profile")) {
            assertTrue(text.contains(">" + value + "</code>"), value);
        }
    }

    @Test
    void whatIsChangedWithoutConfirmationIsAskedAbout() {
        String path = created("Asked");
        String secret = secret(page(path));
        for (String action : List.of("regenerate", "delete")) {
            Reply asked = Form.of(page(path)).with("action", action).send(alice);
            assertEquals(200, asked.status());
            assertTrue(asked.text().contains("name=\"confirmed\""), asked.text());
            assertEquals("", secret(page(path)));
            assertTrue(page(path + "?confirm=" + action).text().contains("name=\"confirmed\""));
        }
        Reply reply = Form.of(page(path + "?confirm=regenerate")).send(alice);
        assertEquals(path, reply.header("Location"));
        String second = secret(page(path));
        assertTrue(second.length() == 64 && !second.equals(secret));
        assertEquals("/", Form.of(page(path + "?confirm=delete")).send(alice).header("Location"));
        assertTrue(page("/").text().contains("Asked was deleted."));
        assertEquals(404, alice.get(path).status());
    }

    @Test
    void whatIsRefusedComesBackAsItWasWritten() {
        int before = clients();
        Reply created = newForm().with("name", "<b>").with("redirect_uri", "javascript:alert(1)").send(alice);
        assertEquals(400, created.status());
        assertTrue(created.text().contains("value=\"&lt;b&gt;\""), created.text());
        assertTrue(created.text().contains("\njavascript:alert(1)</textarea>"), created.text());
        assertTrue(created.text().contains("role=\"alert\""), created.text());
        assertEquals(before, clients());
        String path = created("Kept");
        Reply updated = Form.of(page(path)).with("name", "Other").with("redirect_uri", "nothing").send(alice);
        assertEquals(400, updated.status());
        assertTrue(updated.text().contains("value=\"Other\"") && updated.text().contains("\nnothing</textarea>"));
        assertTrue(page(path).text().contains("value=\"Kept\""));
    }

    @Test
    void linesOfABrowserAreRedirectUris() {
        String path = created("Lines");
        Form.of(page(path)).with("name", "Lines")
                .with("redirect_uri", "https://a.example/\r\n\r\n https://b.example/\r\n").send(alice);
        assertTrue(page(path).text().contains("https://a.example/\nhttps://b.example/</textarea>"));
    }

    @Test
    void aHostileNameIsTextEverywhere() {
        String name = "\"><script>alert(1)</script><img src=x onerror='a'>&amp;{{form_token}}";
        String path = created(name);
        for (String where : List.of(path, "/?q=onerror", path + "?confirm=delete", path + "?confirm=regenerate",
                "/?q=" + Browser.encode(name))) {
            String text = page(where).text();
            assertFalse(text.contains("<script>") || text.contains("<img") || text.contains("onerror='"), text);
            assertTrue(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), text);
            assertTrue(text.contains("&amp;amp;{{form_token}}"), text);
        }
    }

    @ParameterizedTest
    @CsvSource({"cross-site, https://evil.example", "same-site, https://other.fake-tailnet.ts.net",
        "cross-site, ", ", https://evil.example", ", null", ", http://localhost", ", http://localhost.evil.example",
        ", ''"})
    void aFormOfAnotherOriginIsNotTaken(String site, String origin) {
        int before = clients();
        String path = created("Target" + site + origin);
        var headers = new ArrayList<>(List.of("Accept", "text/html"));
        if (site != null) {
            headers.addAll(List.of("Sec-Fetch-Site", site));
        }
        if (origin != null) {
            headers.addAll(List.of("Origin", origin));
        }
        String[] all = headers.toArray(String[]::new);
        Reply reply = newForm().send(alice, all);
        assertEquals(403, reply.status());
        assertTrue(reply.text().contains("Your changes were not saved"), reply.text());
        assertEquals(403, Form.of(page(path + "?confirm=delete")).send(alice, all).status());
        assertEquals(before + 1, clients());
    }

    @Test
    void aFormOfOurOriginIsTaken() {
        String origin = SERVER.issuer().url();
        assertEquals(302, newForm().send(alice, "Origin", origin).status());
        assertEquals(302, newForm().send(alice, "Origin", origin, "Sec-Fetch-Site", "same-origin").status());
        assertEquals(302, newForm().send(alice, "Origin", "null", "Sec-Fetch-Site", "same-origin").status());
    }

    @Test
    void aFormNeedsThePersonsOwnToken() {
        int before = clients();
        TAILNET.grant(FakeTailnet.BOB, ADMIN);
        String bobs = Form.of(bob.get("/new")).fields().get("form_token");
        String alices = newForm().fields().get("form_token");
        assertNotEquals(bobs, alices);
        for (Form form : List.of(newForm().without("form_token"), newForm().with("form_token", ""),
                newForm().with("form_token", bobs), newForm().with("form_token", alices.substring(1)))) {
            assertEquals(403, form.send(alice).status());
        }
        assertEquals(before, clients());
    }

    @Test
    void malformedFormsChangeNothing() {
        int before = clients();
        String token = "form_token=" + Browser.encode(newForm().fields().get("form_token"));
        String path = created("Whole");
        assertEquals(400, alice.post("/new", token + "&name=a&name=b&redirect_uri=" + CALLBACK).status());
        assertEquals(400, alice.post("/new", token).status());
        assertEquals(400, alice.post("/new", token + "&name=%00&redirect_uri=" + CALLBACK).status());
        assertEquals(400, alice.post(path, token).status());
        assertEquals(400, alice.post(path, token + "&action=destroy&confirmed=yes").status());
        assertEquals(400, alice.send("POST", "/new", "{}".getBytes(), "Content-Type", "application/json").status());
        assertEquals(404, alice.post("/edit/nobody", token + "&action=delete&confirmed=yes").status());
        assertEquals(405, alice.post("/", token).status());
        assertEquals(413, alice.post("/new", token + "&name=" + "a".repeat(70_000)).status());
        assertEquals(before + 1, clients());
    }

    @Test
    void aGrantThatIsTakenBackCountsAtOnce() {
        Form form = newForm();
        TAILNET.grant(FakeTailnet.ALICE);
        assertEquals(403, form.send(alice).status());
        assertEquals(403, alice.get("/").status());
    }

    @Test
    void aPageRunsNoScriptButOurs() {
        String policy = page("/new").header("Content-Security-Policy");
        assertTrue(policy.contains("script-src 'self'") && policy.contains("form-action 'self'"), policy);
        assertFalse(policy.contains("unsafe"), policy);
        assertEquals("text/javascript; charset=utf-8", SERVER.nobody().get("/copy.js").header("Content-Type"));
        assertTrue(SERVER.nobody().get("/copy.js").body().length < 1000);
    }

    @Test
    void aSearchForNothingKnownSaysSo() {
        assertTrue(page("/?q=" + Browser.encode("<no such>")).text().contains("&lt;no such&gt;"));
        assertEquals(400, alice.get("/?q=a&q=b").status());
        assertEquals(200, alice.get("/?from=-1&q=x").status());
        assertEquals(200, alice.get("/?from=999999").status());
    }

    @Test
    void theFormHoldsNothingButItsTokenAndAction() {
        Map<String, String> fields = Form.of(page(created("Fields"))).fields();
        assertEquals(Set.of("form_token", "action"), fields.keySet());
    }
}
