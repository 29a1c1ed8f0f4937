package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.endpoint.TokenExchangeGrant;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// RFC 7009.
@Timeout(60)
class RevocationEndpointTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final Client OTHER = SERVER.client("https://other.example.com/cb");

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'users': ['*'], 'resources': ['*']}");
    }

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);
    private final RelyingParty app = new RelyingParty(alice, SERVER.client("https://app.example.com/cb"));

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private static Reply revoke(Client client, String token, String... others) {
        var form = new HashMap<>(Map.of("token", token, "client_id", client.id(), "client_secret", client.secret()));
        for (int i = 0; i < others.length; i += 2) {
            form.put(others[i], others[i + 1]);
        }
        return SERVER.nobody().post("/revoke", form);
    }

    private static void assertRevoked(Reply reply) {
        assertEquals(200, reply.status(), reply.toString());
        assertEquals("{}", reply.text());
    }

    private boolean isActive(Reply tokens) {
        return app.introspect(tokens.string("access_token")).json().isTrue("active");
    }

    @Test
    void anAccessTokenEndsAlone() {
        Reply first = app.login();
        Reply second = app.refresh(first.string("refresh_token"));
        assertRevoked(revoke(app.client(), first.string("access_token")));
        assertFalse(isActive(first));
        assertTrue(isActive(second));
        assertEquals(200, app.refresh(first.string("refresh_token")).status());
        assertEquals(401, app.userInfo(first.string("access_token")).status());
    }

    @Test
    void aRefreshTokenEndsTheSignIn() {
        Reply tokens = app.login();
        Reply others = app.login();
        assertRevoked(revoke(app.client(), tokens.string("refresh_token"), "token_type_hint", "refresh_token"));
        assertFalse(isActive(tokens));
        assertEquals("invalid_grant", app.refresh(tokens.string("refresh_token")).string("error"));
        assertTrue(isActive(others));
        assertTrue(SERVER.log().contains("why=\"its refresh token was revoked\""), SERVER.log());
    }

    /// A public client names itself; whoever has its token may end it.
    @Test
    void aPublicClientNeedsNoSecret() {
        var party = new RelyingParty(alice, SERVER.publicClient("https://spa.example.com/cb"));
        String challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        Reply tokens = party.redeem(party.code("code_challenge", challenge, "code_challenge_method", "S256"),
                "code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assertRevoked(SERVER.nobody().post("/revoke", Map.of("token", tokens.string("refresh_token"), "client_id",
                party.client().id())));
        assertEquals("invalid_grant", party.refresh(tokens.string("refresh_token")).string("error"));
    }

    @Test
    void anothersTokenIsNotRevoked() {
        Reply tokens = app.login();
        for (String name : List.of("access_token", "refresh_token")) {
            Reply refused = revoke(OTHER, tokens.string(name));
            assertEquals(400, refused.status(), refused.toString());
            assertEquals("invalid_grant", refused.string("error"));
        }
        assertTrue(isActive(tokens));
        assertEquals(200, app.refresh(tokens.string("refresh_token")).status());
    }

    /// It is the client's that got it, not of the one whose token was exchanged.
    @Test
    void anExchangedTokenIsItsClients() {
        Reply tokens = app.login();
        Reply exchanged = SERVER.nobody().post("/token", Map.of("grant_type", TokenExchangeGrant.NAME, "client_id",
                OTHER.id(), "client_secret", OTHER.secret(), "subject_token", tokens.string("access_token"),
                "subject_token_type", "urn:ietf:params:oauth:token-type:access_token", "audience", "urn:api"));
        assertEquals(400, revoke(app.client(), exchanged.string("access_token")).status());
        assertTrue(isActive(exchanged));
        assertRevoked(revoke(OTHER, exchanged.string("access_token")));
        assertFalse(isActive(exchanged));
        assertTrue(isActive(tokens));
    }

    @Test
    void whatIsNoTokenOfOursIsNoError() {
        String token = app.login().string("access_token");
        for (String none : List.of("x", "", token + "x", token.substring(0, 22) + "A".repeat(43), "\u20ac".repeat(65),
                "x".repeat(2_000))) {
            Reply reply = revoke(app.client(), none);
            assertEquals(none.isEmpty() ? 400 : 200, reply.status(), none + reply);
        }
        assertRevoked(revoke(app.client(), token, "token_type_hint", "unheard_of"));
        assertRevoked(revoke(app.client(), token));
    }

    @Test
    void aClientProvesItself() {
        Reply tokens = app.login();
        Reply refused = revoke(app.client(), tokens.string("refresh_token"), "client_secret", "x");
        assertEquals(401, refused.status());
        assertEquals("invalid_client", refused.string("error"));
        assertEquals(401, SERVER.nobody().post("/revoke", Map.of("token", tokens.string("refresh_token"))).status());
        assertEquals("invalid_request", revoke(app.client(), "x", "token", "").string("error"));
        assertTrue(isActive(tokens));
    }
}
