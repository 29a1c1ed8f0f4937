package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.MovableClock;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// `/sign-ins` and `/people`.
@Timeout(60)
class SignInPagesTest {

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final MovableClock clock = new MovableClock(Instant.parse("2026-11-27T09:10:11Z"));
    private final TestServer server = TestServer.start(tailnet, clock);
    private final Browser alice = server.secure(FakeTailnet.ALICE);
    private final Browser bob = server.secure(FakeTailnet.BOB);
    private final RelyingParty app = new RelyingParty(alice, server.client("https://app.example.com/cb"));
    private final RelyingParty bobs = new RelyingParty(bob, app.client());

    @AfterEach
    void stop() {
        server.close();
        tailnet.close();
    }

    private static String row(Reply page, int number) {
        var rows = Pattern.compile("name=\"sign_in\" value=\"([^\"]{22})\"").matcher(page.text());
        return rows.results().skip(number).findFirst().orElseThrow().group(1);
    }

    private static int rows(Reply page) {
        assertEquals(200, page.status(), page.toString());
        return page.text().split("<li>", -1).length - 1;
    }

    private static Reply end(Browser browser, String path, String which) {
        Reply ended = Form.of(browser.get(path)).with("sign_in", which).send(browser);
        assertEquals(302, ended.status(), ended.toString());
        return browser.get(ended.header("Location"));
    }

    private boolean isSignedIn(RelyingParty party, Reply tokens) {
        return party.introspect(tokens.string("access_token")).json().isTrue("active");
    }

    @Test
    void aPersonSeesAndEndsTheirOwnAlone() {
        Reply first = app.login();
        clock.pass(Duration.ofMinutes(2));
        Reply second = app.login();
        Reply his = bobs.login();
        Reply page = alice.get("/sign-ins");
        assertEquals(2, rows(page));
        assertTrue(page.text().contains("since 2026-11-27 09:10 UTC, last used 2026-11-27 09:10 UTC"), page.text());
        assertTrue(page.text().contains("alice-laptop.fake-tailnet.ts.net.")
                && page.text().contains("<bdi>Test</bdi>"));
        assertFalse(page.text().contains("bob"), page.text());
        assertFalse(page.text().contains(first.string("refresh_token").substring(0, 22)), "an id is half of an attack");
        // The newest is on top.
        end(alice, "/sign-ins", row(page, 0));
        assertTrue(isSignedIn(app, first));
        assertFalse(isSignedIn(app, second));
        // Another's row, by whatever means it is known, is not theirs.
        assertTrue(end(alice, "/sign-ins", row(bob.get("/sign-ins"), 0)).text().contains("Signed out."));
        assertTrue(isSignedIn(bobs, his));
        end(alice, "/sign-ins", "all");
        assertFalse(isSignedIn(app, first));
        assertTrue(isSignedIn(bobs, his));
        assertEquals(0, rows(alice.get("/sign-ins")));
        assertTrue(server.log().contains("why=\"the person ended it\""));
    }

    @Test
    void aRefreshIsAUse() {
        Reply tokens = app.login();
        clock.pass(Duration.ofMinutes(30));
        app.refresh(tokens.string("refresh_token"));
        String text = alice.get("/sign-ins").text();
        assertTrue(text.contains("since 2026-11-27 09:10 UTC, last used 2026-11-27 09:40 UTC"), text);
    }

    @Test
    void anAdministratorEndsAnybodys() {
        Reply hers = app.login();
        Reply his = bobs.login();
        assertEquals(403, alice.get("/people").status());
        assertEquals(403, alice.post("/people", "sign_in=all").status());
        tailnet.policy(FakeTailnet.ALICE, "{'allow_admin_ui': true}");
        assertEquals(2, rows(alice.get("/people")));
        for (String query : List.of("bob@", "BOB-laptop", "q=%20bob")) {
            String q = query.replaceFirst("^q=", "");
            assertEquals(1, rows(alice.get("/people?q=" + q)), query);
        }
        assertEquals(2, rows(alice.get("/people?q=" + app.client().id())));
        assertEquals(0, rows(alice.get("/people?q=carol")));
        end(alice, "/people?q=bob", row(alice.get("/people?q=bob"), 0));
        assertFalse(isSignedIn(bobs, his));
        assertTrue(isSignedIn(app, hers));
        assertTrue(server.log().contains("why=\"an administrator ended it\""));
        his = bobs.login();
        Reply page = alice.get("/people?q=bob");
        String last = page.text().substring(page.text().lastIndexOf("<form"));
        assertTrue(last.contains("name=\"q\" value=\"bob\"") && last.contains("value=\"all\""), last);
        Form.of(page).with("q", "bob").with("sign_in", "all").send(alice);
        assertFalse(isSignedIn(bobs, his));
        assertTrue(isSignedIn(app, hers));
    }

    /// Third-party initiated login: we are the third party.
    @Test
    void anApplicationCanBeStartedThatAnAdministratorKnows() {
        tailnet.policy(FakeTailnet.ALICE, "{'allow_admin_ui': true, 'allow_dcr': true}");
        assertFalse(alice.get("/sign-ins").text().contains("Open</a>"));
        alice.post("/clients/new", Map.of("name", "Wiki", "redirect_uri", "https://wiki.example.com/cb",
                "initiate_login_uri", "https://wiki.example.com/start?a=b"));
        Dcr.register(alice, "{'redirect_uris': ['https://evil.example.com/cb'], 'initiate_login_uri':"
                + " 'https://evil.example.com/start'}");
        String text = alice.get("/sign-ins").text();
        assertTrue(text.contains("<a class=\"button quiet\" href=\"https://wiki.example.com/start?a=b&amp;iss="
                + "https%3A%2F%2Fidp.fake-tailnet.ts.net"), text);
        assertFalse(text.contains("evil"), text);
    }

    @Test
    void aFormOfAnotherSiteEndsNothing() {
        Reply tokens = app.login();
        Form form = Form.of(alice.get("/sign-ins")).with("sign_in", "all");
        assertEquals(403, form.with("form_token", "x").send(alice).status());
        assertEquals(403, form.send(bob).status());
        assertEquals(403, form.send(alice, "Sec-Fetch-Site", "cross-site").status());
        assertEquals(400, form.without("sign_in").send(alice).status());
        assertTrue(isSignedIn(app, tokens));
    }
}
