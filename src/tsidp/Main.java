package tsidp;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import tsidp.admin.ClientCommand;
import tsidp.admin.ClientsApi;
import tsidp.admin.CommandResult;
import tsidp.admin.ControlSocket;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.store.StateDirectory;
import tsidp.store.StoreException;

/// The command `tsidp`. Ends with status 0, with 1 for a failure, with 2 for a command line that can't be understood.
public final class Main {

    private Main() {
    }

    /// Runs the command line.
    public static void main(String[] arguments) {
        HttpLimits.set();
        int status = run(List.of(arguments), System.getenv(), System.out, System.err);
        System.out.flush();
        System.exit(status);
    }

    static int run(List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
        try {
            if (!arguments.isEmpty() && arguments.getFirst().equals("client")) {
                CommandResult result = client(arguments.subList(1, arguments.size()), environment);
                out.print(result.output());
                err.print(result.error().isEmpty() ? "" : "tsidp: " + result.error() + "\n");
                return result.status();
            }
            boolean isHealth = !arguments.isEmpty() && arguments.getFirst().equals("health");
            var options = Options.parse(isHealth ? arguments.subList(1, arguments.size()) : arguments, environment);
            if (options.isOn(Flag.HELP)) {
                out.print(usage());
            } else if (options.isOn(Flag.VERSION)) {
                out.println("tsidp " + version());
            } else if (isHealth) {
                health(options, out);
            } else {
                serve(options, err);
            }
            return 0;
        } catch (UsageException e) {
            err.println("tsidp: " + e.getMessage());
            return 2;
        } catch (StoreException | IOException e) {
            err.println("tsidp: " + e.getMessage());
            return 1;
        }
    }

    private static void serve(Options options, PrintStream err) throws UsageException, StoreException, IOException {
        var log = new Log(System.err, options.level(), options.logFormat(), Clock.systemUTC());
        var state = State.open(options.directory(), Clock.systemUTC(), log);
        var server = new AtomicReference<Server>();
        var ended = new CountDownLatch(1);
        Optional<OwnNode> node = Optional.empty();
        Optional<ControlSocket> control = control(state, server, log);
        try {
            boolean isOurs = !options.isOn(Flag.USE_LOCAL_TAILSCALED);
            if (isOurs) {
                node = Optional.of(OwnNode.start(options, log, address -> err.println(
                        "To put this node on your tailnet, open " + address)));
                node.get().await();
            }
            var listen = isOurs && !options.isSet(Flag.LISTEN)
                    ? Optional.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), options.issuerPort()))
                    : options.listen();
            var place = new Server.Place(node.map(OwnNode::socket).orElse(Path.of(options.text(Flag.SOCKET))), listen,
                    options.issuerPort(), options.number(Flag.LOCAL_PORT), options.isOn(Flag.ENABLE_STS),
                    options.isOn(Flag.DEBUG_ALL_REQUESTS));
            Optional<ServeListener.Proof> proof = options.isOn(Flag.FUNNEL)
                    ? Optional.of(isOurs ? ServeListener.Proof.PATH : ServeListener.Proof.SOCKET) : Optional.empty();
            server.set(Server.start(place, proof, state, Clock.systemUTC(), log));
        } catch (IOException e) {
            node.ifPresent(OwnNode::close);
            control.ifPresent(ControlSocket::close);
            state.close();
            throw e;
        }
        Optional<OwnNode> ours = node;
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            server.get().close();
            control.ifPresent(ControlSocket::close);
            ours.ifPresent(OwnNode::close);
            state.close();
            log.info("tsidp server ended");
            ended.countDown();
            // SIGTERM and SIGINT are how a server is asked to leave: that it did is no failure.
            Runtime.getRuntime().halt(0);
        }));
        try {
            ended.await();
        } catch (InterruptedException leaving) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<ControlSocket> control(State state, AtomicReference<Server> server, Log log) {
        var api = new ClientsApi(state.clients(), state.codes(), state.grants(), log);
        try {
            return Optional.of(ControlSocket.open(state.directory(), api, () -> server.get() == null
                    ? "it waits for its tailnet: see its log" : server.get().fault(), log));
        } catch (IOException e) {
            log.warn("tsidp client and tsidp health can't reach this server", "fault", e.getMessage());
            return Optional.empty();
        }
    }

    private static void health(Options options, PrintStream out) throws IOException {
        ControlSocket.Reply reply = ControlSocket.ask(options.directory(), ControlSocket.HEALTH)
                .orElseThrow(() -> new IOException("no tsidp runs on " + options.directory()));
        if (!reply.fault().isEmpty()) {
            throw new IOException("tsidp is not well: " + reply.fault());
        }
        out.println("tsidp is well");
    }

    private static CommandResult client(List<String> arguments, Map<String, String> environment)
            throws UsageException, StoreException, IOException {
        var words = new ArrayList<String>();
        var directory = new ArrayList<String>();
        for (int i = 0; i < arguments.size(); i++) {
            String word = arguments.get(i).replaceFirst("^--", "-");
            if (word.equals("-dir") && i + 1 < arguments.size()) {
                directory.addAll(List.of("-dir", arguments.get(++i)));
            } else if (word.startsWith("-dir=")) {
                directory.add(word);
            } else {
                words.add(arguments.get(i));
            }
        }
        Path path = Options.parse(directory, environment).directory();
        Optional<StateDirectory> unused = StateDirectory.tryOpen(path);
        if (unused.isEmpty()) {
            return ClientCommand.run(words, question -> ControlSocket.ask(path, question).orElseThrow(
                    () -> new IOException("another tsidp holds " + path + " and takes no commands: stop it first")));
        }
        var log = new Log(System.err, Level.WARN, Log.Format.LOGFMT, Clock.systemUTC());
        try (var state = State.open(unused.get(), Clock.systemUTC(), log)) {
            var api = new ClientsApi(state.clients(), state.codes(), state.grants(), log);
            return ClientCommand.run(words, question -> ControlSocket.reply(api, question));
        }
    }

    private static String usage() {
        var usage = new StringBuilder("usage: tsidp [flags]\n       tsidp health [-dir directory]\n");
        for (Flag flag : Flag.values()) {
            usage.append(flag.describe());
        }
        return usage.append("\n").append(ClientCommand.USAGE).toString();
    }

    static String version() {
        try (InputStream in = Main.class.getResourceAsStream("version")) {
            return in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
