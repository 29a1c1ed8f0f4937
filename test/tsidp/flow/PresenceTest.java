package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tsidp.TestServer;
import tsidp.endpoint.TokenExchangeGrant;
import tsidp.fake.FakePerson;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.TailnetException;
import tsidp.token.Presence;

/// A sign-in ends with the tailnet's word about its device, and the rules of the policy count as they are now.
@Timeout(60)
class PresenceTest {

    private static final String TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";
    private static final String API = "https://api.example.com";

    /// What can become of a device, and what the log says then.
    enum End {
        REMOVED("left the tailnet", tailnet -> tailnet.remove(FakeTailnet.ALICE)),
        ADDRESS_OF_ANOTHER("left the tailnet", tailnet -> tailnet.put(alice(tailnet).atAnotherDevice())),
        TAGGED("is tagged now", tailnet -> tailnet.put(alice(tailnet).with(1001, List.of("tag:server"),
                alice(tailnet).addresses()))),
        ANOTHERS("belongs to another person", tailnet -> tailnet.put(alice(tailnet).with(4711, List.of(),
                alice(tailnet).addresses()))),
        EXPIRED("key of the device has expired", tailnet -> tailnet.expired(FakeTailnet.ALICE, true));

        private final String why;
        private final Consumer<FakeTailnet> happens;

        End(String why, Consumer<FakeTailnet> happens) {
            this.why = why;
            this.happens = happens;
        }

        private static FakePerson alice(FakeTailnet tailnet) {
            return tailnet.person(FakeTailnet.ALICE);
        }
    }

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final TestServer server = TestServer.start(tailnet);
    private final RelyingParty app =
            new RelyingParty(server.plain(FakeTailnet.ALICE), server.client("https://app.example.com/cb"));

    @AfterEach
    void stop() {
        server.close();
        tailnet.close();
    }

    private Reply exchange(String token) {
        return server.nobody().post("/token", Map.of("grant_type", TokenExchangeGrant.NAME, "client_id",
                app.client().id(), "client_secret", app.client().secret(), "subject_token", token,
                "subject_token_type", TOKEN_TYPE, "audience", API));
    }

    /// Each use finds it out by itself, and afterwards the sign-in has ended for all, even if the device comes back.
    private void assertEnded(Reply tokens, End end) {
        assertEquals(0, server.signIns().all().size());
        assertTrue(server.log().contains("msg=\"sign-in ended\" user=alice@example.com"), server.log());
        assertTrue(server.log().contains(end.why), server.log());
        assertEquals("invalid_grant", app.refresh(tokens.string("refresh_token")).string("error"));
    }

    @ParameterizedTest
    @EnumSource
    void aRefreshEndsIt(End end) {
        Reply tokens = app.login();
        end.happens.accept(tailnet);
        Reply refused = app.refresh(tokens.string("refresh_token"));
        assertEquals(400, refused.status());
        assertEquals("invalid_grant", refused.string("error"));
        assertTrue(refused.string("error_description").contains("device"), refused.toString());
        assertEnded(tokens, end);
    }

    @ParameterizedTest
    @EnumSource
    void userInfoEndsIt(End end) {
        Reply tokens = app.login();
        end.happens.accept(tailnet);
        Reply refused = app.userInfo(tokens.string("access_token"));
        assertEquals(401, refused.status());
        assertEquals("invalid_token", refused.string("error"));
        assertEnded(tokens, end);
    }

    @ParameterizedTest
    @EnumSource
    void anIntrospectionEndsIt(End end) {
        Reply tokens = app.login();
        end.happens.accept(tailnet);
        assertEquals("{\"active\":false}", app.introspect(tokens.string("access_token")).text());
        assertEnded(tokens, end);
    }

    @ParameterizedTest
    @EnumSource
    void anExchangeEndsIt(End end) {
        tailnet.policy(FakeTailnet.ALICE, "{'users': ['*'], 'resources': ['*']}");
        Reply tokens = app.login();
        assertEquals(200, exchange(tokens.string("access_token")).status());
        end.happens.accept(tailnet);
        Reply refused = exchange(tokens.string("access_token"));
        assertEquals(400, refused.status());
        assertEquals("invalid_request", refused.string("error"));
        assertEnded(tokens, end);
    }

