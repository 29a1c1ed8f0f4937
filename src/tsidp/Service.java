package tsidp;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;
import tsidp.admin.ClientsApi;
import tsidp.admin.ControlSocket;
import tsidp.log.Log;
import tsidp.store.SteadyClock;

/// Everything that runs while tsidp serves: state, control socket, our own node if there is one, and the server. It
/// stops in reverse order, even if the start did not finish.
final class Service implements AutoCloseable {

    private final Log log;
    private final Deque<Runnable> ends = new ArrayDeque<>();
    private boolean isClosed;
    private volatile String waitsFor = "starting";
    private volatile Server server;

    Service(Log log) {
        this.log = log;
    }

    /// Starts everything. Waits until the node is on its tailnet.
    ///
    /// @param loginAddresses receives the URL at which a person can log our own node in
    /// @throws IOException with a message for the operator; the caller must then call `close`
    void start(Options options, Consumer<String> loginAddresses) throws UsageException, IOException {
        State state = open(options.directory(), SteadyClock.system());
        boolean isOurs = !options.isOn(Flag.USE_LOCAL_TAILSCALED);
        var socket = Path.of(options.text(Flag.SOCKET));
        waitsFor = "waiting for the tailnet: see the log";
        if (isOurs) {
            var node = OwnNode.start(options, log, loginAddresses);
            endsWith(node::close);
            node.await();
            socket = node.socket();
        }
        var place = new Server.Place(socket, isOurs, options.isOn(Flag.FUNNEL), options.listen(), options.issuerPort(),
                options.number(Flag.LOCAL_PORT), options.isOn(Flag.ENABLE_STS), options.isOn(Flag.DEBUG_ALL_REQUESTS));
        serve(place, state, Clock.systemUTC());
    }

    /// Opens the state, and takes commands about it.
    State open(Path directory, SteadyClock clock) {
        var state = State.open(directory, clock, log);
        endsWith(state::close);
        control(state).ifPresent(control -> endsWith(control::close));
        long takenOver = state.registrations().takenOver();
        if (takenOver > 0) {
            log.info("clients of the Go tsidp registered themselves: they ask each person once, unless you trust them",
                    "clients", takenOver, "trust", "tsidp client update CLIENT_ID -trusted");
        }
        return state;
    }

    /// Starts to serve.
    ///
    /// @throws IOException with a message for the operator
    Server serve(Server.Place place, State state, InstantSource clock) throws IOException {
        server = Server.start(place, state, clock, log);
        endsWith(server::close);
        return server;
    }

    private Optional<ControlSocket> control(State state) {
        var api = new ClientsApi(state.clients(), state.revocation(), log);
        try {
            return Optional.of(ControlSocket.open(state.directory(), api, this::fault, log));
        } catch (IOException e) {
            log.warn("tsidp client and tsidp health can't reach this server", "fault", e.getMessage());
            return Optional.empty();
        }
    }

    private String fault() {
        return server == null ? waitsFor : server.fault();
    }

    private synchronized void endsWith(Runnable end) {
        if (isClosed) {
            end.run();
        } else {
            ends.push(end);
        }
    }

    /// Stops what has started.
    @Override
    public synchronized void close() {
        isClosed = true;
        while (!ends.isEmpty()) {
            ends.pop().run();
        }
    }
}
