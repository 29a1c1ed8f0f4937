package tsidp.certificate;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tsidp.store.StateDirectory;
import tsidp.tailnet.BackOff;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.TailnetException;

/// Keeps a [CurrentCertificate] current: fetches the certificate of this machine's name at start, again when less than
/// a third of its lifetime is left, and at once when the name changes. While that fails, the old one stays. Until the
/// first has arrived, the one that [KeptCertificate] has is served.
public final class CertificateRenewal implements AutoCloseable {

    /// Ours: how often the remaining lifetime is checked. The shortest-lived certificates in use last six days.
    private static final Duration CHECK = Duration.ofHours(1);

    /// Ours: an error text may contain an order number, so that each is different.
    private static final int MAX_REPORTED = 16;

    /// The certificate of one name.
    private static final class Wanted {
        final String domain;
        final CountDownLatch served = new CountDownLatch(1);
        volatile String fault;

        Wanted(String domain) {
            this.domain = domain;
            this.fault = "no certificate for " + domain + " yet: tailscaled was asked, and the first takes a minute";
        }
    }

    private final LocalApi localApi;
    private final CurrentCertificate certificate;
    private final InstantSource time;
    private final Consumer<String> failures;
    private final Semaphore wake = new Semaphore(0);
    private final Set<String> reported = new HashSet<>();
    private volatile Wanted wanted;
    volatile Thread thread;
    private Optional<KeptCertificate> kept = Optional.empty();
    private Wanted asked;
    private Wanted fetchedFor;
    private CertificatePair fetched;
    /// Ours: the pauses between failed attempts. Certificate authorities limit failures, and tailscaled passes each
    /// attempt on.
    private final BackOff pauses = new BackOff(Duration.ofSeconds(1), Duration.ofMinutes(5));

    /// Does nothing until [#start()].
    ///
    /// @param failures receives each distinct failure once, until the next success
    public CertificateRenewal(LocalApi localApi, CurrentCertificate certificate, String domain, InstantSource time,
            Consumer<String> failures) {
        this.localApi = localApi;
        this.certificate = certificate;
        this.wanted = new Wanted(domain);
        this.time = time;
        this.failures = failures;
    }

    /// Serves the certificate that was kept there, and keeps there what tailscaled gives. Before [#start()].
    public void keepIn(StateDirectory directory) {
        kept = Optional.of(new KeptCertificate(directory, failures));
        kept.get().read(wanted.domain, time.instant()).ifPresent(pair -> serve(wanted, pair));
    }

    /// Starts the thread that does the work, until [#close()].
    public synchronized void start() {
        if (thread == null) {
            thread = Thread.ofVirtual().name("certificate-renewal").start(this::run);
        }
    }

    /// The machine's name has changed: fetches the certificate of the new one now.
    public void domain(String newName) {
        if (!newName.equals(wanted.domain)) {
            wanted = new Wanted(newName);
            wake.release();
        }
    }

    /// Waits until the certificate of the machine's name is served, for that long at most. Reports where it is not.
    public void await(Duration patience) throws InterruptedException {
        Wanted now = wanted;
        if (!now.served.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            report(now.fault);
        }
    }

    /// What keeps every handshake from succeeding now, a sentence; empty if nothing does.
    public String fault() {
        Wanted now = wanted;
        boolean isServed = now.served.getCount() == 0;
        return isServed && certificate.expiry().filter(time.instant()::isBefore).isPresent() ? "" : now.fault;
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
        Wanted now = wanted;
        boolean isNew = now != fetchedFor;
        if (!isNew && left().compareTo(third()) >= 0) {
            return CHECK;
        }
        if (now != asked) {
            asked = now;
            forgetFailures();
        }
        try {
            byte[] pem = localApi.certificate(now.domain, isNew ? Duration.ZERO : third());
            CertificatePair pair = CertificatePair.of(pem);
            if (now != wanted) {
                return Duration.ZERO;
            }
            fetchedFor = now;
            if (!pair.equals(fetched)) {
                kept.ifPresent(file -> file.write(pem));
            }
            serve(now, pair);
            if (left().compareTo(third()) >= 0) {
                forgetFailures();
                return CHECK;
            }
            // From tailscaled's cache: the next request says how long it must be valid.
            return isNew ? Duration.ZERO : failed(now, "tailscaled returned a certificate that is about to expire");
        } catch (TailnetException failure) {
            return failed(now, "no certificate for " + now.domain + ": " + failure.getMessage());
        }
    }

    private void serve(Wanted now, CertificatePair pair) {
        fetched = pair;
        certificate.replace(pair);
        now.served.countDown();
    }

    private Duration failed(Wanted now, String what) {
        now.fault = what;
        report(what);
        return pauses.next();
    }

    private synchronized void report(String what) {
        if (!Thread.currentThread().isInterrupted() && reported.size() < MAX_REPORTED && reported.add(what)) {
            failures.accept(what);
        }
    }

    private synchronized void forgetFailures() {
        reported.clear();
        pauses.reset();
    }

    private Duration left() {
        return Duration.between(time.instant(), fetched.leaf().getNotAfter().toInstant());
    }

    private Duration third() {
        var leaf = fetched.leaf();
        return Duration.between(leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant()).dividedBy(3);
    }
}
