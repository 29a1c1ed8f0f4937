package tsidp.serve;

import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import tsidp.tailnet.BackOff;
import tsidp.tailnet.BusSession;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.Status;
import tsidp.tailnet.TailnetException;

/// Keeps our entry in tailscaled's serve config. With it, tailscaled serves this machine's name to the tailnet, and to
/// the Internet if Funnel is on, and forwards each request to our server. The entry lasts only as long as our session,
/// so it disappears with us, even after kill -9; `If-Match` preserves the entries of others.
public final class ServeEntry implements AutoCloseable {

    /// From Tailscale: the only ports of Funnel.
    private static final Set<Integer> PORTS = Set.of(443, 8443, 10_000);

    /// Ours: how often to retry if another program changes the config at the same time.
    private static final int ATTEMPTS = 10;

    private final LocalApi localApi;
    private final int port;
    private final String target;
    private final boolean isFunnel;
    private final Consumer<String> failures;
    private volatile String host;
    private volatile boolean closed;
    private volatile BusSession session;
    private volatile BusSession served;
    private volatile Thread thread;

    /// Does nothing until [#start].
    ///
    /// @param target as in `http://127.0.0.1:8080/path` or `unix:/path`
    /// @param isFunnel whether to serve the Internet too
    /// @param failures receives each new failure; an empty text is success
    public ServeEntry(LocalApi localApi, String host, int port, String target, boolean isFunnel,
            Consumer<String> failures) {
        this.localApi = localApi;
        this.host = host;
        this.port = port;
        this.target = target;
        this.isFunnel = isFunnel;
        this.failures = failures;
    }

    /// Whether Funnel supports a port.
    public static boolean isFunnelPort(int port) {
        return PORTS.contains(port);
    }

    /// Starts the thread that does the work, until [#close].
    public void start() {
        thread = Thread.ofVirtual().name("serve").start(this::run);
    }

    /// The machine's name has changed: serves the new one instead.
    public void host(String newHost) {
        if (!newHost.equals(host)) {
            host = newHost;
            endSession();
        }
    }

    /// Checks that the entry still exists, since another program may have replaced the config, and restores it if not.
    public void check() throws TailnetException {
        BusSession now = served;
        if (now != null && !localApi.serveConfig().hasForeground(now.id())) {
            endSession();
        }
    }

    @Override
    public void close() {
        closed = true;
        endSession();
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void endSession() {
        BusSession now = session;
        if (now != null) {
            now.close();
        }
    }

    private void run() {
        var pauses = new BackOff(Duration.ofSeconds(1), Duration.ofMinutes(1));
        String last = "";
        try {
            while (!closed) {
                String fault = "";
                try (BusSession now = localApi.session()) {
                    session = now;
                    serve(now.id());
                    served = now;
                    pauses.reset();
                    last = isFunnel ? lacking(localApi.status()) : "";
                    failures.accept(last);
                    now.awaitEnd();
                } catch (TailnetException failure) {
                    fault = failure.getMessage();
                }
                served = null;
                if (!fault.isEmpty() && !fault.equals(last) && !closed) {
                    last = fault;
                    failures.accept(fault);
                }
                Thread.sleep(pauses.next());
            }
        } catch (InterruptedException leaving) {
            // The thread is meant to end here.
        }
    }

    private void serve(String sessionId) throws TailnetException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            var changed = localApi.serveConfig().withForeground(sessionId, host, port, target, isFunnel);
            if (localApi.replaceServeConfig(changed)) {
                return;
            }
        }
        throw new TailnetException(TailnetException.Kind.BUSY,
                "tailscaled's serve config keeps changing: another program is editing it");
    }

    /// Without these, tailscaled serves only the tailnet, and does not report it.
    private static String lacking(Status status) {
        if (!status.attributes().contains("https")) {
            return "Funnel needs HTTPS certificates: enable them on the DNS page of the Tailscale admin console";
        }
        return status.attributes().contains("funnel") ? "" : "this node may not use Funnel: give it the node attribute"
                + " \"funnel\" in the tailnet policy (nodeAttrs)";
    }
}
