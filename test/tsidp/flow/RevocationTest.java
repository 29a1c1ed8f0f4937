package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.MovableClock;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// Whatever ends takes with it everything that depends on it, whoever is quicker.
@Timeout(60)
class RevocationTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final MovableClock CLOCK = MovableClock.atPresent();
    private static final TestServer SERVER = TestServer.start(TAILNET, CLOCK);

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true}");
    }

    private final Browser alice = SERVER.secure(FakeTailnet.ALICE);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    /// A client that registered itself and that alice allowed.
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
