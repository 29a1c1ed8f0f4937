package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;

/// One source attacks, and everybody else is still answered: before the server's own time-outs end the attack, so each
/// test also checks that the attack is still going on.
@Timeout(60)
class CrowdedTest {

    private static final String CHUNKED = " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\nHost: ";

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final TestServer server = TestServer.start(tailnet);
    private final List<Socket> attack = new ArrayList<>();

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : attack) {
            socket.close();
        }
        server.close();
        tailnet.close();
    }

    /// Begins a body that never ends.
    private void sendEndlessly(Browser browser, String request) throws IOException {
        Socket socket = browser.connect();
        attack.add(socket);
        socket.getOutputStream().write((request + CHUNKED + browser.host() + "\r\n\r\n1\r\na\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    /// How many of the attack's connections are neither answered nor closed.
    private long waiting() throws IOException {
        long count = 0;
        for (Socket socket : attack) {
            socket.setSoTimeout(1);
            try {
                socket.getInputStream().read();
            } catch (SocketTimeoutException nothingYet) {
                count++;
            }
        }
        return count;
    }

    @Test
    void bodiesOfAStrangerThatDoNotEndAreNobodyElsesProblem() throws Exception {
        Client client = server.client("https://app.example.com/cb");
        for (int i = 0; i < 33; i++) {
            sendEndlessly(server.nobody(), "POST /token");
        }
        assertEquals(400, server.plain(FakeTailnet.ALICE).post("/token", Map.of("grant_type", "authorization_code",
                "client_id", client.id(), "client_secret", client.secret(), "code", "x",
                "redirect_uri", "https://app.example.com/" + "x".repeat(10_000))).status());
        assertTrue(waiting() >= 32, "the attack ended first");
    }

    /// A relying party may be busy, and its own slow senders are its own problem.
    @Test
    void aBodyThatComesWithItsHeadNeedsNoPlace() throws Exception {
        for (int i = 0; i < 49; i++) {
            sendEndlessly(server.nobody(), "POST /token");
        }
        Browser browser = server.nobody();
        String form = "grant_type=password";
        String head = "POST /token HTTP/1.1\r\nHost: " + browser.host()
                + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " + form.length()
                + "\r\n\r\n";
        try (Socket socket = browser.connect()) {
            socket.getOutputStream().write((head + form).getBytes(StandardCharsets.US_ASCII));
            assertEquals(401, Browser.read(socket, "POST").status());
        }
        assertTrue(waiting() >= 48, "the attack ended first");
    }

    @Test
    void whoIsNotAdmittedIsToldSoBeforeTheBody() throws Exception {
        sendEndlessly(server.nobody(), "POST /clients/new");
        sendEndlessly(server.nobody(), "POST /register");
        sendEndlessly(server.nobody(), "PUT /register/0123456789abcdef");
        sendEndlessly(server.nobody(), "POST /token");
        for (Socket socket : attack.subList(0, 3)) {
            int status = Browser.read(socket, "POST").status();
            assertTrue(status == 401 || status == 403, "" + status);
            assertEquals(-1, socket.getInputStream().read());
        }
        assertEquals(1, waiting(), "the rest of a refused body was read as long as one that is wanted");
    }

    @Test
    void aStrangerDoesNotFillTheDisk() {
        for (int i = 0; i < 100; i++) {
            server.nobody().get("/authorize");
            server.nobody().post("/introspect", Map.of("token", "x"));
        }
        server.plain(FakeTailnet.PRINTER).get("/authorize");
        long lines = server.log().lines().filter(line -> line.contains("refused")).count();
        assertTrue(lines > 20 && lines < 100, lines + " lines");
        assertTrue(server.log().contains("tag:printer"));
    }
}
