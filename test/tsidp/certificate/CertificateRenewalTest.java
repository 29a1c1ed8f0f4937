package tsidp.certificate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.fake.FakeMisbehaviour;
import tsidp.fake.FakeTailnet;
import tsidp.tailnet.LocalApi;

@Timeout(30)
class CertificateRenewalTest {

    private static final Duration HOUR = Duration.ofHours(1);

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final LocalApi localApi = new LocalApi(tailnet.socket());
    private final CurrentCertificate certificate = new CurrentCertificate();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private volatile Instant now = Instant.parse("2026-11-24T10:00:00Z");
    private final CertificateRenewal renewal =
            new CertificateRenewal(localApi, certificate, FakeTailnet.DNS_NAME, () -> now, failures::add);

    CertificateRenewalTest() {
        tailnet.time(() -> now);
    }

    @AfterEach
    void stop() {
        renewal.close();
        localApi.close();
        tailnet.close();
    }

    private Instant expiry() {
        return certificate.expiry().orElseThrow();
    }

    private void after(Duration time) {
        now = now.plus(time);
    }

    @Test
    void theFirstIsFetchedAtOnce() {
        assertEquals(HOUR, renewal.step());
        assertEquals(now.plus(Duration.ofDays(90)), expiry());
    }

    @Test
    void itIsRenewedWhenLessThanAThirdIsLeft() {
        renewal.step();
        Instant first = expiry();
        after(Duration.ofDays(60));
        assertEquals(HOUR, renewal.step());
        assertEquals(first, expiry());
        assertEquals(1, tailnet.certificatesIssued());
        after(HOUR);
        assertEquals(HOUR, renewal.step());
        assertEquals(now.plus(Duration.ofDays(90)), expiry());
        assertEquals(2, tailnet.certificatesIssued());
    }

    @Test
    void anOldOneFromTailscaledsCacheIsUsedAndRenewedAtOnce() throws Exception {
        localApi.certificate(FakeTailnet.DNS_NAME, Duration.ZERO);
        after(Duration.ofDays(80));
        assertEquals(Duration.ZERO, renewal.step());
        assertEquals(now.plus(Duration.ofDays(10)), expiry());
        assertEquals(HOUR, renewal.step());
        assertEquals(now.plus(Duration.ofDays(90)), expiry());
    }

