package tsidp;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import tsidp.admin.ClientCommand;
import tsidp.admin.ClientsApi;
import tsidp.admin.CommandResult;
import tsidp.admin.ControlSocket;
import tsidp.http.HttpLimits;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.page.Version;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;

/// The command `tsidp`. Exits with status 0, with 1 after a failure, with 2 for an invalid command line.
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
                out.println("tsidp " + Version.TEXT);
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

    private static void serve(Options options, PrintStream err) throws UsageException, IOException {
        options.refuseFilesElsewhere();
        var log = new Log(System.err, options.level(), options.logFormat(), Clock.systemUTC());
        var service = new Service(log);
        var ended = new CountDownLatch(1);
        var leave = Thread.ofPlatform().unstarted(() -> {
            service.close();
            log.info("tsidp server ended");
            ended.countDown();
            // SIGTERM and SIGINT ask a server to exit: doing so is not a failure.
            Runtime.getRuntime().halt(0);
        });
        // It may be asked to exit while it is still waiting for its tailnet.
        Runtime.getRuntime().addShutdownHook(leave);
        try {
            service.start(options, address -> err.println("To put this node on your tailnet, open " + address));
        } catch (UsageException | StoreException | IOException e) {
            Runtime.getRuntime().removeShutdownHook(leave);
            service.close();
            throw e;
        }
        try {
            ended.await();
        } catch (InterruptedException leaving) {
            Thread.currentThread().interrupt();
        }
    }

    private static void health(Options options, PrintStream out) throws IOException {
        ControlSocket.Reply reply = ControlSocket.ask(options.directory(), ControlSocket.HEALTH)
                .orElseThrow(() -> new IOException("no tsidp is running on " + options.directory()));
        if (!reply.fault().isEmpty()) {
            throw new IOException("tsidp is not well: " + reply.fault());
        }
        out.println("tsidp is well");
    }

    private static CommandResult client(List<String> arguments, Map<String, String> environment)
            throws UsageException, IOException {
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
        var options = Options.parse(directory, environment);
        return ClientCommand.run(words, question -> answer(options, question));
    }

    /// Only `add` creates a directory: whatever else is asked of a missing one is answered without.
    private static ControlSocket.Reply answer(Options options, ControlSocket.Question question) throws IOException {
        options.refuseFilesElsewhere();
        Path path = options.directory();
        if (!question.command().equals("add") && StateDirectory.isMissing(path)) {
            return ControlSocket.replyWithoutClients(question);
        }
        Optional<StateDirectory> unused = StateDirectory.tryOpen(path);
        if (unused.isEmpty()) {
            return ControlSocket.ask(path, question).orElseThrow(
                    () -> new IOException("another tsidp uses " + path + " and accepts no commands: stop it first"));
        }
        var log = new Log(System.err, Level.WARN, Log.Format.LOGFMT, Clock.systemUTC());
        try (var state = State.open(unused.get(), SteadyClock.system(), log)) {
            return ControlSocket.reply(new ClientsApi(state.clients(), state.revocation(), log), question);
        }
    }

    private static String usage() {
        var usage = new StringBuilder("usage: tsidp [flags]\n       tsidp health [-dir directory]\n");
        for (Flag flag : Flag.values()) {
            usage.append(flag.describe());
        }
        return usage.append("\n").append(ClientCommand.USAGE).toString();
    }
}
