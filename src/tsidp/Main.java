package tsidp;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
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
            var options = Options.parse(arguments, environment);
            if (options.isOn(Flag.HELP)) {
                out.print(usage());
            } else if (options.isOn(Flag.VERSION)) {
                out.println("tsidp " + version());
            } else {
                serve(options);
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

    private static void serve(Options options) throws UsageException, StoreException, IOException {
        refuseUnserved(options);
        var log = new Log(System.err, options.level(), options.logFormat(), Clock.systemUTC());
        var state = State.open(options.directory(), Clock.systemUTC(), log);
        var place = new Server.Place(Path.of(options.text(Flag.SOCKET)), options.listen(), options.issuerPort(),
                options.number(Flag.LOCAL_PORT), options.isOn(Flag.ENABLE_STS),
                options.isOn(Flag.DEBUG_ALL_REQUESTS));
        var ended = new CountDownLatch(1);
        Optional<ControlSocket> control = control(state, log);
        var server = new AtomicReference<Server>();
        var leave = Thread.ofPlatform().unstarted(() -> {
            Optional.ofNullable(server.get()).ifPresent(Server::close);
            control.ifPresent(ControlSocket::close);
            state.close();
            log.info("tsidp server ended");
            ended.countDown();
            // SIGTERM and SIGINT are how a server is asked to leave: that it did is no failure.
            Runtime.getRuntime().halt(0);
        });
        // It may be asked to leave while it still waits for tailscaled.
        Runtime.getRuntime().addShutdownHook(leave);
        try {
            server.set(Server.start(place, state, Clock.systemUTC(), log));
        } catch (IOException e) {
            Runtime.getRuntime().removeShutdownHook(leave);
            control.ifPresent(ControlSocket::close);
            state.close();
            throw e;
        }
        try {
            ended.await();
        } catch (InterruptedException leaving) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<ControlSocket> control(State state, Log log) {
        var api = new ClientsApi(state.clients(), state.codes(), state.grants(), log);
        try {
            return Optional.of(ControlSocket.open(state.directory(), api, log));
        } catch (IOException e) {
            log.warn("tsidp client can't reach this server, only a stopped one", "fault", e.getMessage());
            return Optional.empty();
        }
    }

    /// What a flag asks for and is not served must not be ignored.
    private static void refuseUnserved(Options options) throws IOException {
        if (options.isOn(Flag.FUNNEL)) {
            throw new IOException("-funnel is not served yet: run without it");
        }
        if (!options.isOn(Flag.USE_LOCAL_TAILSCALED)) {
            throw new IOException("a node of our own is not served yet: run tailscaled on this machine and add"
                    + " -use-local-tailscaled");
        }
        if (!options.text(Flag.ADVERTISE_TAGS).isEmpty()) {
            throw new IOException("-advertise-tags (TS_ADVERTISE_TAGS) is for a node of our own: with"
                    + " -use-local-tailscaled, run `tailscale up --advertise-tags` instead");
        }
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
        var usage = new StringBuilder("usage: tsidp [flags]\n");
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
