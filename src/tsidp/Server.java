package tsidp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tsidp.backchannel.LogoutNotices;
import tsidp.certificate.CertificateRenewal;
import tsidp.certificate.CurrentCertificate;
import tsidp.endpoint.PersonAccess;
import tsidp.http.Caller;
import tsidp.http.Descriptors;
import tsidp.http.Listeners;
import tsidp.http.Route;
import tsidp.http.Router;
import tsidp.log.Log;
import tsidp.protocol.Issuer;
import tsidp.serve.ServeEntry;
import tsidp.serve.ServeListener;
import tsidp.serve.ServeProxy;
import tsidp.store.StoreException;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.Status;
import tsidp.tailnet.TailnetException;
import tsidp.token.Presence;

/// A running provider beside a tailscaled. It polls tailscaled for its name and addresses every few seconds and follows
/// changes; while tailscaled does not answer, it keeps running as it was, and every sign-in is refused.
public final class Server implements AutoCloseable {

    /// Where to serve.
    ///
    /// @param socket of LocalAPI
    /// @param isOwnNode whether the tailscaled there is our own
    /// @param isFunnel whether the Internet is served too
    /// @param listen where HTTPS is served; empty for each of the machine's Tailscale addresses
    /// @param issuerPort the port in the issuer's URL, and on the Tailscale addresses
    /// @param enablesSts whether token exchange is served
    /// @param localPort of plain HTTP on loopback; -1 for none
    public record Place(Path socket, boolean isOwnNode, boolean isFunnel, Optional<InetSocketAddress> listen,
            int issuerPort, int localPort, boolean enablesSts, boolean logsEverything) {

        /// Whether peers come through tailscaled's serve proxy: a tailscaled without a network device forwards their
        /// connections from loopback, where they can't be identified; and with Funnel the proxy has the port.
        private boolean isServed(Status status) {
            return isOwnNode || isFunnel || !status.hasDevice();
        }
    }

    /// Ours: the interval at which tailscaled is polled for changes.
    private static final Duration LOOK = Duration.ofSeconds(5);

    /// Ours: after how many of these intervals the heap shrinks: five minutes.
    private static final int REST = 60;

    /// Ours: after how many of these intervals tailscaled was asked about the device of each sign-in: a minute.
    private static final int ROUND = 12;

    /// Ours: how long the start waits for tailscaled to serve, or for its certificate. It goes on without: log and
    /// health say what is wrong.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Place place;
    private final State state;
    private final Log log;
    private final Descriptors descriptors;
    private final InstantSource clock;
    private final LocalApi localApi;
    private final CurrentCertificate certificate = new CurrentCertificate();
    private final Listeners listeners;
    private final CertificateRenewal renewal;
    private final Set<InetSocketAddress> onTailnet = new HashSet<>();
    private final Semaphore ended = new Semaphore(0);
    private final Presence presence;
    private final LogoutNotices notices;
    private final List<Route<?>> table;
    private final boolean isServed;
    private Optional<ServeListener> serve = Optional.empty();
    private Optional<ServeEntry> entry = Optional.empty();
    private volatile Issuer issuer;
    private volatile Status self;
    private volatile String lastFault = "";
    private volatile String serveFault = "";

    private Server(Place place, State state, LocalApi localApi, Status self, InstantSource clock, Log log) {
        this.place = place;
        this.isServed = place.isServed(self);
        this.state = state;
        this.localApi = localApi;
        this.self = self;
        this.issuer = new Issuer(self.dnsName(), place.issuerPort());
        this.clock = clock;
        this.log = log;
        this.listeners = new Listeners(certificate, log.faults("listen"));
        this.descriptors = new Descriptors(Path.of("/proc/self"), log);
        this.renewal = new CertificateRenewal(localApi, certificate, issuer.host(), clock,
                fault -> log.error("certificate", "fault", fault));
        var person = new PersonAccess(localApi, () -> this.self.stableId(),
                () -> this.self.destination(), log.faults("rule"));
        this.notices = new LogoutNotices(() -> this.issuer, state.clients(), state.keys(), state.secrets(),
                state.clock(), log);
        state.signIns().watch((ended, _) -> notices.ended(ended));
        this.presence = new Presence(localApi, state.signIns());
        this.table = Routes.table(() -> this.issuer, state, person, presence, place.enablesSts(), log);
    }

