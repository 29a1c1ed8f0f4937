package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.admin.CommandResult;
import tsidp.fake.FakeTailnet;

/// Where we end TLS ourselves: the first caller is shown a certificate, at the first start and after a restart, and
/// where there is none, health says so.
@Timeout(60)
class CertificateTest {

    private static final String METADATA = "/.well-known/openid-configuration";
    private static final String OTHER = "other.fake-tailnet.ts.net";
    private static final String NONE = "your Tailscale account does not support getting TLS certs";

    private final FakeTailnet tailnet = FakeTailnet.start();
    private TestServer server;

    @AfterEach
    void stop() {
        server.close();
        tailnet.close();
    }

    private void start() {
        tailnet.device(true);
        server = TestServer.start(tailnet);
    }

    private Path file() {
        return server.directory().resolve("tsidp-certificate.pem");
    }

    private X509Certificate shown() throws Exception {
        try (Socket socket = server.secure(FakeTailnet.ALICE).connect()) {
            return (X509Certificate) ((SSLSocket) socket).getSession().getPeerCertificates()[0];
        }
    }

    private void assertServes(String name) throws Exception {
        assertEquals(200, server.secure(FakeTailnet.ALICE).get(METADATA).status());
        assertEquals("CN=" + name, shown().getSubjectX500Principal().getName());
        assertEquals(new CommandResult(0, "tsidp is well\n", ""), server.health());
    }

    @Test
    void theFirstRequestSucceedsAlthoughTheCertificateTakesAWhile() throws Exception {
        tailnet.certificatesTake(Duration.ofSeconds(1));
        start();
        assertServes(FakeTailnet.DNS_NAME);
    }

    @Test
    void withoutACertificateTheServerStartsAndSaysWhy() throws Exception {
        tailnet.certificatesTake(Duration.ofDays(1));
        start();
        String fault = "no certificate for idp.fake-tailnet.ts.net yet";
        assertEquals(200, server.nobody().get(METADATA).status());
        assertEquals(1, server.health().status());
        assertTrue(server.health().error().contains("tsidp is not well: " + fault), server.health().error());
        assertTrue(server.log().contains("level=ERROR msg=certificate fault=\"" + fault), server.log());
    }

    @Test
    void aRestartServesTheLastOneWhileTailscaledHasNone() throws Exception {
        start();
        X509Certificate first = shown();
        tailnet.renewCertificate();
        tailnet.certificateFault(NONE);
        server.restart();
        assertServes(FakeTailnet.DNS_NAME);
        assertEquals(first, shown());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    }

    @Test
    void aRestartUnderAnotherNameServesItsOwn() throws Exception {
        start();
        server.close();
        tailnet.dnsName(OTHER);
        server = TestServer.start(tailnet, InstantSource.system(), server.directory());
        assertServes(OTHER);
        assertTrue(server.log().contains("is not used: the certificate is for another name"), server.log());
        tailnet.certificateFault(NONE);
        server.restart();
        assertServes(OTHER);
    }

    @Test
    void anOpenFileIsClosedAndReported() throws Exception {
        start();
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
        server.restart();
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        assertTrue(server.log().contains("closed to other accounts, which may have read it\" path=\"" + file()),
                server.log());
    }

    @Test
    void whereTailscaledEndsTlsNoKeyIsKept() throws Exception {
        server = TestServer.start(tailnet);
        while (server.health().status() != 0) {
            Thread.onSpinWait();
        }
        assertEquals(1, tailnet.certificatesIssued());
        assertTrue(Files.notExists(file()));
    }
}
