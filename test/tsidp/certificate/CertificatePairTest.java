package tsidp.certificate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tsidp.fake.FakeCertificate;

class CertificatePairTest {

    private static final FakeCertificate AUTHORITY = FakeCertificate.authority("CA");
    private static final FakeCertificate EC = issue(FakeCertificate.ec());
    private static final FakeCertificate RSA = issue(FakeCertificate.rsa());

    private static FakeCertificate issue(KeyPair keys) {
        Instant now = Instant.now();
        return AUTHORITY.issue("idp.example.com", keys, now, now.plus(Duration.ofDays(90)));
    }

    private static CertificatePair parse(String... pem) {
        return CertificatePair.parse(String.join("", pem).getBytes(StandardCharsets.US_ASCII));
    }

    private static void refused(String fault, String... pem) {
        assertEquals(fault, assertThrows(IllegalArgumentException.class, () -> parse(pem)).getMessage());
    }

    private static void isRead(FakeCertificate certificate, String keyPem) {
        CertificatePair pair = parse(keyPem, certificate.certificatePem(), AUTHORITY.certificatePem());
        assertArrayEquals(certificate.keys().getPrivate().getEncoded(), pair.key().getEncoded());
        assertEquals(List.of(certificate.certificate(), AUTHORITY.certificate()), pair.chain());
    }

    @Test
    void sec1IsRead() {
        CertificatePair pair = parse(EC.keyPem(), EC.certificatePem());
        // The JDK keeps what SEC 1 has besides the number, so the encodings differ.
        assertEquals(((ECPrivateKey) EC.keys().getPrivate()).getS(),
                ((ECPrivateKey) pair.key()).getS());
        assertEquals("EC", pair.key().getAlgorithm());
    }

    @Test
    void pkcs1IsRead() {
        isRead(RSA, RSA.keyPem());
    }

    @Test
    void pkcs8IsRead() {
        isRead(EC, EC.pkcs8Pem());
        isRead(RSA, RSA.pkcs8Pem());
    }

    @Test
    void anotherKeyIsRefused() {
        FakeCertificate other = issue(FakeCertificate.ec());
        refused("the key does not match the certificate", other.keyPem(), EC.certificatePem());
        refused("the key does not match the certificate", other.pkcs8Pem(), EC.certificatePem());
        refused("the key does not match the certificate", RSA.keyPem(), EC.certificatePem());
        refused("the key does not match the certificate", EC.keyPem(), RSA.certificatePem());
        refused("the key does not match the certificate", EC.keyPem(), AUTHORITY.certificatePem(), EC.certificatePem());
        refused("the key or a certificate is malformed", RSA.pkcs8Pem(), EC.certificatePem());
    }

    @Test
    void anotherKeyIsRefusedHoweverThePairIsMade() {
        assertThrows(IllegalArgumentException.class,
                () -> new CertificatePair(AUTHORITY.keys().getPrivate(), List.of(EC.certificate())));
        assertThrows(IllegalArgumentException.class,
                () -> new CertificatePair(EC.keys().getPrivate(), List.of()));
    }

    @Test
    void whatIsMissingOrTooMuchIsRefused() {
        refused("there is no key, or no certificate", "");
        refused("there is no key, or no certificate", EC.keyPem());
        refused("there is no key, or no certificate", EC.certificatePem());
        refused("there is more than one key", EC.keyPem(), EC.keyPem(), EC.certificatePem());
        refused("an unknown PEM block", EC.keyPem().replace("EC PRIVATE", "DSA PRIVATE"), EC.certificatePem());
    }

    @Test
    void aMalformedBlockIsRefusedWithoutQuotingIt() {
        refused("a PEM block does not end", EC.keyPem().replace("-----END", "-----EN"));
        refused("a PEM block does not end", "-----BEGIN EC PRIVATE KEY");
        refused("a PEM block is not base64", EC.keyPem().replaceFirst("\nM", "\n!"), EC.certificatePem());
        refused("the key or a certificate is malformed", EC.keyPem().replaceFirst("\nM", "\nA"), EC.certificatePem());
        refused("the key or a certificate is malformed", EC.keyPem(),
                EC.certificatePem().replaceFirst("\nM", "\nA"));
    }

    @Test
    void textAroundTheBlocksIsSkipped() {
        parse("# key\n", EC.keyPem(), "subject=idp\n", EC.certificatePem().replace("\n", "\r\n"), "end");
    }
}
