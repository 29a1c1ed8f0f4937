package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tsidp.fake.Browser;
import tsidp.fake.Child;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.Ports;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// Answers that are made at once fit the heap, the largest that are legal too.
@Timeout(240)
class LargeAnswersTest {

    private static final List<String> OPTIONS = List.of("-Xms8m", "-Xmx96m", "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders", "-XX:+ExitOnOutOfMemoryError");

    private static final int SOURCES = 3;
    private static final int EACH = 80;
    private static final int REFRESHES = 600;

    @TempDir
    private Path temporary;

    @Test
    void parallelRefreshesOfOnePersonDoNotEndTheServer() {
        int port = Ports.free();
        try (var tailnet = FakeTailnet.start()) {
            tailnet.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'users': ['*'], 'resources': ['*']}",
                    "{'extraClaims': {'a': '" + "&".repeat(2_700) + "'}}");
            try (var server = Child.tsidp(Map.of(), OPTIONS, "-use-local-tailscaled", "-socket",
                    tailnet.socket().toString(), "-dir", temporary.toString(), "-port", "" + port)) {
                server.awaitError("server started");
                Browser alice = tailnet.browser(FakeTailnet.ALICE, port);
                RelyingParty party = Dcr.party(alice,
                        Dcr.register(alice, "{'redirect_uris': ['https://app.example.com/cb']}"));
                String resource = "https://api.example.com/" + "&".repeat(333);
                Form.of(party.authorize("resource", resource)).with("decision", "allow").send(alice);
                Reply tokens = party.login("resource", resource);
                String form = Browser.form(Map.of("grant_type", "refresh_token", "refresh_token",
                        tokens.string("refresh_token"), "client_id", party.client().id(), "client_secret",
                        party.client().secret()));
                var left = new AtomicInteger(REFRESHES);
                var answered = new AtomicInteger();
                try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    for (int i = 0; i < SOURCES * EACH; i++) {
                        Browser from = alice.from(InetAddress.ofLiteral("127.0.1." + (10 + i % SOURCES)));
                        threads.submit(() -> {
                            while (left.getAndDecrement() > 0 && server.isAlive()) {
                                answered.addAndGet(from.post("/token", form).status() == 200 ? 1 : 0);
                            }
                            return null;
                        });
                    }
                }
                assertTrue(server.isAlive(), server::err);
                assertEquals(200, alice.get("/.well-known/openid-configuration").status());
                assertTrue(answered.get() > 0);
            }
        }
    }
}
