package tsidp.backchannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.fake.FakeCertificate;

@Timeout(60)
class DeliveryTest {

    private static final Delivery DELIVERY = new Delivery(() -> {
        throw new AssertionError("no TLS here");
    }, Duration.ofSeconds(20));

    private interface Server {
        void serve(Socket socket) throws Exception;
    }

    /// Answers one connection, and tells what came of it.
    private static int post(Delivery delivery, String path, Server server) throws Exception {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var served = new CompletableFuture<Void>();
            Thread.ofVirtual().start(() -> {
                try (Socket socket = listener.accept()) {
                    server.serve(socket);
                    served.complete(null);
                } catch (Exception failure) {
                    served.completeExceptionally(failure);
                }
            });
            int status = delivery.post(URI.create("http://localhost:" + listener.getLocalPort() + path), "a=b", false);
            served.join();
            return status;
        }
    }

    private static String head(Socket socket) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\na=b") < 0) {
            head.append((char) socket.getInputStream().read());
        }
        return head.toString();
    }

    private static void answer(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    @Test
    void theFormIsPostedAsItIs() throws Exception {
        assertEquals(204, post(DELIVERY, "/back?channel=%20", socket -> {
            String head = head(socket);
            assertTrue(head.startsWith("POST /back?channel=%20 HTTP/1.1\r\nHost: localhost:"), head);
            assertTrue(head.contains("\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n"),
                    head);
            answer(socket, "HTTP/1.1 204 \r\n\r\n");
        }));
        assertEquals(200, post(DELIVERY, "", socket -> {
            assertTrue(head(socket).startsWith("POST / HTTP/1.1\r\n"));
            answer(socket, "HTTP/1.0 200 OK\n");
        }));
    }

    /// A redirect is an answer like any other.
    @Test
    void noRedirectIsFollowed() throws Exception {
        assertEquals(302, post(DELIVERY, "/", socket -> {
            head(socket);
            answer(socket, "HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\n\r\n");
        }));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\r\n", "SSH-2.0-x\r\n", "HTTP/1.1 OK\r\n", "HTTP/2 200\r\n", "HTTP/1.1 2000\r\n",
        "HTTP/1.1 999 x\r\n"})
    void whatIsNoAnswerIsAFault(String text) {
        assertThrows(IOException.class, () -> post(DELIVERY, "/", socket -> {
            head(socket);
            answer(socket, text);
        }));
    }

    @Test
    void anAnswerThatNeverEndsIsCutShort() throws Exception {
        assertThrows(IOException.class, () -> post(DELIVERY, "/", socket -> {
            head(socket);
            answer(socket, "x".repeat(100));
            socket.getInputStream().read();
        }));
        var hasty = new Delivery(() -> null, Duration.ofMillis(300));
        assertThrows(SocketTimeoutException.class, () -> post(hasty, "/", socket -> {
            head(socket);
            try {
                for (int i = 0; i < 1000; i++) {
                    answer(socket, "H");
                    Thread.sleep(50);
                }
            } catch (IOException closed) {
                return;
            }
            throw new AssertionError("it was read to its end");
        }));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.100.100.200", "100.100.100.100", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
        "fc00::1", "fd00:ec2::254", "fd7a:115c:a1e0::53", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "2002:a00:1::1", "::10.0.0.1", "fec0::1"})
    void whatIsInsideANetworkIsNoStrangers(String address) {
        assertTrue(Delivery.isInside(InetAddress.ofLiteral(address)), address);
        String host = address.indexOf(':') < 0 ? address : "[" + address + "]";
        String fault = assertThrows(IOException.class, () -> DELIVERY.post(URI.create("http://" + host + ":1/"), "",
                true)).getMessage();
        assertTrue(fault.contains("inside a network"), fault);
    }

    @ParameterizedTest
    @ValueSource(strings = {"93.184.216.34", "100.64.0.1", "100.101.102.103", "fd7a:115c:a1e0::1", "2606:2800::1",
        "172.32.0.1", "11.0.0.1"})
    void theInternetAndTheTailnetAreOutside(String address) {
        assertTrue(!Delivery.isInside(InetAddress.ofLiteral(address)), address);
    }

    /// The certificate must be of a known authority, and of the very name.
    @Test
    void aCertificateOfAnotherNameIsRefused() throws Exception {
        var authority = FakeCertificate.authority("An authority");
        // The certificate has the first name, but not the second.
        for (String name : new String[] {"localhost", "127.0.0.3"}) {
            var keys = FakeCertificate.ec();
            FakeCertificate leaf = authority.issue("app.example.com", keys, Instant.now(),
                    Instant.now().plusSeconds(999));
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("leaf", keys.getPrivate(), new char[0], new X509Certificate[] {leaf.certificate()});
            store.setCertificateEntry("authority", authority.certificate());
            var managers = KeyManagerFactory.getInstance("PKIX");
            managers.init(store, new char[0]);
            var context = SSLContext.getInstance("TLS");
            var trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(store);
            context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
            try (var listener = context.getServerSocketFactory().createServerSocket(0, 1,
                    InetAddress.getByName(name))) {
                Thread.ofVirtual().start(() -> {
                    try (Socket socket = listener.accept()) {
                        head(socket);
                        answer(socket, "HTTP/1.1 200 OK\r\n\r\n");
                    } catch (IOException refused) {
                        return;
                    }
                });
                var uri = URI.create("https://" + name + ":" + listener.getLocalPort() + "/");
                var delivery = new Delivery(() -> context, Duration.ofSeconds(20));
                if (name.equals("localhost")) {
                    assertEquals(200, delivery.post(uri, "a=b", false));
                } else {
                    assertThrows(SSLHandshakeException.class, () -> delivery.post(uri, "a=b", false));
                }
            }
        }
    }
}
