package tsidp.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.certificate.CertificatePair;
import tsidp.certificate.CurrentCertificate;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Ports;
import tsidp.json.Seed;
import tsidp.protocol.Refusal;
import tsidp.tailnet.LocalApi;

@Timeout(60)
class RequestHeadsTest {

    private static final String HOST = "Host: a\r\n\r\n";

    private static String rewritten(String sent, String prefix, boolean isLast, int... cuts) {
        var heads = new RequestHeads(prefix, isLast);
        var out = new StringBuilder();
        byte[] all = sent.getBytes(StandardCharsets.ISO_8859_1);
        int from = 0;
        for (int to : cuts) {
            byte[] part = Arrays.copyOfRange(all, from, to);
            out.append(new String(heads.rewrite(part, part.length), StandardCharsets.ISO_8859_1));
            from = to;
        }
        byte[] rest = Arrays.copyOfRange(all, from, all.length);
        return out + new String(heads.rewrite(rest, rest.length), StandardCharsets.ISO_8859_1);
    }

    private static String rewritten(String sent) {
        return rewritten(sent, "", false);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ' ', value = {
        "/a?b=c /a?b=c",
        "/a?b={}|^`\\\"<> /a?b=%7B%7D%7C%5E%60%5C%22%3C%3E",
        "/a?b=[]#c /a?b=%5B%5D%23c",
        "/a?b=100%&c=%zz%4&d=%41%e9 /a?b=100%25&c=%25zz%254&d=%41%e9",
        "/a?b=\u00e9\u0080\u00ff /a?b=%E9%80%FF",
        "/{a} /%7Ba%7D",
        "//a/b?c /-//a/b?c",
        "/-/x /-/-/x",
        "/!431 /-/!431",
        "/!431\u0085 /-/!431%85",
        "* /-*",
        "a:b /-a:b",
        "?x /-?x"})
    void aTargetBecomesOneThatTheJdkTakes(String sent, String expected) throws Exception {
        String head = rewritten("GET " + sent + " HTTP/1.1\r\n" + HOST);
        assertEquals("GET " + expected + " HTTP/1.1\r\n" + HOST, head);
        assertTrue(new URI(expected).getPath().startsWith("/"));
        String path = expected.replaceFirst("^/-", "").replaceFirst("\\?.*", "");
        assertEquals(path, RequestHead.path(new URI(expected)));
    }

    /// One secret in 64 begins like the mark of a target that the JDK would not take.
    @ParameterizedTest
    @ValueSource(strings = {"/-ab", "/--", "/_ab", "/9f"})
    void aPathHasItsWholePrefix(String prefix) throws Exception {
        for (String path : List.of("/x", "//x", "/-/x", "/!431", "/")) {
            String head = rewritten("GET " + path + " HTTP/1.1\r\n" + HOST, prefix, true);
            assertEquals(prefix + path, RequestHead.path(new URI(head.split(" ")[1])), head);
        }
    }

