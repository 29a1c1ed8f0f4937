package tsidp.certificate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.fake.FakeTailnet;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.TailnetException;

@Timeout(30)
class CurrentCertificateTest {

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final LocalApi localApi = new LocalApi(tailnet.socket());
    private final CurrentCertificate certificate = new CurrentCertificate();
    private final SSLServerSocket server = echo();

    @AfterEach
    void stop() throws IOException {
        server.close();
        localApi.close();
        tailnet.close();
    }

    /// A TLS server that sends each byte back.
    private SSLServerSocket echo() {
        try {
            var listening = (SSLServerSocket) certificate.sslContext().getServerSocketFactory()
                    .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
            listening.setSSLParameters(certificate.sslParameters());
            Thread.ofVirtual().start(() -> {
                while (!listening.isClosed()) {
                    try {
                        var socket = listening.accept();
                        Thread.ofVirtual().start(() -> {
                            try (socket) {
                                socket.getInputStream().transferTo(socket.getOutputStream());
                            } catch (IOException gone) {
                                // As clients do.
                            }
                        });
                    } catch (IOException closed) {
                        return;
                    }
                }
            });
            return listening;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private SSLSocket connect(String... protocols) throws IOException {
        var socket = (SSLSocket) tailnet.clientContext().getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.getLocalPort());
        var parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static void echoes(SSLSocket socket) throws IOException {
        socket.getOutputStream().write(7);
        assertEquals(7, socket.getInputStream().read());
    }

    private CertificatePair fetch() throws TailnetException {
        return CertificatePair.of(localApi.certificate(FakeTailnet.DNS_NAME, Duration.ZERO));
    }

    @Test
    void withoutACertificateNobodyGetsIn() throws Exception {
        assertEquals(Optional.empty(), certificate.expiry());
        assertThrows(SSLException.class, this::connect);
        certificate.replace(fetch());
        try (SSLSocket client = connect()) {
            echoes(client);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void replacingItDropsNoConnection(String protocol) throws Exception {
        CertificatePair first = fetch();
        certificate.replace(first);
        try (SSLSocket before = connect(protocol)) {
            echoes(before);
            tailnet.renewCertificate();
            CertificatePair second = fetch();
            assertNotEquals(first.leaf(), second.leaf());
            certificate.replace(second);
            echoes(before);
            assertEquals(first.leaf(), before.getSession().getPeerCertificates()[0]);
            try (SSLSocket after = connect(protocol)) {
                echoes(after);
                assertEquals(second.leaf(), after.getSession().getPeerCertificates()[0]);
            }
            echoes(before);
        }
        assertEquals(protocol, certificate.sslParameters().getProtocols()[protocol.equals("TLSv1.3") ? 0 : 1]);
    }

    @Test
    void aHandshakeAcrossAReplacementSeesOnePair() throws Exception {
        CertificatePair first = fetch();
        certificate.replace(first);
        String alias = certificate.chooseEngineServerAlias("EC", null, null);
        tailnet.renewCertificate();
        CertificatePair second = fetch();
        certificate.replace(second);
        assertSame(first.key(), certificate.getPrivateKey(alias));
        assertEquals(first.leaf(), certificate.getCertificateChain(alias)[0]);
        String next = certificate.chooseEngineServerAlias("EC", null, null);
        assertSame(second.key(), certificate.getPrivateKey(next));
        assertNull(certificate.getPrivateKey("7"));
        assertNull(certificate.chooseEngineServerAlias("RSA", null, null));
    }

    @Test
    void onlyTls12And13() {
        assertArrayEquals(new String[] {"TLSv1.3", "TLSv1.2"}, server.getEnabledProtocols());
        assertSame(certificate.sslContext(), certificate.sslContext());
    }

    @Test
    void itSaysWhenItEnds() throws Exception {
        CertificatePair pair = fetch();
        certificate.replace(pair);
        assertEquals(Optional.of(pair.leaf().getNotAfter().toInstant()), certificate.expiry());
    }
}
