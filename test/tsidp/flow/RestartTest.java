package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tsidp.Main;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.Child;
import tsidp.fake.FakeTailnet;
import tsidp.fake.MovableClock;
import tsidp.fake.Ports;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;

/// What survives the process: everything that was answered.
@Timeout(120)
class RestartTest {

    private static final String CALLBACK = "https://app.example.com/callback";

    @TempDir
    private Path temporary;

    private final FakeTailnet tailnet = FakeTailnet.start();

    @AfterEach
    void stop() {
        tailnet.close();
    }

    @Test
    void tokensClientsAndKeysSurvive() {
        var clock = MovableClock.atPresent();
        try (var server = TestServer.start(tailnet, clock)) {
            Client client = server.rotatingClient(CALLBACK);
            var app = new RelyingParty(server.plain(FakeTailnet.ALICE), client);
            Reply tokens = app.login();
            String lost = app.code();
            JsonObject claims = app.claims(tokens);
            server.restart();
            assertEquals(claims, app.claims(tokens));
            assertEquals(200, app.userInfo(tokens.string("access_token")).status());
            assertTrue(app.introspect(tokens.string("access_token")).json().isTrue("active"));
            Reply refreshed = app.refresh(tokens.string("refresh_token"));
            server.restart();
            assertEquals(refreshed.string("refresh_token"),
                    app.refresh(tokens.string("refresh_token")).string("refresh_token"));
            // Codes live in memory: the person signs in again, without a click.
            assertEquals("invalid_grant", app.redeem(lost).string("error"));
            clock.pass(Duration.ofSeconds(61));
            server.restart();
            assertEquals("invalid_grant", app.refresh(tokens.string("refresh_token")).string("error"));
            assertEquals("invalid_grant", app.refresh(refreshed.string("refresh_token")).string("error"));
        }
    }

    /// In the ledger a rule is nested two levels deeper than in the answer of whois, where 64 can be read.
    @Test
    void rulesThatAreNestedDeeplyDoNotPreventTheNextStart() {
        tailnet.policy(FakeTailnet.ALICE, "{'extraClaims': " + "{'a': ".repeat(59) + "1" + "}".repeat(60),
                "{'extraClaims': {'kept': 1}}");
        try (var server = TestServer.start(tailnet)) {
            var app = new RelyingParty(server.secure(FakeTailnet.ALICE), server.client(CALLBACK));
            Reply tokens = app.login();
            new RelyingParty(server.secure(FakeTailnet.BOB), app.client()).login();
            server.restart();
            assertTrue(server.log().contains("a rule of tailscale.com/cap/tsidp is ignored"), server.log());
            assertEquals(1, app.claims(app.refresh(tokens.string("refresh_token"))).integer("kept").orElseThrow());
        }
    }

    @Test
    void aCodeThatComesTwiceAfterARestartEndsWhatItGave() {
        try (var server = TestServer.start(tailnet)) {
            var app = new RelyingParty(server.plain(FakeTailnet.ALICE), server.client(CALLBACK));
            String code = app.code();
            Reply tokens = app.redeem(code);
            server.restart();
            assertEquals("invalid_grant", app.redeem(code).string("error"));
            assertEquals(401, app.userInfo(tokens.string("access_token")).status());
            server.restart();
            assertEquals("invalid_grant", app.refresh(tokens.string("refresh_token")).string("error"));
        }
    }

    @Test
    void killingItLosesNothingThatWasAnswered() throws Exception {
        int port = Ports.free();
        int localPort = Ports.free();
        Client client = add(temporary);
        var app = new RelyingParty(tailnet.browser(FakeTailnet.ALICE, port), client);
        var latest = new ConcurrentLinkedQueue<String>();
        var access = new ConcurrentLinkedQueue<List<String>>();
        for (int round = 0; round < 2; round++) {
            try (var child = serve(port, localPort).awaitError("tsidp server started");
                    var executor = Executors.newVirtualThreadPerTaskExecutor()) {
                var answers = new AtomicInteger();
                for (int i = 0; i < 8; i++) {
                    executor.submit(() -> exchangeUntilItDies(app, answers, latest, access));
                }
                child.await("200 answers", () -> answers.get() >= 200);
                child.kill().status();
            }
        }
        try (var child = serve(port, localPort).awaitError("tsidp server started")) {
            assertTrue(child.isAlive());
            var lost = new ArrayList<String>();
            for (List<String> ofOneLogin : access) {
                // A sign-in keeps its last access tokens, a person the last sign-ins: here are fewer of each.
                for (String token : ofOneLogin.subList(Math.max(0, ofOneLogin.size() - 8), ofOneLogin.size())) {
                    if (app.userInfo(token).status() != 200) {
                        lost.add("access token " + ofOneLogin.indexOf(token) + " of " + ofOneLogin.size());
                    }
                }
            }
            for (String token : latest) {
                if (app.refresh(token).status() != 200) {
                    lost.add("a refresh token");
                }
            }
            assertEquals(16, latest.size());
            assertEquals(List.of(), lost);
        }
    }

