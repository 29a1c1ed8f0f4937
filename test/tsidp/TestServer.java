package tsidp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tsidp.admin.CommandResult;
import tsidp.client.Client;
import tsidp.client.ClientMetadata;
import tsidp.endpoint.PersonAccess;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Ports;
import tsidp.http.HttpLimits;
import tsidp.http.Route;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.protocol.Issuer;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;
import tsidp.tailnet.LocalApi;
import tsidp.tailnet.TailnetException;
import tsidp.token.Presence;
import tsidp.token.SignIns;

/// The server as `tsidp` runs it, in this process: beside a simulated tailnet, on free ports, in a directory of its
/// own, with its log in memory.
public final class TestServer implements AutoCloseable {

    private final FakeTailnet tailnet;
    private final InstantSource clock;
    private final Path directory;
    private final int port;
    private final int localPort;
    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final boolean enablesSts;
    private Service service;
    private State state;
    private Server server;

    private TestServer(FakeTailnet tailnet, InstantSource clock, Path directory, boolean enablesSts) {
        this.tailnet = tailnet;
        this.clock = clock;
        this.directory = directory;
        this.enablesSts = enablesSts;
        this.port = Ports.free();
        this.localPort = Ports.free();
    }

    /// Starts one with the real time.
    public static TestServer start(FakeTailnet tailnet) {
        return start(tailnet, InstantSource.system());
    }

    /// Starts one with a clock.
    public static TestServer start(FakeTailnet tailnet, InstantSource clock) {
        try {
            return start(tailnet, clock, Files.createTempDirectory("state"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Starts one in a directory.
    public static TestServer start(FakeTailnet tailnet, InstantSource clock, Path directory) {
        return start(tailnet, clock, directory, true);
    }

    /// Starts one in a directory, with token exchange or without.
    public static TestServer start(FakeTailnet tailnet, InstantSource clock, Path directory, boolean enablesSts) {
        HttpLimits.set();
        var server = new TestServer(tailnet, clock, directory, enablesSts);
        server.open();
        return server;
    }

    private void open() {
        var log = new Log(lines, Level.DEBUG, Log.Format.LOGFMT, clock);
        try {
            service = new Service(log);
            state = service.open(directory, SteadyClock.of(clock));
            // With a network device callers connect directly, here from loopback: they can't sign in.
            Optional<InetSocketAddress> listen = tailnet.hasDevice()
                    ? Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)) : Optional.empty();
            server = service.serve(new Server.Place(tailnet.socket(), listen.isEmpty(), false, listen, port, localPort,
                    enablesSts, true), state, clock);
        } catch (StoreException | IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /// Stops it and starts it again in the same directory, on the same ports.
    public void restart() {
        close();
        open();
    }

    @Override
    public void close() {
        service.close();
    }

    /// Removes what has expired, as the server does every few seconds.
    public void expire() {
        try {
            state.expire();
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Looks at the devices of all sign-ins, as the server does once a minute in parts.
    ///
    /// @throws TailnetException if tailscaled does not answer
    public void look() throws TailnetException {
        try (var localApi = new LocalApi(tailnet.socket())) {
            new Presence(localApi, signIns()).look(1);
        }
    }

    /// Its log, at level debug and with every request.
    public String log() {
        return lines.toString(StandardCharsets.UTF_8);
    }

    /// Runs `tsidp health`.
    public CommandResult health() {
        return run(List.of("health", "-dir", directory.toString()));
    }

    /// Runs `tsidp client` on this server's directory, whether the server is running or not.
    public static CommandResult command(Path directory, String... words) {
        var arguments = new ArrayList<>(List.of("client"));
        arguments.addAll(List.of(words));
        arguments.addAll(List.of("-dir", directory.toString()));
        return run(arguments);
    }

    private static CommandResult run(List<String> arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = Main.run(arguments, Map.of(), new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new CommandResult(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /// The state directory.
    public Path directory() {
        return directory;
    }

    /// The issuer.
    public Issuer issuer() {
        return server.issuer();
    }

    /// The port of HTTPS.
    public int port() {
        return port;
    }

    /// The port of plain HTTP.
    public int localPort() {
        return localPort;
    }

    /// The rows of the routes' table.
    public List<Route<?>> routes() {
        try (var localApi = new LocalApi(tailnet.socket())) {
            var log = new Log(new ByteArrayOutputStream(), Level.ERROR, Log.Format.LOGFMT, clock);
            return Routes.table(this::issuer, state, new PersonAccess(localApi, () -> "", () -> "tag:tsidp",
                    log.faults("rule")), new Presence(localApi, signIns()), enablesSts, log);
        }
    }

    /// Names and environment variables of the flags, each as `-name VARIABLE`.
    public static List<String> flags() {
        var flags = new ArrayList<String>();
        for (Flag flag : Flag.values()) {
            flags.add(("-" + flag.flagName() + " " + flag.variable()).strip());
        }
        return flags;
    }

    /// The sign-ins.
    public SignIns signIns() {
        return state.signIns();
    }

    /// Runs the words after `tsidp client` as the server does, and returns the exit status.
    public int command(String... words) {
        return command(directory, words).status();
    }

    /// Registers a client with a secret.
    public Client client(String... redirectUris) {
        return client("", JsonObject.EMPTY, redirectUris);
    }

    /// Registers a client without a secret.
    public Client publicClient(String... redirectUris) {
        return client("none", JsonObject.EMPTY, redirectUris);
    }

    /// Registers a client with a secret whose refresh tokens rotate.
    public Client rotatingClient(String... redirectUris) {
        return client("", JsonObject.EMPTY.with("refresh_token_rotation", JsonBoolean.TRUE), redirectUris);
    }

    private Client client(String method, JsonObject others, String... redirectUris) {
        try {
            return state.clients().create(new ClientMetadata("Test", List.of(redirectUris), method, others));
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Somebody's browser that speaks plain HTTP, to the tailnet's serve proxy.
    public Browser plain(String who) {
        return new Browser(tailnet.source(who), new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                Optional.empty(), server.issuer().host() + ":" + port);
    }

    /// Somebody's browser that speaks HTTPS, to the tailnet's serve proxy.
    public Browser secure(String who) {
        return new Browser(tailnet.source(who), new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                Optional.of(tailnet.clientContext()), server.issuer().host() + ":" + port);
    }

    /// A program on the server's machine, at the plain HTTP listener.
    public Browser nobody() {
        var loopback = InetAddress.getLoopbackAddress();
        return new Browser(loopback, new InetSocketAddress(loopback, localPort), Optional.empty(),
                "localhost:" + localPort);
    }
}
