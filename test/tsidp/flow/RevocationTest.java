package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.endpoint.TokenExchangeGrant;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.MovableClock;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.token.Codes;

/// Whatever ends also ends everything that depends on it, in every race.
@Timeout(60)
class RevocationTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final MovableClock CLOCK = MovableClock.atPresent();
    private static final Hook HOOK = new Hook();
    private static final TestServer SERVER = TestServer.start(TAILNET, HOOK);

    /// The clock, which runs an action once while a code is being issued.
    private static final class Hook implements InstantSource {

        private final AtomicReference<Runnable> once = new AtomicReference<>();

        @Override
        public Instant instant() {
            if (once.get() != null && StackWalker.getInstance().walk(frames ->
                    frames.anyMatch(frame -> frame.getClassName().equals(Codes.class.getName())))) {
                once.getAndSet(null).run();
            }
            return CLOCK.instant();
        }
    }

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true,"
                + " 'users': ['*'], 'resources': ['*']}");
    }

    private final Browser alice = SERVER.secure(FakeTailnet.ALICE);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    /// A self-registered client that alice allowed.
    private RelyingParty party() {
        RelyingParty party = Dcr.party(alice, Dcr.register(alice, "{'client_name': 'App', 'redirect_uris':"
                + " ['https://app.example.com/cb']}"));
        assertEquals(302, Form.of(party.authorize()).with("decision", "allow").send(alice).status());
        return party;
    }

    private static void assertDead(RelyingParty party, Reply tokens) {
        assertEquals(401, party.userInfo(tokens.string("access_token")).status());
        assertEquals("{\"active\":false}", party.introspect(tokens.string("access_token")).text());
        assertEquals("invalid_grant", party.refresh(tokens.string("refresh_token")).string("error"));
    }

    private void revoke(RelyingParty party) {
        Reply revoked = Form.of(alice.get("/consent")).with("client_id", party.client().id())
                .with("decision", "revoke").send(alice);
        assertEquals(302, revoked.status(), revoked.toString());
    }

    private static boolean isIn(String file, String text) throws IOException {
        return Files.readString(SERVER.directory().resolve(file)).contains(text);
    }

    @Test
    void aConsentThatIsTakenBackTakesItsCodesAndTokens() {
        RelyingParty party = party();
        RelyingParty other = party();
        Reply tokens = party.login();
        String code = party.code();
        String others = other.code();
        revoke(party);
        assertDead(party, tokens);
        assertEquals("invalid_grant", party.redeem(code).string("error"));
        assertEquals(200, other.redeem(others).status());
    }

    /// The person had allowed it when the request arrived.
    @Test
    void aCodeThatIsGivenWhileTheConsentIsTakenBackIsNotTold() {
        RelyingParty party = party();
        HOOK.once.set(() -> revoke(party));
        Reply reply = party.authorize();
        assertEquals("access_denied", reply.parameters().get("error"), reply.toString());
        assertFalse(reply.parameters().containsKey("code"));
    }

    @Test
    void aRemovedClientTakesEverythingThatItWasGiven() throws Exception {
        for (boolean byItself : List.of(true, false)) {
            Reply registered = Dcr.register(alice, "{'redirect_uris': ['https://app.example.com/cb']}");
            RelyingParty party = Dcr.party(alice, registered);
            assertEquals(302, Form.of(party.authorize()).with("decision", "allow").send(alice).status());
            Reply tokens = party.login();
            String id = party.client().id();
            assertTrue(isIn("tsidp-consents.json", id) && isIn("tsidp-registrations.json", id));
            assertEquals(204, (byItself ? Dcr.remove(SERVER.nobody(), registered)
                    : alice.send("DELETE", "/clients/" + id, new byte[0])).status());
            assertEquals(401, party.userInfo(tokens.string("access_token")).status());
            assertFalse(isIn("tsidp-consents.json", id), "a consent to a client that is gone");
            assertFalse(isIn("tsidp-registrations.json", id), "the registration of a client that is gone");
        }
    }

    @Test
    void anUnusedRegistrationThatEndsTakesItsConsents() throws Exception {
        String id = party().client().id();
        CLOCK.pass(Duration.ofDays(31));
        SERVER.expire();
        assertFalse(isIn("tsidp-consents.json", id), "a consent to a client that is gone");
    }

    /// The token belongs to the sign-in at another client, which goes on.
    @Test
    void aTokenThatARemovedClientGotByExchangeIsWorthNothing() {
        RelyingParty app = new RelyingParty(alice, SERVER.client("https://app.example.com/cb"));
        RelyingParty removed = new RelyingParty(alice, SERVER.client("https://other.example.com/cb"));
        String subject = app.login().string("access_token");
        Reply exchanged = alice.post("/token", Map.of("grant_type", TokenExchangeGrant.NAME, "client_id",
                removed.client().id(), "client_secret", removed.client().secret(), "subject_token", subject,
                "subject_token_type", "urn:ietf:params:oauth:token-type:access_token", "audience",
                app.client().id()));
        assertEquals(200, exchanged.status(), exchanged.toString());
        assertTrue(app.introspect(exchanged.string("access_token")).json().isTrue("active"));
        assertEquals(204, alice.send("DELETE", "/clients/" + removed.client().id(), new byte[0]).status());
        assertEquals("{\"active\":false}", app.introspect(exchanged.string("access_token")).text());
        assertTrue(app.introspect(subject).json().isTrue("active"));
    }

    /// The first code of a client: that it is used is written to a file between taking the code and opening the
    /// sign-in.
    @Test
    void ofACodeThatIsRedeemedTwiceAtOnceNothingStaysValid() throws Exception {
        for (int round = 0; round < 12; round++) {
            RelyingParty party = party();
            String code = party.code();
            Callable<Reply> redeem = () -> party.redeem(code);
            try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Reply> tokens = executor.invokeAll(Collections.nCopies(2, redeem)).stream()
                        .map(answer -> answer.resultNow()).filter(reply -> reply.status() == 200).toList();
                assertTrue(tokens.size() < 2, "round " + round);
                tokens.forEach(reply -> assertDead(party, reply));
            }
        }
    }
}
