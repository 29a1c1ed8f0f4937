package tsidp;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import tsidp.log.Log;
import tsidp.node.Daemon;
import tsidp.node.NodeLogin;
import tsidp.tailnet.LocalApi;

/// Our own node: a tailscaled that runs as long as we do, and its login to the tailnet.
///
/// A peer's connection to an unserved port of this node is forwarded to the same port of 127.0.0.1 (wgengine/netstack),
/// and tailscaled has no option to prevent it: the tailnet policy must close those ports.
record OwnNode(Daemon daemon, LocalApi localApi, NodeLogin login) implements AutoCloseable {

    /// Starts it.
    ///
    /// @param addresses receives the URL at which a person can log the node in
    static OwnNode start(Options options, Log log, Consumer<String> addresses) throws UsageException, IOException {
        boolean passesOn = options.isOn(Flag.DEBUG_TSNET);
        var daemon = new Daemon(options.text(Flag.TAILSCALED), options.directory(), options.path(), line -> {
            if (passesOn) {
                log.info("tailscaled", "line", line);
            }
        }, fault -> log.error("tailscaled", "fault", fault));
        var localApi = new LocalApi(daemon.socket());
        var login = new NodeLogin(localApi, options.node(fault -> log.warn("auth key", "fault", fault)), addresses,
                fault -> log.error("waiting for the tailnet", "fault", fault));
        log.warn("tsidp's own node opens every port of this machine's 127.0.0.1 to the tailnet: grant only"
                + " \"ip\": [\"tcp:" + options.issuerPort() + "\"] to it, or run tsidp in a container");
        daemon.start();
        login.start();
        return new OwnNode(daemon, localApi, login);
    }

    Path socket() {
        return daemon.socket();
    }

    /// Waits until the node is on its tailnet for the first time.
    void await() throws IOException {
        try {
            login.await();
        } catch (InterruptedException leaving) {
            throw new IOException("interrupted while waiting for the tailnet");
        }
    }

    @Override
    public void close() {
        login.close();
        localApi.close();
        daemon.close();
    }
}
