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
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import tsidp.http.Arrival;
import tsidp.http.Route;
import tsidp.http.Router;
import tsidp.log.Log;
import tsidp.oauth.Issuer;
import tsidp.store.StoreException;
import tsidp.tailnet.CertificateRenewal;
import tsidp.tailnet.CurrentCertificate;
import tsidp.tailnet.Funnel;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.Status;
import tsidp.tailnet.TailnetException;

/// A running provider beside a tailscaled. It asks tailscaled for its name and addresses every few
/// seconds and follows them; while tailscaled does not answer it goes on as it was, and each log-in is refused.
public final class Server implements AutoCloseable {

    /// Where to serve, and under which port.
    ///
    /// @param listen where HTTPS is served; empty for each of the machine's Tailscale addresses
    /// @param issuerPort the port in the issuer's URL, and on the Tailscale addresses
    /// @param enablesSts whether token exchange is served
    /// @param localPort of plain HTTP on loopback; -1 for none
    public record Place(Path socket, Optional<InetSocketAddress> listen, int issuerPort, int localPort,
            boolean enablesSts, boolean logsEverything) {
    }

    /// Ours: how often tailscaled is asked for what may have changed.
    private static final Duration LOOK = Duration.ofSeconds(5);

    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Place place;
    private final State state;
    private final Log log;
    private final InstantSource clock;
    private final LocalApi localApi;
    private final CurrentCertificate certificate = new CurrentCertificate();
    private final Listeners listeners = new Listeners(certificate);
    private final CertificateRenewal renewal;
    private final Set<InetSocketAddress> onTailnet = new HashSet<>();
    private final Semaphore ended = new Semaphore(0);
    private final List<Route<?>> table;
    private final Optional<ServeListener.Proof> proof;
    private Optional<ServeListener> serve = Optional.empty();
    private Optional<Funnel> funnel = Optional.empty();
    private volatile Issuer issuer;
    private volatile String lastFault = "";

    private Server(Place place, Optional<ServeListener.Proof> proof, State state, LocalApi localApi, Issuer issuer,
            InstantSource clock, Log log) {
        this.place = place;
        this.proof = proof;
        this.state = state;
        this.localApi = localApi;
        this.issuer = issuer;
        this.clock = clock;
        this.log = log;
        this.renewal = new CertificateRenewal(localApi, certificate, issuer.host(), clock,
                fault -> log.error("certificate", "fault", fault));
        this.table = Routes.table(() -> this.issuer, state, localApi, place.enablesSts(), clock, log);
    }

    /// Starts to serve. Waits for tailscaled as long as it does not answer or is not on its tailnet.
    ///
    /// @param proof for Funnel: how tailscaled proves that it is tailscaled; empty for no Funnel
    /// @throws IOException with one sentence, if no address can be listened on
    static Server start(Place place, Optional<ServeListener.Proof> proof, State state, InstantSource clock, Log log)
            throws IOException {
        var localApi = new LocalApi(place.socket());
        Status status = awaitTailnet(localApi, log);
        var issuer = new Issuer(status.dnsName(), place.issuerPort());
        var server = new Server(place, proof, state, localApi, issuer, clock, log);
        try {
            server.listen(status);
        } catch (IOException e) {
            server.close();
            throw e;
        }
        if (proof.isEmpty()) {
            server.renewal.start();
        }
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

    /// The issuer, as it is now.
    public Issuer issuer() {
        return issuer;
    }

    /// The addresses that are listened on.
    public Set<InetSocketAddress> addresses() {
        return listeners.addresses();
    }

    /// What keeps people from logging in now; empty if nothing does.
    String fault() {
        return lastFault;
    }

    private void listen(Status status) throws IOException {
        if (place.localPort() != -1) {
            var router = new Router(table, Arrival::local, LOOPBACK_NAMES::contains, log,
                    place.logsEverything());
            listeners.startHttp(new InetSocketAddress(InetAddress.getLoopbackAddress(), place.localPort()), router);
        }
        if (proof.isPresent()) {
            serveAndFunnel(proof.get());
            return;
        }
        IOException fault = listenOnTailnet(status);
        if (fault != null && onTailnet.isEmpty()) {
            throw fault;
        }
    }

    /// With Funnel, tailscaled's serve proxy takes the port on the Tailscale addresses: it would shadow a listener of
    /// ours there, and its TLS ends with it. So peers come through it too.
    private void serveAndFunnel(ServeListener.Proof by) throws IOException {
        ServeListener opened = ServeListener.open(listeners, by, state.secrets().base64Url(32),
                state.directory().path("tsidp.serve"),
                door -> new Router(table, door, host -> host.equals(issuer.host()), log, place.logsEverything()));
        serve = Optional.of(opened);
        funnel = Optional.of(new Funnel(localApi, issuer.host(), place.issuerPort(), opened.target(), fault -> {
            if (fault.isEmpty()) {
                log.info("tailscaled serves tailnet and Funnel", "port", place.issuerPort());
            } else {
                log.error("funnel", "fault", fault);
            }
        }));
        funnel.get().start();
    }

    /// Listens on the addresses of now and on no other; answers the last fault, or null.
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
        var router = new Router(table, host -> host.equals(issuer.host()), log, place.logsEverything());
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
            while (!ended.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    state.expire();
                    adopt(localApi.status().requireRunning());
                } catch (TailnetException e) {
                    report("tailscaled", e.getMessage());
                } catch (StoreException e) {
                    report("store", e.getMessage());
                }
            }
        } catch (InterruptedException leaving) {
            Thread.currentThread().interrupt();
        }
    }

    private void adopt(Status status) {
        if (!status.dnsName().equals(issuer.host())) {
            issuer = new Issuer(status.dnsName(), place.issuerPort());
            renewal.domain(status.dnsName());
            funnel.ifPresent(of -> of.host(status.dnsName()));
            log.warn("this machine has another name now: applications must be told the new issuer",
                    "issuer", issuer.url());
        }
        if ((proof.isPresent() || listenOnTailnet(status) == null) && !lastFault.isEmpty()) {
            lastFault = "";
            log.info("tailscaled answers again");
        }
    }

    /// Each fault once, until another comes or all is well.
    private void report(String event, String fault) {
        if (!fault.equals(lastFault)) {
            lastFault = fault;
            log.error(event, "fault", fault);
        }
    }

    /// Finishes the requests in flight, for 5 seconds at most, and ends. The state stays open.
    @Override
    public void close() {
        ended.release();
        funnel.ifPresent(Funnel::close);
        serve.ifPresent(ServeListener::close);
        listeners.stopAll();
        renewal.close();
        localApi.close();
    }
}
