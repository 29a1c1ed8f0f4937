package tsidp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.certificate.CertificatePair;
import tsidp.certificate.CurrentCertificate;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Ports;
import tsidp.fake.Reply;
import tsidp.http.Access;
import tsidp.http.Answer;
import tsidp.http.Caller;
import tsidp.http.HttpLimits;
import tsidp.http.Listeners;
import tsidp.http.Origins;
import tsidp.http.Reach;
import tsidp.http.RefusalStyle;
import tsidp.http.Request;
import tsidp.http.Route;
import tsidp.http.Router;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.tailnet.LocalApi;

/// A listener under attack still answers everybody else. No test measures time: each checks that the attack is still
/// going on when the others are answered.
@Timeout(60)
class CrowdedListenerTest {

    /// Says that a request comes from the Internet, and from which address.
    private static final String INTERNET = "X-Internet";

    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final CurrentCertificate certificate = new CurrentCertificate();
    private final Listeners listeners = new Listeners(certificate, _ -> { });
    private final List<Socket> attack = new ArrayList<>();
    private Router router;
    private Browser tailnet;

    @BeforeEach
    void start() throws IOException {
        HttpLimits.set();
        Access<String> anyone = _ -> "";
        var route = new Route<>(Set.of("PUT", "GET"), "/", anyone, Reach.WORLD, Origins.NO_CORS, 65_536,
                RefusalStyle.JSON, (Request request, String _) -> new Answer.Text(200, "" + request.body().length));
        var log = new Log(lines, Level.INFO, Log.Format.LOGFMT, InstantSource.system());
        router = new Router(List.of(route), CrowdedListenerTest::caller, _ -> true, log, false);
        var address = listeners.startHttp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), router);
        tailnet = new Browser(InetAddress.ofLiteral("127.0.0.7"), address, Optional.empty(), "localhost");
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : attack) {
            socket.close();
        }
        listeners.stopAll();
    }

    private static Caller caller(HttpExchange exchange) {
        String internet = exchange.getRequestHeaders().getFirst(INTERNET);
        return new Caller(exchange.getRequestURI().getPath(), exchange.getRequestHeaders(), internet == null
                ? exchange.getRemoteAddress().getAddress() : InetAddress.ofLiteral(internet), Optional.empty(),
                internet != null);
    }

    /// Begins a post and does not end it.
    private Socket post(Browser browser, String... headers) throws IOException {
        Socket socket = browser.connect();
        attack.add(socket);
        var all = new ArrayList<>(List.of(headers));
        all.addAll(List.of("Content-Length", "10"));
        browser.write(socket, "PUT", "/", new byte[0], all.toArray(String[]::new));
        return socket;
    }

    /// Whether a connection is neither answered nor closed.
    private static boolean waits(Socket socket) throws IOException {
        socket.setSoTimeout(1);
        try {
            socket.getInputStream().read();
            return false;
        } catch (SocketTimeoutException nothingYet) {
            return true;
        }
    }

    @Test
    void theInternetHasItsShareAndNoMore() throws Exception {
        for (int i = 0; i < 300; i++) {
            post(tailnet, INTERNET, "203.0.113." + i % 100);
        }
        assertEquals("0", tailnet.get("/").text());
        int refused = refused();
        assertTrue(refused > 50 && refused <= 236, refused + " were refused");
    }

    /// How many of the attack's requests are told that they are too many. The others were within the share, or came
    /// when too many were being told.
    private int refused() throws IOException {
        int refused = 0;
        for (Socket socket : attack) {
            try {
                Reply reply = Browser.read(socket, "PUT");
                assertEquals(503, reply.status());
                assertEquals("temporarily_unavailable", reply.string("error"));
                assertEquals("5", reply.header("Retry-After"));
                refused++;
            } catch (EOFException tookTooLong) {
                // Counts as not told.
            }
        }
        return refused;
    }

    @Test
    void oneNetworkOfTheInternetLeavesPlacesForOthers() throws Exception {
        for (int i = 0; i < 30; i++) {
            post(tailnet, INTERNET, "2001:db8:0:1::" + i);
        }
        while (attack.stream().filter(CrowdedListenerTest::isOpen).count() > 16) {
            // Until those that found no place are answered; then the others are there, and wait.
        }
        for (String other : List.of("2001:db8:0:2::1", "203.0.113.1")) {
            assertEquals("0", tailnet.get("/", INTERNET, other).text());
        }
        assertEquals(503, tailnet.get("/", INTERNET, "2001:db8:0:1::99").status());
    }

    @Test
    void bodiesThatAreAwaitedLeavePlacesForRequestsWithoutOne() throws Exception {
        for (int i = 0; i < 8; i++) {
            Browser from = tailnet.from(InetAddress.ofLiteral("127.0.1." + i));
            for (int j = 0; j < 40; j++) {
                post(from);
            }
        }
        assertEquals("0", tailnet.get("/").text());
        int refused = refused();
        assertTrue(refused > 50, refused + " were refused");
    }

    @Test
    void theInternetHasLessTimeForABody() throws Exception {
        Socket own = post(tailnet);
        Socket strange = post(tailnet, INTERNET, "203.0.113.9");
        assertEquals(-1, strange.getInputStream().read());
        assertTrue(waits(own));
        own.getOutputStream().write("0123456789".getBytes());
        own.setSoTimeout(10_000);
        assertEquals("10", Browser.read(own, "PUT").text());
    }

    /// The JDK's server counts such a connection for 15 seconds more if the exchange is closed before its streams.
    @Test
    void aBodyThatBreaksOffLeavesNoConnectionBehind() throws Exception {
        for (int i = 0; i < 600; i++) {
            try (Socket socket = tailnet.connect()) {
                tailnet.write(socket, "PUT", "/nowhere", new byte[0], "Content-Length", "10");
                assertEquals(404, Browser.read(socket, "PUT").status());
            }
        }
        assertEquals("0", tailnet.get("/").text());
    }

    /// Connections that send these bytes and then nothing.
    private void connect(InetSocketAddress address, int count, byte... bytes) throws IOException {
        for (int i = 0; i < count; i++) {
            var socket = new Socket(address.getAddress(), address.getPort());
            attack.add(socket);
            socket.getOutputStream().write(bytes);
        }
    }

    @Test
    void oneDevicesSilentConnectionsAreNobodyElsesProblem() throws Exception {
        try (var fake = FakeTailnet.start(); var localApi = new LocalApi(fake.socket())) {
            certificate.replace(CertificatePair.of(localApi.certificate(FakeTailnet.DNS_NAME, Duration.ZERO)));
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free());
            listeners.startHttps(address, router);
            var peer = new Browser(tailnet.from(), address, Optional.of(fake.clientContext()), FakeTailnet.DNS_NAME);
            connect(address, 300);
            // The first bytes of a TLS record with a ClientHello (RFC 8446 §5.1, §4).
            connect(address, 300, new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
            while (attack.subList(300, 600).stream().filter(CrowdedListenerTest::isOpen).count() > 48) {
                // Until the server has closed those that exceed the share: each takes 100 KB.
            }
            assertEquals("0", peer.get("/").text());
            long silent = attack.subList(0, 300).stream().filter(CrowdedListenerTest::isOpen).count();
            assertEquals(300, silent, "the attack ended first");
        }
    }

    private static boolean isOpen(Socket socket) {
        try {
            return waits(socket);
        } catch (IOException reset) {
            return false;
        }
    }

    @Test
    void anAddressKeepsItsShareOfTlsConnectionsAndNoMore() throws Exception {
        try (var fake = FakeTailnet.start(); var localApi = new LocalApi(fake.socket())) {
            certificate.replace(CertificatePair.of(localApi.certificate(FakeTailnet.DNS_NAME, Duration.ZERO)));
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free());
            listeners.startHttps(address, router);
            var peer = new Browser(tailnet.from(), address, Optional.of(fake.clientContext()), FakeTailnet.DNS_NAME);
            var answers = new ArrayList<Reply>();
            for (int i = 0; i < 49; i++) {
                answers.add(ask(peer));
            }
            for (Reply kept : answers.subList(0, 48)) {
                assertFalse(kept.headers().containsKey("connection"));
            }
            assertEquals("close", answers.getLast().header("Connection"));
            assertFalse(ask(peer.from(InetAddress.ofLiteral("127.0.0.8"))).headers().containsKey("connection"));
            for (int i = 0; i < 50; i++) {
                // A connection that was answered is no longer opening.
                assertEquals("0", peer.get("/").text());
            }
        }
    }

    /// Asks on a connection that stays open.
    private Reply ask(Browser browser) throws IOException {
        Socket socket = browser.connect();
        attack.add(socket);
        browser.write(socket, "GET", "/", new byte[0]);
        return Browser.read(socket, "GET");
    }
}
