package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// A client that registered itself and is trusted by an administrator: nobody is asked any more, and nothing else
/// changes.
@Timeout(60)
class TrustTest {

    private static final String CALLBACK = "https://app.example.com/cb";
    private static final String OTHER = "https://other.example.com/cb";
    private static final String RESOURCE = "https://mcp.example.com";

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true, 'users': ['*'],"
                + " 'resources': ['*']}");
    }

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);
    private final Browser bob = SERVER.plain(FakeTailnet.BOB);
    private final Reply registered = Dcr.register(alice, "{'client_name': 'App', 'redirect_uris': ['" + CALLBACK
            + "', '" + CALLBACK + "2']}");
    private final RelyingParty party = Dcr.party(alice, registered);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private Reply put(String id, String... fields) {
        return alice.put("/clients/" + id, fields);
    }

    private Reply trust(boolean isTrusted) {
        Reply reply = put(party.client().id(), "trusted", "" + isTrusted);
        assertEquals(200, reply.status(), reply.toString());
        return reply;
    }

    private Reply itself(String json) {
        return Dcr.update(SERVER.nobody(), registered, json.replace("ID", party.client().id()));
    }

    private static boolean isAsked(RelyingParty party, String... request) {
        Reply reply = party.authorize(request);
        assertEquals(reply.status() == 302, reply.parameters().containsKey("code"), reply.toString());
        return reply.status() == 200;
    }

    @Test
    void nobodyIsAskedAnyMoreAndWhatTheyGetLasts() {
        assertTrue(isAsked(party));
        assertTrue(trust(true).json().isTrue("trusted"));
        assertFalse(isAsked(party));
        assertFalse(isAsked(party, "prompt", "none"));
        assertFalse(isAsked(Dcr.party(bob, registered)));
        Reply tokens = party.login();
        SERVER.restart();
        assertEquals(200, party.userInfo(tokens.string("access_token")).status());
        assertEquals(200, party.refresh(tokens.string("refresh_token")).status());
        assertFalse(isAsked(party));
    }

    @Test
    void theClientItselfCanNotSayThatItIsTrusted() {
        for (String said : List.of("'trusted': true", "'trusted': true, 'dynamically_registered': false",
                "'dynamically_registered': false")) {
            Reply own = Dcr.register(alice, "{'redirect_uris': ['" + CALLBACK + "'], " + said + "}");
            assertFalse(own.json().isTrue("trusted"), own.toString());
            assertTrue(isAsked(Dcr.party(alice, own)));
            Reply changed = Dcr.update(alice, own, "{'client_id': '" + own.string("client_id")
                    + "', 'redirect_uris': ['" + CALLBACK + "'], " + said + "}");
            assertEquals(200, changed.status());
            assertFalse(changed.json().isTrue("trusted"), changed.toString());
            assertTrue(isAsked(Dcr.party(alice, own)));
        }
    }

    @Test
    void noLongerTrustedItAsksEverybodyAndWhatItWasGivenHasEnded() {
        Form.of(party.authorize()).with("decision", "allow").send(alice);
        trust(true);
        RelyingParty bobs = Dcr.party(bob, registered);
        for (RelyingParty one : List.of(party, bobs)) {
            Reply tokens = one.login();
            String code = one.code();
            trust(false);
            assertEquals(401, one.userInfo(tokens.string("access_token")).status());
            assertTrue(isAsked(one), "also who had allowed it before");
            trust(true);
            assertEquals("invalid_grant", one.redeem(code).string("error"));
            assertEquals("invalid_grant", one.refresh(tokens.string("refresh_token")).string("error"));
            assertEquals(401, one.userInfo(tokens.string("access_token")).status());
        }
    }

    @Test
    void aRedirectUriThatItAddsItselfEndsTheTrust() {
        trust(true);
        String token = party.login().string("access_token");
        Reply moved = itself("{'client_id': 'ID', 'redirect_uris': ['" + CALLBACK + "', '" + OTHER + "']}");
        assertEquals(200, moved.status(), moved.toString());
        assertTrue(isAsked(party, "redirect_uri", OTHER));
        assertTrue(isAsked(party));
        trust(true);
        assertEquals(401, party.userInfo(token).status());
    }

    @Test
    void whatElseItChangesItselfLeavesTheTrust() {
        trust(true);
        String token = party.login().string("access_token");
        assertEquals(200, itself("{'client_id': 'ID', 'client_name': 'B', 'redirect_uris': ['" + CALLBACK + "']}")
                .status());
        assertFalse(isAsked(party));
        assertEquals(200, party.userInfo(token).status());
        assertEquals(200, put(party.client().id(), "redirect_uri", OTHER).status());
        assertFalse(isAsked(party, "redirect_uri", OTHER), "an administrator knows what they trust");
    }

    @Test
    void itGetsNoTokenForWhatItDidNotNameWhenThePersonSignedIn() {
        trust(true);
        Reply late = party.redeem(party.code(), "resource", RESOURCE);
        assertEquals("invalid_target", late.string("error"), late.toString());
        Reply tokens = party.login();
        assertEquals("invalid_target",
                party.refresh(tokens.string("refresh_token"), "resource", RESOURCE).string("error"));
        Reply exchanged = SERVER.nobody().post("/token", Map.of("grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange", "client_id", party.client().id(), "client_secret",
                party.client().secret(), "subject_token", tokens.string("access_token"), "subject_token_type",
                "urn:ietf:params:oauth:token-type:access_token", "audience", RESOURCE));
        assertEquals("invalid_target", exchanged.string("error"), exchanged.toString());
        assertEquals(200, party.login("resource", RESOURCE).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yes", "TRUE", "true ", "1"})
    void anythingElseThanTrueAndFalseIsRefused(String trusted) {
        assertEquals(400, put(party.client().id(), "trusted", trusted).status());
        assertEquals(400, put(party.client().id(), "trusted", trusted, "name", "Changed").status());
        assertTrue(isAsked(party));
        assertEquals("App", alice.get("/clients/" + party.client().id()).string("client_name"));
    }

    @Test
    void onlyAClientThatRegisteredItselfCanBeTrusted() {
        Client client = SERVER.client(CALLBACK);
        assertEquals("invalid_request", put(client.id(), "trusted", "true").string("error"));
        assertFalse(alice.get("/clients/" + client.id()).json().isTrue("trusted"));
    }

    @Test
    void onThePagesItIsTrustedForTheAddressesThatWereShown() {
        String path = "/edit/" + party.client().id();
        Reply page = alice.get(path + "?confirm=trust");
        assertTrue(page.text().contains("<code>" + CALLBACK + "</code>"), page.text());
        Reply moved = itself("{'client_id': 'ID', 'redirect_uris': ['" + OTHER + "']}");
        assertEquals(200, moved.status());
        assertTrue(isAsked(party, "redirect_uri", OTHER));
        assertEquals(302, Form.of(page).send(alice).status());
        assertFalse(isAsked(party));
        assertEquals(400, party.authorize("redirect_uri", OTHER).status());
        assertTrue(alice.get("/").text().contains(">trusted</span>"));
        assertEquals(400, Form.of(page).with("action", "trust").send(alice).status(), "it is trusted already");
        assertEquals(302, Form.of(alice.get(path + "?confirm=distrust")).send(alice).status());
        assertTrue(isAsked(party));
    }

    @Test
    void byTheCommandToo() {
        assertEquals(0, SERVER.command("update", party.client().id(), "-trusted"));
        assertFalse(isAsked(party));
        assertEquals(0, SERVER.command("update", party.client().id(), "--trusted=false"));
        assertTrue(isAsked(party));
        assertEquals(1, SERVER.command("update", SERVER.client(CALLBACK).id(), "-trusted"));
    }
}
