package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Reply;

/// `/register/{id}` (RFC 7592): a client reads, changes and removes itself, from wherever it runs.
@Timeout(60)
class RegistrationManagementTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true}");
    }

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);
    private final Browser nobody = SERVER.nobody();

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private Reply registered() {
        return Dcr.register(alice, "{'redirect_uris': ['https://app.example.com/cb'], 'client_name': 'Before',"
                + " 'contacts': ['a@example.com']}");
    }

    private static String change(Reply registered, String more) {
        return "{'client_id': '" + registered.string("client_id") + "', 'redirect_uris': ['https://app.example.com/2']"
                + more + "}";
    }

    @Test
    void theAnswerToReadingIsThatToRegistering() {
        Reply registered = registered();
        Reply read = Dcr.read(nobody, registered);
        assertEquals(200, read.status());
        assertEquals("no-store", read.header("Cache-Control"));
        assertEquals(registered.json(), read.json());
    }

    @Test
    void aChangeTakesThePlaceOfWhatWasSaidBefore() {
        Reply registered = registered();
        Reply changed = Dcr.update(nobody, registered, change(registered, ", 'client_name': 'After', 'client_secret':"
                + " '" + registered.string("client_secret") + "', 'application_type': 'native'"));
        assertEquals(200, changed.status());
        assertEquals("After", changed.string("client_name"));
        assertEquals(Optional.of(List.of("https://app.example.com/2")), changed.json().strings("redirect_uris"));
        assertEquals("native", changed.string("application_type"));
        assertEquals(registered.string("client_secret"), changed.string("client_secret"));
        assertEquals(registered.string("client_id"), changed.string("client_id"));
        assertEquals(0, changed.json().integer("client_secret_expires_at").orElseThrow());
        assertEquals(changed.json(), Dcr.read(nobody, registered).json());
        // RFC 7592 §2.2: what is left out is deleted.
        assertFalse(changed.json().get("contacts").isPresent(), changed.text());
        assertTrue(alice.get("/clients/" + registered.string("client_id")).json().isTrue("dynamically_registered"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'redirect_uris': ['https://app.example.com/2']}",
        "{'client_id': 'another', 'redirect_uris': ['https://app.example.com/2']}",
        "{'client_id': 7, 'redirect_uris': ['https://app.example.com/2']}",
        "{'client_id': 'ID'}",
        "{'client_id': 'ID', 'redirect_uris': ['https://app.example.com/2'], 'client_secret': 'chosen'}",
        "{'client_id': 'ID', 'redirect_uris': ['https://app.example.com/2'], 'client_secret': 7}",
        "{'client_id': 'ID', 'redirect_uris': ['https://app.example.com/2'], 'token_endpoint_auth_method': 'none'}",
        "{'client_id': 'ID', 'redirect_uris': ['https://app.example.com/2'], 'grant_types': 'password'}",
        "{'client_id': 'ID', 'redirect_uris': [", "[]", "",
    })
    void aBadChangeIsRefusedWhole(String json) {
        Reply registered = registered();
        Reply refused = Dcr.update(nobody, registered, json.replace("ID", registered.string("client_id")));
        assertEquals(400, refused.status(), refused.toString());
        assertEquals("invalid_client_metadata", refused.string("error"));
        assertEquals(registered.json(), Dcr.read(nobody, registered).json());
    }

    @Test
    void aChangeToAForbiddenRedirectUriIsRefused() {
        Reply registered = registered();
        Reply refused = Dcr.update(nobody, registered, "{'client_id': '" + registered.string("client_id")
                + "', 'redirect_uris': ['http://evil.example/']}");
        assertEquals(400, refused.status());
        assertEquals("invalid_redirect_uri", refused.string("error"));
        assertEquals(registered.json(), Dcr.read(nobody, registered).json());
    }

    @Test
    void aRemovedClientIsGoneWithAllThatItWasGiven() {
        Reply registered = registered();
        Reply removed = Dcr.remove(nobody, registered);
        assertEquals(204, removed.status());
        assertEquals(404, alice.get("/clients/" + registered.string("client_id")).status());
        for (Reply reply : List.of(Dcr.read(nobody, registered), Dcr.remove(nobody, registered),
                Dcr.update(nobody, registered, change(registered, "")))) {
            assertEquals(401, reply.status());
            assertEquals("invalid_token", reply.string("error"));
        }
        assertEquals(400, Dcr.party(alice, registered).authorize().status());
    }

    @Test
    void aClientThatAnAdministratorRemovedIsGoneForItselfToo() {
        Reply registered = registered();
        alice.send("DELETE", "/clients/" + registered.string("client_id"), new byte[0]);
        assertEquals(401, Dcr.read(nobody, registered).status());
        assertEquals(401, Dcr.update(nobody, registered, change(registered, "")).status());
        assertEquals(404, alice.get("/clients/" + registered.string("client_id")).status());
    }

    @Test
    void withoutItsTokenNobodyTouchesARegistration() {
        Reply mine = registered();
        Reply other = registered();
        String token = Dcr.token(mine);
        for (String method : List.of("GET", "PUT", "DELETE")) {
            byte[] body = method.equals("PUT") ? change(mine, "").replace('\'', '"').getBytes() : new byte[0];
            for (String wrong : List.of("Bearer " + Dcr.token(other), "Bearer " + token.substring(1),
                    "Bearer " + token + "x", "Bearer " + mine.string("client_secret"),
                    "Bearer " + mine.string("client_id"), "Bearer x", "Bearer " + flipped(token))) {
                Reply reply = alice.send(method, Dcr.path(mine), body, "Content-Type", "application/json",
                        "Authorization", wrong);
                assertEquals(401, reply.status(), method + " " + wrong);
                assertEquals("invalid_token", reply.string("error"));
                assertTrue(reply.header("WWW-Authenticate").startsWith("Bearer error=\"invalid_token\""));
            }
            for (String[] none : List.of(new String[0], new String[] {"Authorization", "Basic " + token},
                    new String[] {"Authorization", token}, new String[] {"Authorization", "Bearer"},
                    new String[] {"Authorization", "Bearer " + token, "Authorization", "Bearer " + token})) {
                Reply reply = alice.send(method, Dcr.path(mine), body, none);
                assertEquals(401, reply.status(), method + " " + List.of(none));
                assertTrue(reply.header("WWW-Authenticate").startsWith("Bearer"), reply.toString());
            }
        }
        assertEquals(mine.json(), Dcr.read(nobody, mine).json());
    }

    private static String flipped(String token) {
        return (token.charAt(0) == 'A' ? 'B' : 'A') + token.substring(1);
    }

    @Test
    void aClientThatIsNotThereIsAnsweredAsAWrongToken() {
        Reply mine = registered();
        Reply wrong = nobody.get(Dcr.path(mine), "Authorization", "Bearer x");
        Reply absent = nobody.get("/register/" + "0".repeat(32), "Authorization", "Bearer x");
        assertEquals(wrong.status(), absent.status());
        assertEquals(wrong.text(), absent.text());
    }

    @Test
    void aClientThatAnAdministratorMadeHasNoSuchToken() {
        var client = SERVER.client("https://app.example.com/cb");
        for (String token : List.of("x", "", client.secret())) {
            assertEquals(401, nobody.get("/register/" + client.id(), "Authorization", "Bearer " + token).status());
        }
    }

    @Test
    void anAccessTokenIsNoRegistrationAccessTokenNorTheReverse() {
        var client = SERVER.client("https://app.example.com/cb");
        var party = new tsidp.fake.RelyingParty(alice, client);
        String access = party.login().string("access_token");
        Reply mine = registered();
        assertEquals(401, nobody.get(Dcr.path(mine), "Authorization", "Bearer " + access).status());
        assertEquals(401, nobody.get("/userinfo", "Authorization", "Bearer " + Dcr.token(mine)).status());
    }
}
