package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// A self-registered client gets no token for what the person was not asked about, no matter how it asks, although the
/// policy allows the person everything.
@Timeout(60)
class UnaskedResourceTest {

    private static final String ASKED = "https://asked.example.com/";
    private static final String UNASKED = "https://mail.example.com/";
    private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);
    private RelyingParty party;

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    @BeforeEach
    void register() {
        allowEverything();
        party = Dcr.party(alice, Dcr.register(alice, "{'redirect_uris': ['https://app.example.com/cb']}"));
    }

    private static void allowEverything() {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'users': ['*'], 'resources': ['*']}");
    }

    private void allow(String... request) {
        Reply allowed = Form.of(party.authorize(request)).with("decision", "allow").send(alice);
        assertEquals(302, allowed.status(), allowed.toString());
    }

    private static Reply exchange(Client client, String token, String... others) {
        var parameters = new LinkedHashMap<>(Map.of("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange",
                "client_id", client.id(), "client_secret", client.secret(), "subject_token", token,
                "subject_token_type", ACCESS_TOKEN));
        for (int i = 0; i < others.length; i += 2) {
            parameters.put(others[i], others[i + 1]);
        }
        return SERVER.nobody().post("/token", parameters);
    }

    private void assertInvalidTarget(Reply reply) {
        assertEquals(400, reply.status(), () -> reply + " for " + party.introspect(reply.string("access_token")));
        assertEquals("invalid_target", reply.string("error"), reply.toString());
        assertFalse(reply.json().get("id_token").isPresent(), reply.toString());
    }

    private List<String> audience(Reply tokens) {
        assertEquals(200, tokens.status(), tokens.toString());
        return party.introspect(tokens.string("access_token")).json().strings("aud").orElseThrow();
    }

    @Test
    void notWithTheCode() {
        allow();
        assertInvalidTarget(party.redeem(party.code(), "resource", UNASKED));
        allow("resource", ASKED);
        assertInvalidTarget(party.redeem(party.code("resource", ASKED), "resource", UNASKED));
        assertInvalidTarget(party.redeem(party.code(), "resource", ASKED));
    }

    @Test
    void notAtRefresh() {
        allow();
        assertInvalidTarget(party.refresh(party.login().string("refresh_token"), "resource", UNASKED));
        allow("resource", ASKED);
        String token = party.login("resource", ASKED).string("refresh_token");
        assertInvalidTarget(party.refresh(token, "resource", UNASKED));
        assertEquals(List.of(party.client().id(), ASKED), audience(party.refresh(token, "resource", ASKED)));
    }

    @Test
    void notByExchangeOfItsOwnToken() {
        allow();
        String token = party.login().string("access_token");
        for (String name : List.of("resource", "audience")) {
            assertInvalidTarget(exchange(party.client(), token, name, UNASKED));
        }
        assertInvalidTarget(exchange(party.client(), token, "audience", SERVER.client("https://b.example/").id()));
        allow("resource", ASKED);
        String wider = party.login("resource", ASKED).string("access_token");
        assertInvalidTarget(exchange(party.client(), wider, "resource", ASKED, "audience", UNASKED));
        assertEquals(List.of(ASKED), audience(exchange(party.client(), wider, "resource", ASKED)));
    }

    @Test
    void notByExchangeOfAnExchangedToken() {
        allow("resource", ASKED);
        String own = party.client().id();
        String token = party.login("resource", ASKED).string("access_token");
        Reply narrower = exchange(party.client(), token, "audience", own);
        assertEquals(List.of(own), audience(narrower));
        assertInvalidTarget(exchange(party.client(), narrower.string("access_token"), "audience", UNASKED));
        assertInvalidTarget(exchange(party.client(), narrower.string("access_token"), "audience", ASKED));
    }

    @Test
    void aTokenThatAnotherClientMadeForItIsWorthNoMore() {
        Client gateway = SERVER.client("https://gateway.example.com/cb");
        String token = new RelyingParty(alice, gateway).login("resource", UNASKED).string("access_token");
        Reply handed = exchange(gateway, token, "audience", party.client().id());
        assertEquals(200, handed.status(), handed.toString());
        assertInvalidTarget(exchange(party.client(), handed.string("access_token"), "audience", UNASKED));
    }

    @Test
    void whatThePolicyDoesNotAllowIsNotAskedAboutAndNotRemembered() {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'users': ['*'], 'resources': ['" + ASKED + "']}");
        assertEquals("invalid_target", party.authorize("resource", UNASKED).parameters().get("error"));
        Reply page = alice.get("/authorize?" + Browser.form(party.request()) + "&resource=" + ASKED + "&resource="
                + UNASKED);
        assertTrue(page.text().contains("a token in your name for " + ASKED + "</li>"), page.text());
        assertEquals(302, Form.of(page).with("decision", "allow").send(alice).status());
        allowEverything();
        assertEquals(302, party.authorize("resource", ASKED).status());
        assertEquals(200, party.authorize("resource", UNASKED).status(), "asked, now that it is allowed");
    }

    @Test
    void aClientOfAnAdministratorMayStillAskLater() {
        var application = new RelyingParty(alice, SERVER.client("https://wiki.example.com/cb"));
        Reply tokens = application.redeem(application.code(), "resource", UNASKED);
        assertEquals(Optional.of(List.of(application.client().id(), UNASKED)), application.claims(tokens)
                .strings("aud"));
        Reply login = application.login();
        assertEquals(200, application.refresh(login.string("refresh_token"), "resource", UNASKED).status());
        assertEquals(200, exchange(application.client(), login.string("access_token"), "audience", UNASKED).status());
    }
}