    @ParameterizedTest
    @CsvSource({"https://b/c?d, b, /c?d", "HTTP://b:1, b:1, /", "http://[::1]:2?x, [::1]:2, /?x",
        "https://b//c, b, /-//c"})
    void theHostOfAnAbsoluteTargetReplacesTheField(String sent, String host, String target) {
        assertEquals("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nX: y\r\n\r\n",
                rewritten("GET " + sent + " HTTP/1.1\r\nX: y\r\n" + HOST));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "GET /", "GET  HTTP/1.1", "GET / HTTP/2.0", "GET /a b HTTP/1.1", "G(T / HTTP/1.1",
        " GET / HTTP/1.1", "GET /\u0000 HTTP/1.1\r\nX\u0000: y", "GET / HTTP/1.1\r\nX", "GET / HTTP/1.1\r\nX : y",
        "GET http://b\rX:y/ HTTP/1.1", "GET http://b\u0000/ HTTP/1.1",
        "GET / HTTP/1.1\r\nX: y\r\n z", "GET / HTTP/1.1\r\nX: y\rz", "GET / HTTP/1.1\r\n: y",
        "GET / HTTP/1.1\r\nHost: b", "GET / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1",
        "GET / HTTP/1.1\r\nContent-Length: +1", "GET / HTTP/1.1\r\nContent-Length: ",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
        "GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked",
        "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked"})
    void whatIsNoHeadIsRefusedAndEndsTheConnection(String lines) {
        String head = rewritten(lines + "\r\n" + HOST + "GET / HTTP/1.1\r\n" + HOST);
        assertTrue(head.matches("(?s)GET /!400 HTTP/1.1\r\n.*Connection: close\r\n\r\nGET / HTTP/1.1\r\n.*"), head);
    }

    @Test
    void aRefusedPathIsARefusal() {
        for (int status : List.of(400, 431)) {
            try {
                RequestHead.path(URI.create("/!" + status));
                throw new AssertionError("taken");
            } catch (Refusal refusal) {
                assertEquals(status, refusal.error().status());
            }
        }
    }

    @Test
    void cookiesAreDroppedAndOtherLinesHaveALimit() {
        String start = "GET / HTTP/1.1\r\n";
        assertEquals(start + HOST, rewritten(start + "cookie: " + "c".repeat(60_000) + "\r\nCookie: d\r\n" + HOST));
        String accept = "Accept: text/html\r\n";
        for (String tooMuch : List.of("X: " + "y".repeat(17_000) + "\r\n", "X: y\r\n".repeat(101),
                "Cookie: " + "c".repeat(70_000), "x".repeat(100_000))) {
            String head = rewritten(start + accept + tooMuch);
            assertTrue(head.startsWith("GET /!431 HTTP/1.1\r\nHost: -\r\n" + accept), head);
        }
    }

    @Test
    void onlyHeadsAreRewrittenWhateverTheyAreCutInto() {
        String get = "GET /{ HTTP/1.1\r\n" + HOST;
        String post = "POST /{ HTTP/1.1\r\nContent-Length: 18\r\n" + HOST + "GET /{ HTTP/1.1\r\n\r";
        String last = "POST /{ HTTP/1.1\r\nConnection: keep-alive\r\nTransfer-Encoding: Chunked\r\n" + HOST;
        String sent = get + "\r\n" + post + get + last + get;
        String expected = get.replace("{", "%7B") + "POST /%7B HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\n"
                + "GET /{ HTTP/1.1\r\n\r" + get.replace("{", "%7B")
                + "POST /%7B HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n" + get;
        assertEquals(expected, rewritten(sent));
        Random random = Seed.random();
        for (int i = 0; i < 500; i++) {
            int[] cuts = random.ints(random.nextInt(20), 0, sent.length()).sorted().toArray();
            assertEquals(expected, rewritten(sent, "", false, cuts), Seed.again());
        }
        assertEquals("GET /s3cret/%7B HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get,
                rewritten(get + get, "/s3cret", true));
        assertEquals("GET /s3cret//x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                rewritten("GET //x HTTP/1.1\r\n" + HOST, "/s3cret", true));
    }

    private static void echo(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        var said = new ByteArrayOutputStream();
        said.writeBytes((exchange.getRequestURI() + " ").getBytes(StandardCharsets.US_ASCII));
        said.writeBytes(body);
        exchange.sendResponseHeaders(200, said.size());
        exchange.getResponseBody().write(said.toByteArray());
        exchange.close();
    }

    private static String ask(Browser browser, Socket socket, String method, String target, String body)
            throws IOException {
        browser.write(socket, method, target, body.getBytes(StandardCharsets.ISO_8859_1));
        return Browser.read(socket, method).text();
    }

    /// The buffers of the JDK's server take one record of TLS, and a rewritten one can be longer.
    @Test
    void overTlsAConnectionIsKeptAndEachOfItsHeadsIsRewritten() throws Exception {
        var certificate = new CurrentCertificate();
        var listeners = new Listeners(certificate, _ -> { });
        try (var tailnet = FakeTailnet.start(); var localApi = new LocalApi(tailnet.socket())) {
            certificate.replace(CertificatePair.of(localApi.certificate(FakeTailnet.DNS_NAME, Duration.ZERO)));
            var address = new InetSocketAddress("127.0.0.1", Ports.free());
            listeners.startHttps(address, RequestHeadsTest::echo);
            var browser = new Browser(address.getAddress(), address, Optional.of(tailnet.clientContext()),
                    FakeTailnet.DNS_NAME);
            try (Socket socket = browser.connect()) {
                assertEquals("/a?%7B ", ask(browser, socket, "GET", "/a?{", ""));
                assertEquals("/b?%7C {|}", ask(browser, socket, "POST", "/b?|", "{|}"));
                String large = "{".repeat(100_000);
                assertEquals("/c " + large, ask(browser, socket, "POST", "/c", large));
                assertEquals("/d?" + "%7B".repeat(15_000) + " ",
                        ask(browser, socket, "GET", "/d?" + "{".repeat(15_000), ""));
                assertEquals("/-//e ", ask(browser, socket, "GET", "//e", ""));
            }
        } finally {
            listeners.stopAll();
        }
    }
}