    /// Starts to serve. Waits until tailscaled answers and is on its tailnet.
    ///
    /// @throws IOException with a message for the operator, if it can't listen on any address
    static Server start(Place place, State state, InstantSource clock, Log log) throws IOException {
        var localApi = new LocalApi(place.socket());
        Status status = awaitTailnet(localApi, log);
        var server = new Server(place, state, localApi, status, clock, log);
        try {
            server.listen(status);
            server.descriptors.expect(3 * server.addresses().size() - 2 * server.onTailnet.size());
        } catch (IOException | InterruptedException e) {
            server.close();
            throw e instanceof IOException fault ? fault : new IOException("interrupted while waiting for tailscaled");
        }
        state.clients().all().forEach(client -> client.unusable().forEach((uri, fault) -> log.warn(
                "a redirect URI can't be used", "client", client.id(), "application", client.name(), "redirect_uri",
                uri, "why", fault)));
        Thread.ofVirtual().name("follow").start(server::follow);
        log.info("tsidp server started", "issuer", server.issuer.url());
        return server;
    }

    private static Status awaitTailnet(LocalApi localApi, Log log) throws IOException {
        String lastFault = "";
        while (true) {
            try {
                return localApi.status().requireRunning();
            } catch (TailnetException e) {
                if (!lastFault.equals(e.getMessage())) {
                    lastFault = e.getMessage();
                    log.error("waiting for tailscaled", "fault", lastFault);
                }
            }
            try {
                Thread.sleep(Duration.ofSeconds(1));
            } catch (InterruptedException leaving) {
                throw new IOException("interrupted while waiting for tailscaled");
            }
        }
    }

    /// The current issuer.
    public Issuer issuer() {
        return issuer;
    }

    /// The addresses that we listen on.
    public Set<InetSocketAddress> addresses() {
        return listeners.addresses();
    }

    /// Why people can't sign in at the moment; empty if they can.
    String fault() {
        return Stream.of(lastFault, serveFault, renewal.fault(), state.fault())
                .filter(fault -> !fault.isEmpty()).findFirst().orElse("");
    }

    private void listen(Status status) throws IOException, InterruptedException {
        if (place.localPort() != -1) {
            var router = new Router(table, Caller::local, LOOPBACK_NAMES::contains, log, place.logsEverything());
            listeners.startHttp(new InetSocketAddress(InetAddress.getLoopbackAddress(), place.localPort()), router);
        }
        if (isServed) {
            // tailscaled ends TLS: so it has the certificate at hand, and the log says why if it can't.
            renewal.start();
            beServed();
            return;
        }
        renewal.keepIn(state.directory());
        renewal.start();
        renewal.await(PATIENCE);
        IOException fault = listenOnTailnet(status);
        if (fault != null && onTailnet.isEmpty()) {
            throw fault;
        }
    }

