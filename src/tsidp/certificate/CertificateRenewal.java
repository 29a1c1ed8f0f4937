package tsidp.certificate;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.TailnetException;

/// Keeps a [CurrentCertificate] current: fetches the certificate of this machine's name at start, again when less than
/// a third of its lifetime is left, and at once when the name changes. While that fails, the old one stays.
public final class CertificateRenewal implements AutoCloseable {

    /// Ours: how often the remaining lifetime is checked. The shortest-lived certificates in use last six days.
    private static final Duration CHECK = Duration.ofHours(1);

    /// Ours: pauses between failed attempts double from the first to the last. Certificate authorities limit failures,
    /// and tailscaled passes each attempt on.
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LAST_PAUSE = Duration.ofMinutes(5);

    /// Ours: an error text may contain an order number, so that each is different.
    private static final int MAX_REPORTED = 16;

    private final LocalApi localApi;
    private final CurrentCertificate certificate;
    private final InstantSource time;
    private final Consumer<String> failures;
    private final Semaphore wake = new Semaphore(0);
    private final Set<String> reported = new HashSet<>();
    private volatile String domain;
    volatile Thread thread;
    private String asked = "";
    private String fetchedDomain = "";
    private CertificatePair fetched;
    private Duration pause = FIRST_PAUSE;

    /// Does nothing until [#start()].
    ///
    /// @param failures receives each distinct failure once, until the next success
    public CertificateRenewal(LocalApi localApi, CurrentCertificate certificate, String domain, InstantSource time,
            Consumer<String> failures) {
        this.localApi = localApi;
        this.certificate = certificate;
        this.domain = domain;
        this.time = time;
        this.failures = failures;
    }

    /// Starts the thread that does the work, until [#close()].
    public synchronized void start() {
        if (thread == null) {
            thread = Thread.ofVirtual().name("certificate-renewal").start(this::run);
        }
    }

    /// The machine's name has changed: fetches the certificate of the new one now.
    public void domain(String newName) {
        if (!newName.equals(domain)) {
            domain = newName;
            wake.release();
        }
    }

    /// Ends the thread, even in the middle of a fetch.
    @Override
    public synchronized void close() {
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Duration wait = step();
                if (wake.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                    wake.drainPermits();
                }
            }
        } catch (InterruptedException closed) {
            // The thread is meant to end here.
        }
    }

    /// Fetches a certificate if it is time.
    ///
    /// @return how long to wait for the next step
    Duration step() {
        String name = domain;
        boolean newName = !name.equals(fetchedDomain);
        if (!newName && left().compareTo(third()) >= 0) {
            return CHECK;
        }
        if (!name.equals(asked)) {
            asked = name;
            forgetFailures();
        }
        try {
            CertificatePair pair = CertificatePair.of(localApi, name, newName ? Duration.ZERO : third());
            if (!name.equals(domain)) {
                return Duration.ZERO;
            }
            fetched = pair;
            fetchedDomain = name;
            certificate.replace(pair);
            if (left().compareTo(third()) >= 0) {
                forgetFailures();
                return CHECK;
            }
            // From tailscaled's cache: the next request says how long it must be valid.
            return newName ? Duration.ZERO : failed("tailscaled returned a certificate that is about to expire");
        } catch (TailnetException failure) {
            return failed("no certificate for " + name + ": " + failure.getMessage());
        }
    }

    private Duration failed(String what) {
        if (!Thread.currentThread().isInterrupted() && reported.size() < MAX_REPORTED && reported.add(what)) {
            failures.accept(what);
        }
        Duration now = pause;
        pause = pause.multipliedBy(2).compareTo(LAST_PAUSE) > 0 ? LAST_PAUSE : pause.multipliedBy(2);
        return now;
    }

    private void forgetFailures() {
        reported.clear();
        pause = FIRST_PAUSE;
    }

    private Duration left() {
        return Duration.between(time.instant(), fetched.leaf().getNotAfter().toInstant());
    }

    private Duration third() {
        var leaf = fetched.leaf();
        return Duration.between(leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant()).dividedBy(3);
    }
}
