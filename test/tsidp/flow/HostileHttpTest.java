package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.Child;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Ports;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.Seed;

/// Requests that no client sends: none causes a 5xx, a hang or a stack trace.
@Timeout(90)
class HostileHttpTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final Client CLIENT = SERVER.client("https://app.example.com/callback");

    private static final List<String> PATHS = List.of("/authorize", "/token", "/userinfo", "/introspect", "/style.css",
            "/.well-known/openid-configuration", "/nowhere");

    /// What a bug would print, in an answer or in the log.
    private static final Pattern TRACE = Pattern.compile("\\bat [a-z.]+\\(|Exception in|\\.java:|msg=unexpected");

    private final Browser browser = SERVER.plain(FakeTailnet.ALICE);
    private final Browser direct = SERVER.nobody();
    private final RelyingParty app = new RelyingParty(browser, CLIENT);

    @AfterAll
    static void stop() {
        assertFalse(TRACE.matcher(SERVER.log()).find(), SERVER.log());
        SERVER.close();
        TAILNET.close();
    }

    private static void assertHarmless(String answer, String request) {
        for (String line : answer.split("\r\n|\n")) {
            if (line.startsWith("HTTP/1.1 ")) {
                // 501: an unknown transfer coding (RFC 9112 §6.1).
                assertTrue(line.matches("HTTP/1\\.1 ([1234][0-9]{2}|501).*"),
                        () -> line + " for\n" + request + Seed.again());
            }
        }
        assertFalse(TRACE.matcher(answer).find(), () -> answer + " for\n" + request + Seed.again());
    }

    private void assertStillServes() {
        assertEquals(200, direct.get("/style.css").status());
    }

    @Test
    void aTargetOfAnotherFormIsRefused() {
        for (String target : List.of("https://evil.example/style.css", "http://evil.example", "HTTP://[::2]:80/?x",
                "https://localhost@evil.example/style.css", "https://evil.example\\@localhost/style.css")) {
            assertEquals(421, direct.get(target).status(), target);
        }
        for (String target : List.of("*", "localhost:443", "style.css", "//evil.example/style.css", "?x", "#", "")) {
            for (String method : List.of("GET", "OPTIONS", "CONNECT")) {
                String answer = direct.raw(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n"
                        + "Connection: close\r\n\r\n");
                assertFalse(answer.startsWith("HTTP/1.1 2"), method + " " + target + ": " + answer);
                assertHarmless(answer, target);
            }
        }
    }

    @Test
    void hostMustStandOnce() {
        for (String hosts : List.of("", "Host: localhost\r\nHost: localhost\r\n",
                "Host: localhost\r\nhost: evil.example\r\n", "Host: evil.example\r\nHost: localhost\r\n",
                "Host:\r\n")) {
            String answer = direct.raw("GET /style.css HTTP/1.1\r\n" + hosts + "Connection: close\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 4"), hosts + answer);
        }
    }

    @Test
    void whereABodyEndsIsNeverAGuess() {
        String form = "grant_type=x";
        for (String lengths : List.of("Content-Length: 12\r\nContent-Length: 50\r\n",
                "Content-Length: 50\r\nContent-Length: 12\r\n", "Content-Length: 12, 12\r\n",
                "Content-Length: +12\r\n",
                "Content-Length: -1\r\n", "Content-Length: 0x0c\r\n", "Content-Length: x\r\n", "Content-Length: \r\n",
                "Content-Length: 99999999999999999999\r\n", "Content-Length: 12\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: gzip\r\n",
                "Transfer-Encoding: xchunked\r\n")) {
            String request = "POST /token HTTP/1.1\r\nHost: localhost\r\n" + lengths
                    + "Content-Type: application/x-www-form-urlencoded\r\n\r\n" + form
                    + "GET /style.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            String answer = direct.raw(request);
            assertFalse(answer.contains("HTTP/1.1 200"), lengths + answer);
            assertHarmless(answer, request);
        }
        assertStillServes();
    }

    @Test
    void brokenChunksAreNoBody() {
        for (String chunks : List.of("x\r\n", "5\r\nab", "-1\r\nab\r\n", "ffffffffffffffff\r\n", "\r\n",
                "5;x=\r\nab\r\n", "2\r\nabc\r\n0\r\n\r\n", "0x2\r\nab\r\n0\r\n\r\n", "2\nab\n0\n\n")) {
            String request = "POST /token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n\r\n" + chunks;
            String answer = direct.raw(request);
            assertFalse(answer.startsWith("HTTP/1.1 2"), chunks + answer);
            assertHarmless(answer, request);
        }
        assertStillServes();
    }

    /// If it was answered before its body arrived, such a request kept its place among the connections for 30 s.
    @Test
    void aBodyThatNeverComesKeepsNoPlace() {
        for (int i = 0; i < 300; i++) {
            for (String line : List.of("POST /style.css", "OPTIONS /token", "DELETE /register/x")) {
                direct.raw(line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nx");
            }
        }
        assertStillServes();
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() {
        String get = "GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n";
        String last = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        String answer = direct.raw(get + get + last);
        assertHarmless(answer, get);
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    }

    @Test
    void tooMuchOfAHeaderIsRefused() {
        for (String headers : List.of("X: " + "y".repeat(40_000) + "\r\n", numbered(101),
                "X".repeat(40_000) + ": y\r\n")) {
            String request = "GET /style.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + "\r\n";
            String answer = direct.raw(request);
            assertFalse(answer.startsWith("HTTP/1.1 200"), "taken: " + headers.length());
            assertHarmless(answer, headers.substring(0, 10));
        }
        assertHarmless(direct.raw("GET /" + "x".repeat(100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"), "long");
        assertStillServes();
    }

    private static String numbered(int count) {
        var headers = new StringBuilder();
        for (int i = 0; i < count; i++) {
            headers.append("X-").append(i).append(": y\r\n");
        }
        return headers.toString();
    }

    @Test
    void noChangedRequestDoesHarm() {
        Random random = Seed.random();
        var seeds = new ArrayList<String>();
        String form = Browser.form(app.redemption("0".repeat(32)));
        for (String path : PATHS) {
            seeds.add("GET " + path + "?" + Browser.form(app.request()) + " HTTP/1.1\r\nHost: localhost\r\n"
                    + "Accept: text/html\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n");
            seeds.add("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n"
                    + "Connection: close\r\nAuthorization: Basic eDp5\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n"
                    + "Content-Length: " + form.length() + "\r\n\r\n"
                    + form);
        }
        long end = System.nanoTime() + Duration.ofSeconds(6).toNanos();
        int count = 0;
        while (System.nanoTime() < end && count < 3_000) {
            var request = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
            for (int changes = 1 + random.nextInt(4); changes > 0 && !request.isEmpty(); changes--) {
                int at = random.nextInt(request.length());
                switch (random.nextInt(5)) {
                    case 0 -> request.setCharAt(at, (char) random.nextInt(256));
                    case 1 -> request.deleteCharAt(at);
                    case 2 -> request.insert(at, (char) random.nextInt(256));
                    case 3 -> request.insert(at, request.substring(at, Math.min(request.length(), at + 40)));
                    default -> request.setLength(Math.max(1, at));
                }
            }
            assertHarmless(direct.raw(request.toString()), request.toString());
            count++;
        }
        assertTrue(count > 50, "only " + count);
        assertStillServes();
    }

    @Test
    void noParameterDoesHarm() {
        Random random = Seed.random();
        List<String> values = List.of("", " ", "\0", "\n", "code", "none", "none none", "login login", "openid openid",
                "\ud83d\ude00", "%", "..", "-1", "9".repeat(30), "x".repeat(5_000), "https://a.example/#", "a b c",
                "\u0000\u0001", "'\"<>&", "\u202e", "null", "[]", "{\"a\":", "S256", "plain", "javascript:x", "*");
        List<String> names = List.of("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt",
                "max_age", "response_mode", "resource", "code_challenge", "code_challenge_method", "request", "code",
                "grant_type", "refresh_token", "code_verifier", "client_secret", "token", "access_token", "audience");
        long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        for (int i = 0; i < 2_000 && System.nanoTime() < end; i++) {
            Map<String, String> parameters = random.nextBoolean() ? app.request() : app.redemption("x");
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                parameters.put(names.get(random.nextInt(names.size())), values.get(random.nextInt(values.size())));
            }
            String path = PATHS.get(random.nextInt(4));
            String form = Browser.form(parameters);
            Reply reply = random.nextBoolean() ? browser.post(path, form, "Accept", "text/html")
                    : browser.get(path + "?" + form, "Accept", "text/html");
            assertTrue(reply.status() < 500, () -> path + " " + form + " " + reply + Seed.again());
            assertHarmless(reply.toString(), form);
        }
    }

    @Test
    void longAuthorizationRequestsThatClientsSendAreTaken() {
        String state = "s".repeat(8_000);
        assertEquals(state, app.authorize("state", state).parameters().get("state"));
        assertEquals(400, browser.get("/authorize?" + Browser.form(app.request("state", "s".repeat(8_193)))).status());
        assertEquals(302, browser.post("/authorize", app.request("state", state, "x", "y".repeat(8_000))).status());
    }

    /// By the limits that the program sets for itself, in a process that sets none.
    @Test
    void aSlowSenderIsCut(@TempDir Path directory) throws Exception {
        int localPort = Ports.free();
        try (var child = Child.tsidp("-use-local-tailscaled", "-socket", TAILNET.socket().toString(), "-dir",
                directory.toString(), "-port", "" + Ports.free(), "-local-port", "" + localPort)
                .awaitError("tsidp server started");
                var inHead = new Socket("127.0.0.1", localPort); var inBody = new Socket("127.0.0.1", localPort)) {
            inHead.getOutputStream().write("GET /style.css HTT".getBytes());
            inBody.getOutputStream().write(("POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n\r\na=").getBytes());
            var sending = new ArrayList<>(List.of(inHead, inBody));
            child.await("the end of " + sending, () -> {
                sending.removeIf(HostileHttpTest::isCut);
                return sending.isEmpty();
            });
            assertTrue(child.isAlive());
        }
    }

    /// Whether the other end has closed; if not, sends a byte more.
    private static boolean isCut(Socket socket) {
        try {
            socket.setSoTimeout(100);
            int answer = socket.getInputStream().read();
            assertEquals(-1, answer, "it was answered");
            return true;
        } catch (SocketTimeoutException nothingYet) {
            try {
                socket.getOutputStream().write('b');
                return false;
            } catch (IOException closed) {
                return true;
            }
        } catch (IOException reset) {
            return true;
        }
    }
}
