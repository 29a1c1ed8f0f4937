package tsidp.fake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// A program in its own JVM: `tsidp` itself, or a main class of the tests. Its output goes to files, so that it is
/// available even after `kill -9`.
public final class Child implements AutoCloseable {

    /// Then it hangs. Filling a state to its bounds takes half a minute where four others want the processor.
    private static final int PATIENCE_SECONDS = 90;

    private final Process process;
    private final Path out;
    private final Path err;

    private Child(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /// Starts `tsidp` with these arguments and no environment.
    public static Child tsidp(String... arguments) {
        return tsidp(Map.of(), List.of(), arguments);
    }

    /// Starts `tsidp` with this environment, these JVM options and these arguments.
    public static Child tsidp(Map<String, String> environment, List<String> options, String... arguments) {
        var command = new ArrayList<String>(List.of(java(), "-Xshare:auto", "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath(), "tsidp.Main"));
        command.addAll(List.of(arguments));
        return start(environment, command);
    }

    /// Starts `tsidp` with these arguments and this environment in a working directory.
    public static Child tsidpIn(Path directory, Map<String, String> environment, String... arguments) {
        var command = new ArrayList<>(List.of("sh", "-c", "cd \"$0\" && exec \"$@\"", directory.toString(), java(),
                "-XX:TieredStopAtLevel=1", "-cp", classPath(), "tsidp.Main"));
        command.addAll(List.of(arguments));
        return start(environment, command);
    }

    /// Starts a main class of the tests; `shell` runs before it in the same process, as in `ulimit -f 8`.
    public static Child main(Class<?> main, String shell, String... arguments) {
        var command = new ArrayList<>(List.of("sh", "-c", shell + "; exec \"$@\"", "sh", java(),
                "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp", classPath(), main.getName()));
        command.addAll(List.of(arguments));
        return start(Map.of(), command);
    }

    private static Child start(Map<String, String> environment, List<String> command) {
        try {
            Path out = Files.createTempFile("child", ".out");
            Path err = Files.createTempFile("child", ".err");
            var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
            builder.environment().putAll(environment);
            return new Child(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String java() {
        return Path.of(System.getProperty("tsidp.jdk", System.getProperty("java.home")), "bin", "java").toString();
    }

    private static String classPath() {
        var places = new LinkedHashSet<String>();
        for (String name : List.of("tsidp.Main", "tsidp.fake.Child")) {
            try {
                places.add(Path.of(Class.forName(name).getProtectionDomain().getCodeSource().getLocation().toURI())
                        .toString());
            } catch (ClassNotFoundException | URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return String.join(":", places);
    }

    /// Waits until it exits, and returns its exit status.
    public int status() {
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("it does not end:\n" + out() + err());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// Waits until a condition is true.
    public void await(String what, BooleanSupplier isSo) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!isSo.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited in vain for " + what + ":\n" + out() + err());
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    /// Waits until its standard error contains a text.
    public Child awaitError(String text) {
        await(text, () -> err().contains(text) || !process.isAlive());
        if (!err().contains(text)) {
            throw new AssertionError("it ended without " + text + ":\n" + out() + err());
        }
        return this;
    }

    /// What it printed to standard output.
    public String out() {
        return read(out);
    }

    /// What it printed to standard error.
    public String err() {
        return read(err);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Whether it is running.
    public boolean isAlive() {
        return process.isAlive();
    }

    /// SIGTERM.
    public Child terminate() {
        process.destroy();
        return this;
    }

    /// SIGKILL.
    public Child kill() {
        process.destroyForcibly();
        return this;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
