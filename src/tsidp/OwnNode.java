package tsidp;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import tsidp.log.Log;
import tsidp.node.Daemon;
import tsidp.node.NodeLogin;
import tsidp.tailnet.LocalApi;

/// A node of our own: a tailscaled that runs as long as we do, and its place on the tailnet.
///
/// A connection of a peer to a port of this node that nothing serves is handed on to that port of 127.0.0.1
/// (wgengine/netstack), and tailscaled can't be told not to: the tailnet's policy must close them.
record OwnNode(Daemon daemon, LocalApi localApi, NodeLogin login) implements AutoCloseable {

    /// Starts it.
    ///
    /// @param addresses is told where a person logs the node in
    static OwnNode start(Options options, Log log, Consumer<String> addresses) throws UsageException, IOException {
        boolean passesOn = options.isOn(Flag.DEBUG_TSNET);
        var daemon = new Daemon(options.text(Flag.TAILSCALED), options.directory(), options.path(), line -> {
            if (passesOn) {
                log.info("tailscaled", "line", line);
            }
        }, fault -> log.error("tailscaled", "fault", fault));
        var localApi = new LocalApi(daemon.socket());
        var login = new NodeLogin(localApi, options.node(), addresses,
                fault -> log.error("waiting for the tailnet", "fault", fault));
        log.warn("a node of our own opens every port of this machine's 127.0.0.1 to the tailnet: grant"
                + " \"ip\": [\"tcp:" + options.issuerPort() + "\"] to it and nothing more, or run it in a container");
        daemon.start();
        login.start();
        return new OwnNode(daemon, localApi, login);
    }

    Path socket() {
        return daemon.socket();
    }

    /// Waits until it is on its tailnet for the first time.
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