    @ParameterizedTest
    @EnumSource
    void aLookAtAllDevicesEndsIt(End end) throws Exception {
        Reply tokens = app.login();
        new RelyingParty(server.plain(FakeTailnet.BOB), app.client()).login();
        end.happens.accept(tailnet);
        server.look();
        assertEquals(List.of(FakeTailnet.BOB),
                server.signIns().all().stream().map(signIn -> signIn.person().loginName()).toList());
        assertTrue(server.log().contains(end.why), server.log());
        assertEquals("invalid_grant", app.refresh(tokens.string("refresh_token")).string("error"));
    }

    /// An administrator can give a device another address; the person logs it in again, which changes its node key.
    @Test
    void aDeviceIsKnownByItsStableId() throws Exception {
        Reply tokens = app.login();
        var alice = tailnet.person(FakeTailnet.ALICE);
        tailnet.put(alice.with(alice.userId(), List.of(), List.of("100.64.9.9/32", alice.addresses().get(1))));
        server.look();
        assertEquals(200, app.userInfo(tokens.string("access_token")).status());
        Reply refreshed = app.refresh(tokens.string("refresh_token"));
        assertEquals(List.of("100.64.9.9/32", alice.addresses().get(1)),
                app.claims(refreshed).strings("addresses").orElseThrow());
        tailnet.put(alice.with(alice.userId(), List.of(), List.of("100.64.9.9/32")));
        assertEquals(200, app.userInfo(refreshed.string("access_token")).status(), "the address is not kept");
    }

    @Test
    void rulesCountAsTheyAreNow() {
        String rule = "{'users': ['*'], 'resources': ['" + API + "'], 'includeInUserInfo': true,"
                + " 'extraClaims': {'level': %s}}";
        tailnet.policy(FakeTailnet.ALICE, rule.formatted(1));
        Reply tokens = app.login("resource", API);
        tailnet.policy(FakeTailnet.ALICE, rule.formatted(2));
        String token = tokens.string("access_token");
        assertEquals(2, app.userInfo(token).json().integer("level").getAsLong());
        assertEquals(2, app.introspect(token).json().integer("level").getAsLong());
        Reply refreshed = app.refresh(tokens.string("refresh_token"), "resource", API);
        assertEquals(2, app.claims(refreshed).integer("level").getAsLong());
        assertEquals(200, exchange(token).status());
        tailnet.policy(FakeTailnet.ALICE);
        assertEquals("invalid_target", exchange(token).string("error"));
        assertEquals("invalid_target", app.refresh(tokens.string("refresh_token"), "resource", API).string("error"));
        assertEquals(1, server.signIns().all().size());
    }

    /// It knows nobody yet, and that is no word about a device.
    @Test
    void aTailscaledThatIsStartingEndsNothing() throws Exception {
        Reply tokens = app.login();
        tailnet.state("Starting");
        assertEquals(503, app.userInfo(tokens.string("access_token")).status());
        Reply refused = app.refresh(tokens.string("refresh_token"));
        assertEquals("temporarily_unavailable", refused.string("error"), refused.toString());
        assertThrows(TailnetException.class, server::look);
        assertEquals(1, server.signIns().all().size());
        tailnet.state("Running");
        server.look();
        assertEquals(200, app.refresh(tokens.string("refresh_token")).status());
    }

    /// After its start at once; later within a minute.
    @Test
    void theServerLooksByItself() throws Exception {
        app.login();
        tailnet.remove(FakeTailnet.ALICE);
        server.restart();
        for (int i = 0; i < 600 && !server.log().contains("the device left the tailnet"); i++) {
            Thread.sleep(50);
        }
        assertEquals(0, server.signIns().all().size());
    }

    @Test
    void aRoundAsksOnceAboutEachDeviceAndInParts() throws Exception {
        for (String who : List.of(FakeTailnet.ALICE, FakeTailnet.BOB, FakeTailnet.CAROL)) {
            for (int i = 0; i < 3; i++) {
                new RelyingParty(server.plain(who), app.client()).login();
            }
        }
        try (var localApi = new LocalApi(tailnet.socket())) {
            var presence = new Presence(localApi, server.signIns());
            for (int expected : List.of(2, 1, 2, 1)) {
                long before = tailnet.whoisCount();
                presence.look(2);
                assertEquals(expected, tailnet.whoisCount() - before);
            }
        }
    }
}
