package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeMisbehaviour;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// tailscaled stops, restarts, is slow, lies, or gets another name: nobody is signed in by mistake, and nobody has to
/// restart us.
@Timeout(90)
class OutageTest {

    private final FakeTailnet tailnet = FakeTailnet.start();
    private TestServer server = TestServer.start(tailnet);
    private final RelyingParty app =
            new RelyingParty(server.plain(FakeTailnet.ALICE), server.client("https://app.example.com/callback"));

    @AfterEach
    void stop() {
        server.close();
        tailnet.close();
    }

    private void assertNobodySignsIn(String why) {
        Reply reply = server.plain(FakeTailnet.ALICE).get("/authorize", app.request(), "Accept", "application/json");
        assertEquals(503, reply.status(), why + reply);
        assertEquals("temporarily_unavailable", reply.string("error"));
        assertEquals("", reply.header("Location"));
        assertTrue(reply.text().length() < 200, "details are for the log: " + reply);
    }

    private static void await(String what, Callable<Boolean> isSo) throws Exception {
        for (int i = 0; i < 300; i++) {
            if (isSo.call()) {
                return;
            }
            Thread.sleep(50);
        }
        throw new AssertionError("waited in vain for " + what);
    }

    @Test
    void whileTailscaledIsDownNobodySignsInAndNothingEnds() {
        Reply tokens = app.login();
        tailnet.stop();
        assertNobodySignsIn("down");
        for (Reply reply : List.of(app.userInfo(tokens.string("access_token")),
                app.introspect(tokens.string("access_token")), app.refresh(tokens.string("refresh_token")))) {
            assertEquals(503, reply.status(), reply.toString());
            assertEquals("temporarily_unavailable", reply.string("error"));
        }
        assertEquals(200, server.nobody().get("/.well-known/openid-configuration").status());
        tailnet.restart();
        assertEquals(302, app.authorize().status());
        assertEquals(200, app.userInfo(tokens.string("access_token")).status());
        assertEquals(200, app.refresh(tokens.string("refresh_token")).status());
    }

    @Test
    void noBadAnswerOfTailscaledSignsAnybodyIn() {
        for (FakeMisbehaviour how : FakeMisbehaviour.values()) {
            switch (how) {
                case NONE, CHUNKED, CHUNKED_IN_PIECES, IN_PIECES, SLOWLY, CLOSE_AFTERWARDS -> {
                    tailnet.misbehave(how);
                    assertEquals(302, app.authorize().status(), how.toString());
                }
                // Each of these takes the full time-out of 5 seconds: LocalApiTest has them, with a shorter one.
                case NEVER_ANSWER, ENDLESS_HEADER, TOO_LARGE_CHUNKED, TRICKLING -> { }
                default -> {
                    tailnet.misbehave(how);
                    assertNobodySignsIn(how.toString());
                }
            }
        }
        for (String body : new String[] {"{}", "[]", "null", "{\"Node\":{}}", "{\"Node\":null,\"UserProfile\":null}",
            "{\"UserProfile\":{\"ID\":1,\"LoginName\":\"root\"}}"}) {
            tailnet.answer(200, body);
            assertNobodySignsIn(body);
        }
        tailnet.behave();
        assertEquals(302, app.authorize().status());
    }

    @Test
    void aPersonWhoIsTaggedOrGoneIsRefusedAtTheNextRequest() {
        var alice = tailnet.person(FakeTailnet.ALICE);
        assertEquals(302, app.authorize().status());
        tailnet.remove(FakeTailnet.ALICE);
        Browser browser = server.plain(FakeTailnet.BOB).from(alice.source());
        assertEquals(403, browser.get("/authorize", app.request()).status());
        tailnet.put(alice);
        assertEquals(302, app.authorize().status());
    }

    @Test
    void whileThisMachineIsOffItsTailnetNobodySignsIn() {
        tailnet.state("Stopped");
        assertEquals(403, app.authorize().status());
        tailnet.state("Running");
        assertEquals(302, app.authorize().status());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 30, 300})
    void aNewNameAndItsCertificateAreFollowedAndNoConnectionIsDropped(int certificateMillis) throws Exception {
        server.close();
        tailnet.device(true);
        tailnet.certificatesTake(Duration.ofMillis(certificateMillis));
        server = TestServer.start(tailnet);
        Browser old = server.secure(FakeTailnet.ALICE);
        try (Socket open = old.connect()) {
            old.write(open, "GET", "/style.css", new byte[0]);
            assertEquals(200, Browser.read(open, "GET").status());
            aNewNameIsFollowed(old);
            old.asking("other.fake-tailnet.ts.net").write(open, "GET", "/style.css", new byte[0]);
            assertEquals(200, Browser.read(open, "GET").status());
            assertTrue(leaf(open).getSubjectAlternativeNames().toString().contains(FakeTailnet.DNS_NAME));
        }
    }

    private void aNewNameIsFollowed(Browser old) throws Exception {
        assertEquals(200, old.get("/.well-known/openid-configuration").status());
        tailnet.dnsName("other.fake-tailnet.ts.net");
        await("the new name", () -> server.issuer().host().equals("other.fake-tailnet.ts.net"));
        String issuer = "https://other.fake-tailnet.ts.net:" + server.port();
        assertEquals(issuer, server.nobody().get("/.well-known/openid-configuration").string("issuer"));
        assertEquals(421, old.get("/.well-known/openid-configuration").status());
        try (Socket socket = server.secure(FakeTailnet.ALICE).connect()) {
            assertTrue(leaf(socket).getSubjectAlternativeNames().toString().contains("other.fake-tailnet.ts.net"));
        }
        Browser secure = server.secure(FakeTailnet.ALICE);
        assertEquals(issuer, secure.get("/.well-known/openid-configuration").string("issuer"));
    }

    @Test
    void aNewNameIsServedAndSignedInAt() throws Exception {
        tailnet.dnsName("other.fake-tailnet.ts.net");
        await("the new name", () -> server.issuer().host().equals("other.fake-tailnet.ts.net"));
        String issuer = "https://other.fake-tailnet.ts.net:" + server.port();
        var issuers = new ArrayList<String>();
        // The serve entry of the old name may still be there, and is gone for a moment before that of the new one is.
        await("a sign-in at the new name", () -> {
            try {
                var https = new RelyingParty(server.secure(FakeTailnet.ALICE), app.client());
                return issuers.add(https.claims(https.login()).string("iss").orElseThrow());
            } catch (UncheckedIOException notYet) {
                return false;
            }
        });
        assertEquals(List.of(issuer), issuers);
    }

    private static X509Certificate leaf(Socket socket) throws Exception {
        return (X509Certificate) ((SSLSocket) socket).getSession().getPeerCertificates()[0];
    }
}