    @Test
    void whatCanNotBeStoredIsNotAnswered() throws Exception {
        int port = Ports.free();
        int localPort = Ports.free();
        Client client = add(temporary);
        var app = new RelyingParty(tailnet.browser(FakeTailnet.ALICE, port),
                client);
        String[] arguments = {"-use-local-tailscaled", "-socket", tailnet.socket().toString(), "-dir",
            temporary.toString(), "-port", "" + port, "-local-port", "" + localPort};
        Reply stored;
        // Files may not grow beyond 64 KiB: the disk is full from then on.
        try (var child = Child.main(Main.class, "ulimit -S -f 128", arguments).awaitError("tsidp server started")) {
            stored = app.login();
            Reply next = app.refresh(stored.string("refresh_token"));
            for (int i = 0; i < 500 && next.status() == 200; i++) {
                stored = next;
                next = app.refresh(stored.string("refresh_token"));
            }
            assertEquals(503, next.status(), next.toString());
            assertEquals("temporarily_unavailable", next.string("error"));
            child.kill().status();
        }
        try (var child = Child.tsidp(arguments).awaitError("tsidp server started")) {
            assertEquals(200, app.userInfo(stored.string("access_token")).status(), child.err());
            assertEquals(200, app.refresh(stored.string("refresh_token")).status());
        }
    }

    /// Signs in once and then refreshes as fast as it can. An answer is recorded after it has completely arrived.
    private static void exchangeUntilItDies(RelyingParty app, AtomicInteger answers,
            ConcurrentLinkedQueue<String> latest, ConcurrentLinkedQueue<List<String>> access) {
        String refreshToken = "";
        var mine = new ArrayList<String>();
        try {
            Reply reply = app.login();
            while (reply.status() == 200) {
                refreshToken = reply.string("refresh_token");
                mine.add(reply.string("access_token"));
                answers.incrementAndGet();
                reply = app.refresh(refreshToken);
            }
        } catch (RuntimeException dead) {
            // That is what is tested.
        } finally {
            latest.add(refreshToken);
            access.add(mine);
        }
    }

    private Child serve(int port, int localPort) {
        return Child.tsidp("-use-local-tailscaled", "-socket", tailnet.socket().toString(), "-dir",
                temporary.toString(), "-port", "" + port, "-local-port", "" + localPort);
    }

    /// Its refresh tokens rotate: an operator may say so in the file.
    private static Client add(Path directory) throws Exception {
        try (var child = Child.tsidp("client", "add", "-dir", directory.toString(), "-name", "App", "-redirect-uri",
                CALLBACK)) {
            assertEquals(0, child.status(), child.err());
            JsonObject json = JsonReader.readObject(child.out().getBytes());
            Path file = directory.resolve("oidc-funnel-clients.json");
            Files.writeString(file, Files.readString(file).replace("\"client_name\"",
                    "\"refresh_token_rotation\":true,\"client_name\""));
            return new Client(json.string("client_id").orElseThrow(), json.string("client_secret").orElseThrow(), "App",
                    List.of(CALLBACK), "", JsonObject.EMPTY);
        }
    }

