package tsidp.certificate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tsidp.fake.FakeCertificate;
import tsidp.store.StateDirectory;

/// What the file of the last certificate is used for, and what it is never used for. It never stops anything.
class KeptCertificateTest {

    private static final String NAME = "idp.example.com";
    private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);
    private static final FakeCertificate AUTHORITY = FakeCertificate.authority("CA");
    private static final FakeCertificate LEAF =
            AUTHORITY.issue(NAME, FakeCertificate.ec(), NOW.minus(DAY), NOW.plus(DAY));
    private static final String PEM = LEAF.keyPem() + LEAF.certificatePem() + AUTHORITY.certificatePem();

    @TempDir
    Path folder;

    private final List<String> faults = new ArrayList<>();
    private StateDirectory directory;
    private KeptCertificate kept;

    @BeforeEach
    void open() throws Exception {
        directory = StateDirectory.open(folder.resolve("state"));
        kept = new KeptCertificate(directory, faults::add);
    }

    @AfterEach
    void close() {
        directory.close();
    }

    private Path file() {
        return directory.path("tsidp-certificate.pem");
    }

    private void isNotUsed(String why, String content) throws Exception {
        Files.writeString(file(), content, StandardCharsets.US_ASCII);
        isNotUsed(why, NAME, NOW);
    }

    private void isNotUsed(String why, String name, Instant now) {
        faults.clear();
        assertEquals(Optional.empty(), kept.read(name, now));
        assertEquals(List.of(file() + why), faults);
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        assertEquals(Optional.empty(), kept.read(NAME, NOW));
        kept.write(PEM.getBytes(StandardCharsets.US_ASCII));
        CertificatePair pair = kept.read(NAME, NOW).orElseThrow();
        assertEquals(List.of(LEAF.certificate(), AUTHORITY.certificate()), pair.chain());
        assertEquals(List.of(), faults);
    }

    @Test
    void oneOfAnotherNameIsNotUsed() {
        kept.write(PEM.getBytes(StandardCharsets.US_ASCII));
        isNotUsed(" is not used: the certificate is for another name", "other.example.com", NOW);
        isNotUsed(" is not used: the certificate is for another name", "example.com", NOW);
    }

    @Test
    void oneOfAnotherTimeIsNotUsed() {
        kept.write(PEM.getBytes(StandardCharsets.US_ASCII));
        isNotUsed(" is not used: the certificate is not valid now", NAME, NOW.plus(DAY).plusSeconds(1));
        isNotUsed(" is not used: the certificate is not valid now", NAME, NOW.minus(DAY).minusSeconds(1));
    }

    @Test
    void aDamagedOneIsNotUsed() throws Exception {
        isNotUsed(" is not used: there is no key, or no certificate", "");
        isNotUsed(" is not used: there is no key, or no certificate", LEAF.keyPem());
        isNotUsed(" is not used: a PEM block does not end", PEM.substring(0, PEM.length() - 40));
        isNotUsed(" is not used: the key does not match the certificate",
                new FakeCertificate(FakeCertificate.ec(), LEAF.certificate()).keyPem() + LEAF.certificatePem());
        isNotUsed(" is longer than 65536 bytes: this is not a tsidp file", PEM + "\n".repeat(65_536));
    }

    @Test
    void whatCantBeReadOrWrittenIsReported() throws Exception {
        Files.createDirectory(file(), PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString("rwx------")));
        Files.createFile(file().resolve("x"));
        assertEquals(Optional.empty(), kept.read(NAME, NOW));
        kept.write(PEM.getBytes(StandardCharsets.US_ASCII));
        assertEquals(2, faults.size(), faults.toString());
        assertFalse(faults.toString().contains("BEGIN"));
    }
}
