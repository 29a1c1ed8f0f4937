package tsidp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.node.NodeSettings;
import tsidp.serve.ServeEntry;
import tsidp.store.LocalStore;
import tsidp.store.StoreException;

/// The options: from the command line, else the environment, else the defaults. The syntax is that of Go's flag
/// package: one dash or two, `-x=value` or `-x value`, a switch alone or with `=`; `--` ends the flags.
final class Options {

    private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");
    private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

    /// Ours, in bytes: longer than any key.
    private static final int MAX_KEY = 4096;

    private final Map<Flag, String> values = new EnumMap<>(Flag.class);
    private final Map<String, String> environment;

    private Options(Map<String, String> environment) {
        this.environment = environment;
    }

    /// Parses the options.
    ///
    /// @throws UsageException with one sentence that names the flag or variable at fault
    static Options parse(List<String> arguments, Map<String, String> environment) throws UsageException {
        var options = new Options(environment);
        for (Flag flag : Flag.values()) {
            String value = environment.getOrDefault(flag.variable(), "");
            if (!value.isEmpty()) {
                options.put(flag, flag.kind() == Flag.Kind.SWITCH ? switched(value) : value,
                        "the environment variable " + flag.variable());
            }
        }
        int i = 0;
        while (i < arguments.size() && arguments.get(i).startsWith("-") && arguments.get(i).length() > 1) {
            if (arguments.get(i).equals("--")) {
                i++;
                break;
            }
            i = options.flag(arguments, i);
        }
        if (i < arguments.size()) {
            throw new UsageException("unexpected argument \"" + arguments.get(i) + "\": see tsidp -help");
        }
        return options.checked();
    }