    @Test
    void whileItFailsTheOldOneStaysAndThePausesGrow() {
        renewal.step();
        Instant first = expiry();
        after(Duration.ofDays(70));
        tailnet.misbehave(FakeMisbehaviour.ERROR_500);
        var pauses = new ArrayList<Long>();
        for (int i = 0; i < 11; i++) {
            pauses.add(renewal.step().toSeconds());
        }
        assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 300L, 300L), pauses);
        assertEquals(first, expiry());
        tailnet.behave();
        assertEquals(HOUR, renewal.step());
        assertEquals(now.plus(Duration.ofDays(90)), expiry());
    }

    @Test
    void theFirstAttemptsPausesGrowToo() {
        tailnet.stop();
        assertEquals(Duration.ofSeconds(1), renewal.step());
        assertEquals(Duration.ofSeconds(2), renewal.step());
        tailnet.restart();
        assertEquals(HOUR, renewal.step());
    }

    @Test
    void eachDistinctFailureIsReportedOnceUntilASuccess() {
        tailnet.misbehave(FakeMisbehaviour.ERROR_500);
        renewal.step();
        renewal.step();
        tailnet.misbehave(FakeMisbehaviour.FORBIDDEN_403);
        renewal.step();
        tailnet.misbehave(FakeMisbehaviour.ERROR_500);
        renewal.step();
        assertEquals(2, failures.size(), failures.toString());
        assertEquals("no certificate for idp.fake-tailnet.ts.net: tailscaled answered cert with status 500:"
                + " no luck today", failures.getFirst());
        tailnet.behave();
        renewal.step();
        after(Duration.ofDays(70));
        tailnet.misbehave(FakeMisbehaviour.ERROR_500);
        renewal.step();
        assertEquals(3, failures.size());
    }

    @Test
    void aCertificateThatIsAlwaysAboutToEndIsNotAskedForWithoutPause() {
        renewal.step();
        after(Duration.ofDays(88));
        tailnet.time(() -> now.minus(Duration.ofDays(89)));
        tailnet.renewCertificate();
        assertEquals(Duration.ofSeconds(1), renewal.step());
        assertEquals(Duration.ofSeconds(2), renewal.step());
        assertEquals(List.of("tailscaled returned a certificate that is about to expire"), failures);
    }

    @Test
    void aNewNameGetsItsCertificate() {
        renewal.step();
        tailnet.dnsName("other.fake-tailnet.ts.net");
        renewal.domain("other.fake-tailnet.ts.net");
        assertEquals(HOUR, renewal.step());
        assertEquals("CN=other.fake-tailnet.ts.net", subject());
    }

    @Test
    void aNameThatChangedDuringTheFetchIsNotServed() throws Exception {
        tailnet.misbehave(FakeMisbehaviour.SLOWLY);
        Thread change = Thread.startVirtualThread(() -> {
            while (tailnet.certificatesIssued() == 0) {
                Thread.onSpinWait();
            }
            renewal.domain("other.fake-tailnet.ts.net");
        });
        assertEquals(Duration.ZERO, renewal.step());
        change.join();
        assertEquals("", subject());
    }

    @Test
    void itSaysWhatKeepsHandshakesFromSucceeding() {
        String yet = "no certificate for idp.fake-tailnet.ts.net yet: tailscaled was asked, and the first takes a"
                + " minute";
        assertEquals(yet, renewal.fault());
        tailnet.certificateFault("no luck");
        renewal.step();
        String none = "no certificate for idp.fake-tailnet.ts.net: tailscaled answered cert with status 500: no luck";
        assertEquals(none, renewal.fault());
        tailnet.certificateFault("");
        renewal.step();
        assertEquals("", renewal.fault());
        tailnet.certificateFault("no luck");
        after(Duration.ofDays(89));
        renewal.step();
        assertEquals("", renewal.fault(), "the old one is valid");
        after(Duration.ofDays(2));
        assertEquals(none, renewal.fault());
        renewal.domain("other.fake-tailnet.ts.net");
        assertEquals(yet.replace("idp", "other"), renewal.fault());
    }

    @Test
    void aNameThatIsBackIsServedAgain() throws Exception {
        renewal.step();
        renewal.domain("other.fake-tailnet.ts.net");
        renewal.domain(FakeTailnet.DNS_NAME);
        assertEquals(HOUR, renewal.step());
        renewal.await(Duration.ofDays(1));
        assertEquals("", renewal.fault());
    }

    @Test
    void whatWasReportedIsNotReportedByTheWait() throws Exception {
        renewal.await(Duration.ZERO);
        assertEquals(List.of(renewal.fault()), failures);
        tailnet.certificateFault("no luck");
        renewal.step();
        renewal.await(Duration.ZERO);
        assertEquals(List.of(renewal.fault()), failures.subList(1, failures.size()));
    }

    @Test
    void theThreadFetchesFollowsTheNameAndEnds() throws Exception {
        renewal.start();
        awaitSubject("CN=idp.fake-tailnet.ts.net");
        tailnet.dnsName("other.fake-tailnet.ts.net");
        renewal.domain("other.fake-tailnet.ts.net");
        awaitSubject("CN=other.fake-tailnet.ts.net");
        renewal.close();
        renewal.thread.join();
        assertEquals(List.of(), failures);
    }

    @Test
    void closingEndsAFetchUnderWayWithoutAReport() throws Exception {
        tailnet.misbehave(FakeMisbehaviour.NEVER_ANSWER);
        renewal.start();
        while (tailnet.connections() == 0) {
            Thread.sleep(5);
        }
        renewal.close();
        renewal.thread.join();
        assertEquals(List.of(), failures);
        assertEquals(1, tailnet.connections());
    }

    private String subject() {
        String alias = certificate.chooseEngineServerAlias("EC", null, null);
        return alias == null ? "" : certificate.getCertificateChain(alias)[0].getSubjectX500Principal().getName();
    }

    private void awaitSubject(String name) throws InterruptedException {
        long start = System.nanoTime();
        while (!subject().equals(name)) {
            assertTrue(System.nanoTime() - start < 10_000_000_000L, () -> subject() + failures);
            Thread.sleep(5);
        }
    }
}
