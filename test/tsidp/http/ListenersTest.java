package tsidp.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.certificate.CertificatePair;
import tsidp.certificate.CurrentCertificate;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Ports;
import tsidp.tailnet.LocalApi;

/// How listeners end. The grace is an hour, or none: a test that needs it does not end in time.
@Timeout(60)
class ListenersTest {

    private static final int AN_HOUR = 3600;

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final CurrentCertificate certificate = new CurrentCertificate();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);

    @BeforeEach
    void start() throws Exception {
        HttpLimits.set();
        try (var localApi = new LocalApi(tailnet.socket())) {
            certificate.replace(CertificatePair.of(localApi.certificate(FakeTailnet.DNS_NAME, Duration.ZERO)));
        }
    }

    @AfterEach
    void stop() {
        tailnet.close();
    }

    private Browser serve(Listeners listeners) {
        while (true) {
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free());
            try {
                listeners.startHttps(address, this::answer);
                return new Browser(tailnet.source(FakeTailnet.ALICE), address, Optional.of(tailnet.clientContext()),
                        FakeTailnet.DNS_NAME);
            } catch (IOException taken) {
                assertTrue(taken.getMessage().startsWith("another program"), taken.getMessage());
            }
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        if (exchange.getRequestURI().getPath().equals("/slow")) {
            asked.countDown();
            try {
                mayAnswer.await();
            } catch (InterruptedException cut) {
                Thread.currentThread().interrupt();
            }
        }
        try (exchange) {
            exchange.sendResponseHeaders(200, -1);
        }
    }

    @Test
    void connectionsThatAskNothingAreNotWaitedFor() throws Exception {
        var listeners = new Listeners(certificate, _ -> { }, AN_HOUR);
        Browser browser = serve(listeners);
        try (Socket silent = browser.connect(); Socket answered = browser.connect()) {
            browser.write(answered, "GET", "/", new byte[0]);
            assertEquals(200, Browser.read(answered, "HEAD").status());
            listeners.stopAll();
            assertEnds(silent);
            assertEnds(answered);
        }
    }

    @Test
    void aRequestInProgressIsAnsweredAndNoConnectionTakenMeanwhile() throws Exception {
        var listeners = new Listeners(certificate, _ -> { }, AN_HOUR);
        Browser browser = serve(listeners);
        try (Socket slow = browser.connect()) {
            browser.write(slow, "GET", "/slow", new byte[0]);
            asked.await();
            Thread stop = Thread.startVirtualThread(listeners::stopAll);
            while (isListening(browser)) {
                Thread.onSpinWait();
            }
            assertTrue(stop.isAlive());
            mayAnswer.countDown();
            assertEquals(200, Browser.read(slow, "HEAD").status());
            stop.join();
        }
    }

    @Test
    void aRequestThatNeverEndsIsCutOffAfterTheGrace() throws Exception {
        var listeners = new Listeners(certificate, _ -> { }, 0);
        Browser browser = serve(listeners);
        try (Socket slow = browser.connect()) {
            browser.write(slow, "GET", "/slow", new byte[0]);
            asked.await();
            listeners.stopAll();
            assertEnds(slow);
        }
    }

    private static boolean isListening(Browser browser) {
        try (Socket _ = browser.connect()) {
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    private static void assertEnds(Socket socket) {
        assertThrows(IOException.class, () -> {
            if (socket.getInputStream().read() < 0) {
                throw new IOException("closed");
            }
        });
    }
}