    /// In the environment a switch may be a word too.
    private static String switched(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "yes", "on" -> "true";
            case "no", "off" -> "false";
            default -> value;
        };
    }

    private int flag(List<String> arguments, int index) throws UsageException {
        String text = arguments.get(index).substring(arguments.get(index).startsWith("--") ? 2 : 1);
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        Flag flag = Flag.named(name)
                .orElseThrow(() -> new UsageException("there is no flag -" + name + ": see tsidp -help"));
        if (equals >= 0) {
            put(flag, text.substring(equals + 1), "-" + name);
        } else if (flag.kind() == Flag.Kind.SWITCH) {
            put(flag, "true", "-" + name);
        } else if (index + 1 < arguments.size()) {
            put(flag, arguments.get(index + 1), "-" + name);
            return index + 2;
        } else {
            throw new UsageException("-" + name + " needs a value");
        }
        return index + 1;
    }

    private void put(Flag flag, String value, String source) throws UsageException {
        boolean isGood = switch (flag.kind()) {
            case TEXT -> true;
            case NUMBER -> number(value).isPresent();
            case SWITCH -> TRUE.contains(value) || FALSE.contains(value);
        };
        if (!isGood) {
            throw new UsageException(source + " has the value \"" + value + "\": it must be "
                    + (flag.kind() == Flag.Kind.NUMBER ? "a whole number" : "true or false"));
        }
        values.put(flag, value);
    }

    /// Go reads 443, 0x1bb, 0o673, 0673 and 0b110111011.
    private static Optional<Integer> number(String text) {
        try {
            String lower = text.replaceFirst("^\\+(?!-)", "");
            String digits = lower.replaceFirst("^(-?)0[oO]", "$10");
            if (digits.matches("-?0[bB][01]+")) {
                return Optional.of(Integer.parseInt(digits.replaceFirst("0[bB]", ""), 2));
            }
            return digits.matches("-?[0-9a-fA-FxX]+") ? Optional.of(Integer.decode(digits)) : Optional.empty();
        } catch (NumberFormatException notANumber) {
            return Optional.empty();
        }
    }

    private Options checked() throws UsageException {
        int port = number(Flag.PORT);
        if (port < 1 || port > 65_535) {
            throw new UsageException("-port must be from 1 to 65535");
        }
        int localPort = number(Flag.LOCAL_PORT);
        if (localPort != -1 && (localPort < 1 || localPort > 65_535)) {
            throw new UsageException("-local-port must be from 1 to 65535, or -1 for none");
        }
        if (isOn(Flag.FUNNEL) && !ServeEntry.isFunnelPort(port)) {
            throw new UsageException("-funnel works only on port 443, 8443 or 10000: choose another -port");
        }
        if (Level.named(text(Flag.LOG)).isEmpty()) {
            throw new UsageException("-log must be debug, info, warn or error");
        }
        if (!Set.of("logfmt", "json").contains(text(Flag.LOG_FORMAT))) {
            throw new UsageException("-log-format must be logfmt or json");
        }
        listen();
        if (isOn(Flag.FUNNEL) && isSet(Flag.LISTEN)) {
            throw new UsageException("-funnel can't be combined with -listen: tailscaled does the listening");
        }
        if (isOn(Flag.USE_LOCAL_TAILSCALED) && !text(Flag.ADVERTISE_TAGS).isEmpty()) {
            throw new UsageException("-advertise-tags (TS_ADVERTISE_TAGS) is for tsidp's own node: with"
                    + " -use-local-tailscaled, run `tailscale up --advertise-tags` instead");
        }
        if (!isOn(Flag.USE_LOCAL_TAILSCALED)) {
            if (isSet(Flag.LISTEN)) {
                throw new UsageException("-listen needs -use-local-tailscaled: the tailscaled of tsidp's own node"
                        + " does the listening");
            }
            node();
        }
        return this;
    }

    /// Whether the flag was set, on the command line or in the environment.
    boolean isSet(Flag flag) {
        return values.containsKey(flag);
    }

    /// The value of a text.
    String text(Flag flag) {
        return values.getOrDefault(flag, flag.initial());
    }

    /// The value of a switch.
    boolean isOn(Flag flag) {
        return TRUE.contains(text(flag));
    }

    /// The value of a number.
    int number(Flag flag) {
        return number(text(flag)).orElseThrow();
    }

    /// The level of the log.
    Level level() {
        return Level.named(text(Flag.LOG)).orElseThrow();
    }

    /// The format of the log.
    Log.Format logFormat() {
        return text(Flag.LOG_FORMAT).equals("json") ? Log.Format.JSON : Log.Format.LOGFMT;
    }

    /// Where to listen instead of on the Tailscale IPs, if set.
    ///
    /// @throws UsageException if it is not an address and a port
    Optional<InetSocketAddress> listen() throws UsageException {
        String text = text(Flag.LISTEN);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        int colon = text.lastIndexOf(':');
        Optional<Integer> port = number(text.substring(colon + 1));
        String address = colon < 0 ? "" : text.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
        try {
            InetAddress literal = InetAddress.ofLiteral(address);
            // A single address: with a wildcard, each connection would have to tell which address it reached.
            if (!literal.isAnyLocalAddress() && port.isPresent() && port.get() > 0 && port.get() <= 65_535) {
                return Optional.of(new InetSocketAddress(literal, port.get()));
            }
        } catch (IllegalArgumentException notAnAddress) {
            // The message below says what is expected.
        }
        throw new UsageException("-listen has the value \"" + text
                + "\": it must be an IP address and a port, as in 127.0.0.1:443");
    }

    /// How our own node joins.
    ///
    /// @throws UsageException if the settings are invalid
    NodeSettings node() throws UsageException {
        return node(key());
    }

    private String key() {
        String key = environment.getOrDefault("TS_AUTHKEY", "");
        return key.isEmpty() ? environment.getOrDefault("TS_AUTH_KEY", "") : key;
    }

    /// The same, with the key from its file if one is named.
    ///
    /// @param warnings is told of a file that does not exist
    /// @throws IOException with a message for the operator, if the file has no key or can't be read, or if there are
    ///     two keys
    NodeSettings node(Consumer<String> warnings) throws UsageException, IOException {
        String name = text(Flag.AUTHKEY_FILE);
        if (name.isEmpty()) {
            return node();
        }
        if (!key().isEmpty()) {
            throw new IOException("TS_AUTHKEY and -authkey-file (TS_AUTHKEY_FILE) are both set: remove one");
        }
        try (var in = Files.newInputStream(Path.of(name))) {
            String key = new String(in.readNBytes(MAX_KEY), StandardCharsets.UTF_8).strip();
            if (key.isEmpty() || in.read() >= 0) {
                throw new IOException("the file " + name + " has no auth key");
            }
            return node(key);
        } catch (NoSuchFileException missing) {
            warnings.accept("the file " + name + " does not exist: going on without an auth key");
            return node();
        } catch (FileSystemException unreadable) {
            throw new IOException("the file " + name + " with the auth key can't be read");
        }
    }

    private NodeSettings node(String key) throws UsageException {
        String tags = text(Flag.ADVERTISE_TAGS);
        String forces = switched(environment.getOrDefault("TSNET_FORCE_LOGIN", "false"));
        if (!forces.isEmpty() && !TRUE.contains(forces) && !FALSE.contains(forces)) {
            throw new UsageException("the environment variable TSNET_FORCE_LOGIN has the value \"" + forces
                    + "\": it must be true or false");
        }
        try {
            return new NodeSettings(text(Flag.HOSTNAME), tags.isEmpty() ? List.of() : List.of(tags.split(",")),
                    environment.getOrDefault("TS_CONTROL_URL", ""), key, TRUE.contains(forces));
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
    }

    /// Where to look for programs.
    String path() {
        return environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    }

    /// The port of the issuer: from `-port`, or from `-listen` if only that is set.
    int issuerPort() throws UsageException {
        return isSet(Flag.PORT) ? number(Flag.PORT) : listen().map(InetSocketAddress::getPort)
                .orElse(number(Flag.PORT));
    }

    /// The Go tsidp prefers files of the working directory, in which its first versions kept them, to those of its
    /// directory. Without them, applications would know neither our key nor their own credentials.
    ///
    /// @throws StoreException with a message for the operator, if such a file is there and not in our directory
    void refuseFilesElsewhere() {
        for (String name : LocalStore.filesOfGo()) {
            Path here = Path.of(name).toAbsolutePath();
            if (Files.exists(here) && !Files.exists(directory().resolve(name))) {
                throw new StoreException(here + " is a file of the Go tsidp, and the state directory is "
                        + directory() + ": move oidc-*.json there, or name the directory of all state files with -dir");
            }
        }
    }

    /// The state directory.
    Path directory() {
        if (!text(Flag.DIR).isEmpty()) {
            return Path.of(text(Flag.DIR)).toAbsolutePath();
        }
        String configuration = environment.getOrDefault("XDG_CONFIG_HOME", "");
        Path base = configuration.isEmpty() ? Path.of(environment.getOrDefault("HOME", "/"), ".config")
                : Path.of(configuration);
        return base.resolve("tsnet-tsidp").toAbsolutePath();
    }
}