    private void beServed() throws IOException, InterruptedException {
        if (place.listen().isPresent()) {
            throw new IOException("-listen can't be used with this tailscaled, which has no"
                    + " network device: nothing proves there who connects. Leave -listen out and run tsidp as root:"
                    + " tailscaled hands it each request and says who sent it");
        }
        String prefix = "/" + state.secrets().base64Url(32);
        var router = new Router(table, new ServeProxy(prefix, this::isOurs), this::isIssuer, log,
                place.logsEverything());
        var keeper = place.isOwnNode() ? ServeListener.Keeper.SERVE_CONFIG : ServeListener.Keeper.SOCKET;
        ServeListener opened = ServeListener.open(listeners, keeper, prefix, state.directory().path("tsidp.serve"),
                router);
        serve = Optional.of(opened);
        var told = new CountDownLatch(1);
        entry = Optional.of(new ServeEntry(localApi, issuer.host(), place.issuerPort(), opened.target(),
                place.isFunnel(), fault -> {
                    serveFault = fault;
                    if (fault.isEmpty()) {
                        log.info("tailscaled serves", "port", place.issuerPort(), "funnel", place.isFunnel());
                    } else {
                        log.error("serve", "fault", fault);
                    }
                    told.countDown();
                }));
        entry.get().start();
        told.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private boolean isIssuer(String host) {
        return host.equals(issuer.host());
    }

    private boolean isOurs(InetAddress address) {
        return self.addresses().contains(address);
    }

    /// Listens on exactly the current addresses; returns the last fault, or null.
    private IOException listenOnTailnet(Status status) {
        Set<InetSocketAddress> wanted = new HashSet<>();
        place.listen().ifPresentOrElse(wanted::add, () -> status.addresses()
                .forEach(address -> wanted.add(new InetSocketAddress(address, place.issuerPort()))));
        for (InetSocketAddress address : Set.copyOf(onTailnet)) {
            if (!wanted.contains(address)) {
                log.info("address gone", "address", address);
                onTailnet.remove(address);
                Thread.ofVirtual().start(() -> listeners.stop(address));
            }
        }
        IOException fault = null;
        var router = new Router(table, Caller.direct(this::isOurs), this::isIssuer, log, place.logsEverything());
        for (InetSocketAddress address : wanted) {
            try {
                if (!onTailnet.contains(address)) {
                    listeners.startHttps(address, router);
                    onTailnet.add(address);
                    log.info("listening", "address", address);
                }
            } catch (IOException e) {
                report("listen", e.getMessage());
                fault = e;
            }
        }
        return fault;
    }

    private void follow() {
        try {
            for (int i = 1; !ended.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS); i++) {
                if (i % REST == 0) {
                    // Nothing else returns to the system what a busy hour needed: some 20 ms of work.
                    System.gc();
                }
                log.sweep();
                descriptors.look();
                try {
                    state.expire();
                    adopt(localApi.status().requireRunning());
                    if (entry.isPresent()) {
                        entry.get().check();
                    }
                    presence.look(ROUND);
                } catch (TailnetException e) {
                    report("tailscaled", e.getMessage());
                } catch (StoreException e) {
                    report("store", e.getMessage());
                } catch (RuntimeException bug) {
                    report("unexpected", bug.getClass().getName() + " at " + bug.getStackTrace()[0]);
                }
            }
        } catch (InterruptedException leaving) {
            Thread.currentThread().interrupt();
        }
    }

    private void adopt(Status status) throws InterruptedException {
        self = status;
        if (!status.dnsName().equals(issuer.host())) {
            renewal.domain(status.dnsName());
            if (!isServed) {
                renewal.await(PATIENCE);
            }
            issuer = new Issuer(status.dnsName(), place.issuerPort());
            entry.ifPresent(served -> served.host(status.dnsName()));
            log.warn("this machine was renamed: applications must use the new issuer",
                    "issuer", issuer.url());
        }
        if ((isServed || listenOnTailnet(status) == null) && !lastFault.isEmpty()) {
            lastFault = "";
            log.info("tailscaled answers again");
        }
    }

    /// Logs each fault once, until it changes or everything works.
    private void report(String event, String fault) {
        if (!fault.equals(lastFault)) {
            lastFault = fault;
            log.error(event, "fault", fault);
        }
    }

    /// Finishes the requests in flight, for at most 5 seconds, and stops. The state stays open.
    @Override
    public void close() {
        ended.release();
        entry.ifPresent(ServeEntry::close);
        serve.ifPresent(ServeListener::close);
        listeners.stopAll();
        renewal.close();
        notices.close();
        localApi.close();
    }
}