    @Test
    void askedToLeaveItFinishesTheRequestInFlight() throws Exception {
        int port = Ports.free();
        int localPort = Ports.free();
        Client client = add(temporary);
        var browser = tailnet.browser(FakeTailnet.ALICE, port);
        var app = new RelyingParty(browser, client);
        try (var child = serve(port, localPort).awaitError("tsidp server started")) {
            byte[] body = Browser.form(app.redemption(app.code())).getBytes();
            try (var socket = browser.connect()) {
                socket.getOutputStream().write(("POST /token HTTP/1.1\r\nHost: " + browser.host()
                        + "\r\nContent-Length: " + body.length + "\r\nExpect: 100-continue"
                        + "\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n").getBytes());
                socket.getOutputStream().flush();
                assertEquals(100, Browser.read(socket, "POST").status());
                child.terminate();
                child.await("the end of its listeners", () -> !isListening(localPort));
                assertTrue(child.isAlive(), "it did not wait");
                socket.getOutputStream().write(body);
                socket.getOutputStream().flush();
                Reply reply = Browser.read(socket, "POST");
                assertEquals(200, reply.status(), reply.toString());
            }
            assertEquals(0, child.status());
            assertTrue(child.err().contains("tsidp server ended"), child.err());
        }
    }

    private static boolean isListening(int port) {
        try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    @Test
    void idleItLeavesAtOnce() {
        try (var child = serve(Ports.free(), Ports.free()).awaitError("tsidp server started")) {
            long start = System.nanoTime();
            assertEquals(0, child.terminate().status());
            // Requests in flight would have had so long.
            assertTrue(Duration.ofNanos(System.nanoTime() - start).toSeconds() < 5);
        }
    }

    @Test
    void theWholeLogOfAFlowHasNoSecret() throws Exception {
        int port = Ports.free();
        int localPort = Ports.free();
        Client client = add(temporary);
        var browser = tailnet.browser(FakeTailnet.ALICE, port);
        var app = new RelyingParty(browser, client);
        var secrets = new ArrayList<String>(List.of(client.secret(), "hunter2-wrong-secret"));
        String err;
        try (var child = Child.tsidp(Map.of("TSIDP_DEBUG_TSNET", "true"), List.of(), "-use-local-tailscaled", "-socket",
                tailnet.socket().toString(), "-dir", temporary.toString(), "-port", "" + port,
                "-local-port", "" + localPort, "-log", "debug", "-debug-all-requests").awaitError("server started")) {
            String code = app.code("code_challenge", "c".repeat(43), "nonce", "nonce-of-mine", "state",
                    "state-of-mine");
            secrets.addAll(List.of(code, "nonce-of-mine", "state-of-mine", "c".repeat(43), "d".repeat(43)));
            app.redeem(code, "code_verifier", "d".repeat(43));
            code = app.code();
            secrets.add(code);
            Reply tokens = app.redeem(code);
            Reply refreshed = app.refresh(tokens.string("refresh_token"));
            for (Reply reply : List.of(tokens, refreshed)) {
                for (String name : List.of("access_token", "refresh_token", "id_token")) {
                    secrets.add(reply.string(name));
                }
            }
            app.redeem("x", "client_secret", "hunter2-wrong-secret");
            browser.post("/token", Map.of(), "Authorization", RelyingParty.basic(client.id(), "hunter2-wrong-secret"));
            app.userInfo(refreshed.string("access_token"));
            app.userInfo("bad-" + refreshed.string("access_token"));
            browser.get("/userinfo?access_token=" + refreshed.string("access_token"));
            browser.get("/token?code=" + code + "&client_secret=" + client.secret());
            app.introspect(refreshed.string("access_token"));
            app.introspect(refreshed.string("refresh_token"));
            app.redeem(code);
            app.refresh(refreshed.string("refresh_token"));
            browser.post("/token", "client_secret=" + client.secret() + "&client_secret=" + client.secret());
            try (var rotate = Child.tsidp("client", "rotate-secret", "-dir", temporary.toString(), client.id())) {
                assertEquals(0, rotate.status(), rotate.err());
                secrets.add(JsonReader.readObject(rotate.out().getBytes()).string("client_secret").orElseThrow());
            }
            child.terminate().status();
            err = child.err();
            assertEquals("", child.out());
        }
        assertTrue(err.contains("msg=login ") && err.contains("msg=token ") && err.contains("path=/userinfo"), err);
        for (String secret : secrets) {
            String part = secret.length() > 40 && secret.indexOf('.') < 0 ? secret.substring(secret.length() - 32)
                    : secret;
            assertTrue(!err.contains(part), "the log has " + secret + ":\n" + err);
        }
    }
}
