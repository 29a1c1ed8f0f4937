package tsidp.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.certificate.CurrentCertificate;
import tsidp.http.Caller;
import tsidp.http.CallerResolver;
import tsidp.http.Listeners;
import tsidp.protocol.Refusal;
import tsidp.serve.ServeListener.Keeper;

@Timeout(30)
class ServeListenerTest {

    private static final String PROXYS = "X-Forwarded-For: 100.64.0.5\r\nX-Forwarded-Host: idp.x.ts.net\r\n";

    private final Listeners listeners = new Listeners(new CurrentCertificate(), fault -> {
        throw new AssertionError(fault);
    });
    private Path folder;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        folder = Files.createTempDirectory(directory, "s");
    }

    @AfterEach
    void stop() {
        listeners.stopAll();
    }

    /// Answers with what the resolver determines.
    private static HttpHandler say(CallerResolver callers) {
        return exchange -> {
            String text;
            try {
                Caller caller = callers.resolve(exchange);
                text = caller.path() + " " + caller.peer().map(InetAddress::getHostAddress).orElse("nobody") + " "
                        + caller.source().getHostAddress() + " " + caller.headers().getFirst("Host") + " "
                        + caller.headers().keySet().stream().anyMatch(name -> name.startsWith("Tailscale-")
                        || name.startsWith("X-forwarded"));
            } catch (Refusal refusal) {
                text = "refused " + refusal.error().status();
            }
            exchange.sendResponseHeaders(200, text.length());
            exchange.getResponseBody().write(text.getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        };
    }

    private ServeListener open(Keeper keeper) throws IOException {
        var own = InetAddress.ofLiteral("100.64.0.1");
        return ServeListener.open(listeners, keeper, "/s3cret", folder, say(new ServeProxy("/s3cret", own::equals)));
    }

    private InetSocketAddress port() {
        return listeners.addresses().iterator().next();
    }

    private static String ask(SocketChannel channel, String path, String headers) throws IOException {
        try (channel) {
            channel.write(ByteBuffer.wrap(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + headers + "\r\n").getBytes(StandardCharsets.US_ASCII)));
            var in = ByteBuffer.allocate(4096);
            while (channel.read(in) >= 0) {
                // Until it ends.
            }
            String answer = new String(in.array(), 0, in.position(), StandardCharsets.US_ASCII);
            return answer.substring(answer.indexOf("\r\n\r\n") + 4);
        }
    }

    private String askPort(String path, String headers) throws IOException {
        return ask(SocketChannel.open(port()), path, headers);
    }

    private String askSocket(String headers) throws IOException {
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(folder.resolve("socket")));
        return ask(channel, "/authorize", headers);
    }

    @Test
    void whoKnowsThePathSpeaksForTheProxy() throws Exception {
        try (var listener = open(Keeper.SERVE_CONFIG)) {
            assertEquals("http://127.0.0.2:" + port().getPort() + "/s3cret", listener.target());
            assertEquals("/authorize 100.64.0.5 100.64.0.5 idp.x.ts.net false", askPort("/s3cret/authorize", PROXYS));
            assertEquals("/ nobody 203.0.113.7 idp.x.ts.net false", askPort("/s3cret/",
                    "X-Forwarded-Host: idp.x.ts.net\r\n"
                    + "X-Forwarded-For: 203.0.113.7\r\nTailscale-Funnel-Request: ?1\r\n"));
            assertTrue(port().getAddress().isLoopbackAddress());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/authorize", "/", "/s3cre", "/s3creT/authorize", "//s3cret/authorize",
        "/x/s3cret/authorize"})
    void whoDoesNotKnowItIsBelievedNothing(String path) throws Exception {
        try (var _ = open(Keeper.SERVE_CONFIG)) {
            assertEquals("refused 404", askPort(path, PROXYS));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "X-Forwarded-For: alice\r\n", "X-Forwarded-For: 100.64.0.5, 100.64.0.6\r\n",
        "X-Forwarded-For: 100.64.0.5\r\nX-Forwarded-For: 100.64.0.6\r\n", "X-Forwarded-For: 100.64.0.5:80\r\n",
        "X-Forwarded-For: localhost\r\n"})
    void oneAddressOrNone(String headers) throws Exception {
        try (var _ = open(Keeper.SERVE_CONFIG)) {
            assertEquals("refused 400", askPort("/s3cret/authorize", headers));
        }
    }

    @Test
    void aConnectionOfTheSocketCarriesOneRequest() throws Exception {
        try (var _ = open(Keeper.SOCKET); var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(folder.resolve("socket")));
            String request = "GET /%s HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n" + PROXYS + "\r\n";
            channel.write(ByteBuffer.wrap((request.formatted("one") + request.formatted("two"))
                    .getBytes(StandardCharsets.US_ASCII)));
            String all = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII);
            assertEquals(1, all.split("HTTP/1.1 200", -1).length - 1, all);
            assertTrue(all.endsWith("/one 100.64.0.5 100.64.0.5 idp.x.ts.net false"), all);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "GET", "GET /", "GET s3cret/ HTTP/1.1\r\n\r\n", "x", "\r\n\r\n",
        "GET http://x/s3cret/ HTTP/1.1\r\n\r\n"})
    void whatIsNoRequestIsCarriedNowhere(String text) throws Exception {
        try (var _ = open(Keeper.SOCKET); var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(folder.resolve("socket")));
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
            channel.shutdownOutput();
            String all = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII);
            assertFalse(all.startsWith("HTTP/1.1 200") && !all.contains("refused"), all);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"100.64.0.1", "127.0.0.1", "127.9.9.9", "::1", "::ffff:100.64.0.1", "::ffff:127.0.0.1",
        "fe80::1", "0.0.0.0", "::"})
    void anAddressOfThisMachineIsNobodys(String address) throws Exception {
        try (var _ = open(Keeper.SERVE_CONFIG)) {
            String answer = askPort("/s3cret/authorize",
                    "X-Forwarded-For: " + address + "\r\nX-Forwarded-Host: idp.x.ts.net\r\n");
            assertTrue(answer.startsWith("/authorize nobody "), answer);
        }
    }

    @Test
    void whatComesThroughTheSocketSpeaksForTheProxyAndNothingElse() throws Exception {
        try (var listener = open(Keeper.SOCKET)) {
            assertEquals("unix:" + folder.resolve("socket"), listener.target());
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
            for (int i = 0; i < 20; i++) {
                assertEquals("/authorize 100.64.0.5 100.64.0.5 idp.x.ts.net false", askSocket(PROXYS));
                assertEquals("refused 404", askPort("/authorize", PROXYS));
            }
        }
    }
}
