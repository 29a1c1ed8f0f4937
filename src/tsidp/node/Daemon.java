package tsidp.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import tsidp.tailnet.BackOff;

/// Our own tailscaled, without a network device: kept running for as long as we run, and no longer.
///
/// Java can't ask the kernel to kill a child when its parent dies. So the child runs under a shell that holds the other
/// end of a pipe: when we exit, for any reason, the pipe closes and the shell ends the child.
///
/// Its state is in the state directory, where tsnet keeps it for the Go tsidp: same name, same addresses.
public final class Daemon implements AutoCloseable {

    /// From tailscaled: the file that holds the node's private key.
    public static final String STATE = "tailscaled.state";

    private static final String WATCHDOG = """
            exec 3<&0
            "$@" 3<&- </dev/null 2>&1 &
            child=$!
            { read -r _ <&3; kill $child; } >/dev/null 2>&1 &
            wait $child
            status=$?
            kill $! 2>/dev/null
            wait
            exit $status
            """;

    /// From unix(7): the bytes of a socket's path, without the NUL.
    private static final int MAX_SOCKET_PATH = 107;

    /// Ours: after this long a run counts as healthy, and back-off starts over.
    private static final Duration WELL = Duration.ofMinutes(1);

    /// Ours: how long it may take to exit.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// What must not be logged: auth keys, login URLs, the secret proxy path.
    private static final Pattern SECRETS = Pattern.compile("tskey-\\S+|(?i:auth ?url).*|https?://\\S+/(a|auth)/\\S+"
            + "|http://127\\.[0-9.]+:\\d+/\\S+");

    private final Path program;
    private final Path directory;
    private final Path socket;
    private final Duration firstPause;
    private final Duration lastPause;
    private final Consumer<String> lines;
    private final Consumer<String> faults;
    private volatile Process process;
    private volatile boolean closed;
    private volatile Thread thread;

    /// Prepares it; [#start] starts it.
    ///
    /// @param directory the state directory, which must exist
    /// @param lines receives each line that tailscaled logs, without credentials
    /// @param faults is called when tailscaled exits unexpectedly, with the last line that it logged
    /// @throws IOException with a message for the operator, if the program is not found or the directory's path is too
    ///     long
    public Daemon(String program, Path directory, String path, Consumer<String> lines, Consumer<String> faults)
            throws IOException {
        this(find(program, path), directory, lines, faults, Duration.ofSeconds(1), Duration.ofMinutes(1));
    }

    Daemon(Path program, Path directory, Consumer<String> lines, Consumer<String> faults, Duration firstPause,
            Duration lastPause) throws IOException {
        this.program = program;
        this.directory = directory;
        this.lines = lines;
        this.faults = faults;
        this.firstPause = firstPause;
        this.lastPause = lastPause;
        // Whoever can open the socket can read the serve config, so only we may.
        Path folder = directory.resolve("tsidp.node");
        this.socket = folder.resolve("socket");
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_PATH) {
            throw new IOException("the path of tailscaled's socket, " + socket + ", is longer than the "
                    + MAX_SOCKET_PATH + " bytes that a socket's path may have: choose a shorter -dir");
        }
        var ownerOnly = PosixFilePermissions.fromString("rwx------");
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(ownerOnly));
        Files.setPosixFilePermissions(folder, ownerOnly);
    }

    private static Path find(String program, String path) throws IOException {
        List<Path> places = program.contains("/") ? List.of(Path.of(program))
                : List.of(path.split(":")).stream().map(folder -> Path.of(folder, program)).toList();
        return places.stream().filter(Files::isExecutable).findFirst().map(Path::toAbsolutePath)
                .orElseThrow(() -> new IOException(program + " was not found: install Tailscale, name its tailscaled"
                        + " with -tailscaled PATH, or add -use-local-tailscaled if one is already running"));
    }

    /// The socket of its LocalAPI.
    public Path socket() {
        return socket;
    }

    /// Starts it, and restarts it whenever it exits, until [#close].
    public void start() {
        thread = Thread.ofVirtual().name("tailscaled").start(this::keep);
    }

    private void keep() {
        var pauses = new BackOff(firstPause, lastPause);
        try {
            while (!closed) {
                long started = System.nanoTime();
                String fault = run();
                if (closed) {
                    return;
                }
                if (System.nanoTime() - started > WELL.toNanos()) {
                    pauses.reset();
                }
                Duration pause = pauses.next();
                faults.accept(fault + "; restarting in " + pause.toMillis() + " ms");
                Thread.sleep(pause);
            }
        } catch (InterruptedException leaving) {
            // The thread is meant to end here.
        }
    }

    private String run() throws InterruptedException {
        var builder = new ProcessBuilder("/bin/sh", "-c", WATCHDOG, "tailscaled", program.toString(),
                "--tun=userspace-networking", "--statedir=" + directory, "--socket=" + socket, "--port=0",
                "--no-logs-no-support").redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        // Only we pass keys to it; and nothing is written outside the state directory.
        environment.keySet().removeIf(name -> name.startsWith("TS_AUTH") || name.startsWith("TS_CLIENT"));
        environment.put("TS_LOGS_DIR", directory.toString());
        environment.putIfAbsent("HOME", directory.toString());
        String last = "";
        try {
            synchronized (this) {
                if (closed) {
                    return "";
                }
                process = builder.start();
            }
            var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                last = SECRETS.matcher(line).replaceAll("…");
                lines.accept(last);
            }
            return "tailscaled exited with status " + process.waitFor() + (last.isEmpty() ? "" : ": " + last);
        } catch (IOException e) {
            return "tailscaled can't be run: " + e.getMessage();
        }
    }

    /// Ends it, within 5 seconds.
    @Override
    public void close() {
        Process running;
        synchronized (this) {
            closed = true;
            running = process;
        }
        if (thread != null) {
            thread.interrupt();
        }
        if (running != null) {
            List<ProcessHandle> all = running.descendants().toList();
            try {
                running.getOutputStream().close();
                if (!running.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                    all.forEach(ProcessHandle::destroyForcibly);
                }
            } catch (IOException alreadyGone) {
                // It has already exited.
            } catch (InterruptedException leaving) {
                all.forEach(ProcessHandle::destroyForcibly);
                Thread.currentThread().interrupt();
            }
        }
    }
}
