package tsidp.tailnet;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonWriter;
import tsidp.tailnet.TailnetException.Kind;

/// Asks tailscaled over its Unix socket. Any number of threads may ask at once. Nothing is remembered between two
/// questions: when tailscaled is restarted, the next question finds the new one.
///
/// An answer is used completely or not at all: one that is truncated, late, too large or malformed is a
/// [TailnetException], never a guess.
public final class LocalApi implements AutoCloseable {

    // From LocalAPI (tailscale.com/client/local, ipn/localapi).

    private static final String HOST = "local-tailscaled.sock";
    private static final String PREFIX = "/localapi/v0/";

    // Ours.

    /// A whois for an unknown address takes tailscaled 0.36 s, any other question a millisecond.
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

    /// The first certificate is ordered while we wait: ACME, with a DNS record that has to propagate.
    private static final Duration CERTIFICATE_TIMEOUT = Duration.ofMinutes(5);

    /// Keeps unknown callers, each of whom costs 0.36 s, from piling up questions in tailscaled.
    static final int MAX_WHOIS = 32;

    /// Long enough for a burst of sign-ins, short enough for a person to wait.
    private static final Duration BUSY_WAIT = Duration.ofSeconds(2);

    private final LocalSocket socket;
    private final Duration answerTimeout;
    private final Duration certificateTimeout;
    private final Duration busyWait;
    private final Semaphore whoisPermits = new Semaphore(MAX_WHOIS, true);

    /// Uses the given socket. Connects at the first question.
    public LocalApi(Path socket) {
        this(socket, ANSWER_TIMEOUT, CERTIFICATE_TIMEOUT, BUSY_WAIT);
    }

    LocalApi(Path socket, Duration answerTimeout, Duration certificateTimeout, Duration busyWait) {
        this.socket = new LocalSocket(socket, answerTimeout);
        this.answerTimeout = answerTimeout;
        this.certificateTimeout = certificateTimeout;
        this.busyWait = busyWait;
    }

    /// What tailscaled reports about this machine.
    public Status status() throws TailnetException {
        LocalAnswer answer = ask("status", "status?peers=false", answerTimeout);
        return read("status", answer, Status::of);
    }

    /// Who owns a Tailscale address; empty if nobody does. Never with a port, which may by now belong to another
    /// process; and never for a loopback address, for which tailscaled knows only ports: nobody, without asking.
    public Optional<Peer> whois(InetAddress address) throws TailnetException {
        if (address.isLoopbackAddress()) {
            return Optional.empty();
        }
        LocalAnswer answer = askWhois("whois?addr=" + encode(address));
        return answer.status() == 404 ? Optional.empty() : Optional.of(read("whois", answer, Peer::fromJson));
    }

    /// The certificate for one of [Status#certDomains()], new or from tailscaled's cache. The first takes minutes.
    /// The private key and the chain, leaf first, as PEM.
    ///
    /// @param minValidity how long it must at least be valid
    public byte[] certificate(String domain, Duration minValidity) throws TailnetException {
        if (!HostName.matches(domain)) {
            throw new TailnetException(Kind.REFUSED, "a certificate needs a host name in lower case");
        }
        String target = "cert/" + domain + "?type=pair&min_validity=" + Math.max(0, minValidity.toSeconds()) + "s";
        LocalAnswer answer = ask("cert", target, certificateTimeout);
        require200("cert", answer);
        return answer.body();
    }

    /// Applies these options (`ipn.Options`: `UpdatePrefs`, `AuthKey`) and reconnects to the control server.
    public void start(JsonObject options) throws TailnetException {
        require2xx("start", post("start", "", JsonWriter.writeBytes(options)));
    }

    /// Logs the node in: with the key passed to [#start], otherwise at a URL that a person must open.
    public void loginInteractive() throws TailnetException {
        require2xx("login-interactive", post("login-interactive", "", new byte[0]));
    }

    /// The current configuration of serve and Funnel.
    public ServeConfig serveConfig() throws TailnetException {
        LocalAnswer answer = ask("serve-config", "serve-config", answerTimeout);
        // Go writes a missing config as `null`.
        boolean none = Arrays.equals(answer.body(), "null".getBytes(StandardCharsets.US_ASCII));
        return new ServeConfig(none ? JsonObject.EMPTY : read("serve-config", answer, json -> json), answer.etag());
    }

    /// Replaces the serve config.
    ///
    /// @return false if another program has changed it since it was read
    public boolean replaceServeConfig(ServeConfig config) throws TailnetException {
        LocalAnswer answer = post("serve-config", config.etag(), JsonWriter.writeBytes(config.json()));
        if (answer.status() == 412) {
            return false;
        }
        require2xx("serve-config", answer);
        return true;
    }

    /// A session with tailscaled, which lasts until either side ends it.
    public BusSession session() throws TailnetException {
        return BusSession.open(socket.open(), question("GET", "watch-ipn-bus?mask=" + BusSession.MASK, ""));
    }

    /// A question under way ends with a [TailnetException], and so does every later one.
    @Override
    public void close() {
        socket.close();
    }

    private LocalAnswer askWhois(String target) throws TailnetException {
        try {
            if (!whoisPermits.tryAcquire(busyWait.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new TailnetException(Kind.BUSY, "too many concurrent whois questions: " + MAX_WHOIS
                        + " are waiting for tailscaled, many of them probably about addresses it does not know");
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw TailnetException.notAnswering("the question was cancelled");
        }
        try {
            return ask("whois", target, answerTimeout);
        } finally {
            whoisPermits.release();
        }
    }

    private LocalAnswer ask(String what, String target, Duration timeout) throws TailnetException {
        return socket.ask(what, question("GET", target, ""), timeout);
    }

    private LocalAnswer post(String what, String etag, byte[] body) throws TailnetException {
        String match = etag.isEmpty() ? "" : "If-Match: " + etag + "\r\n";
        var question = new ByteArrayOutputStream();
        question.writeBytes(question("POST", what, "Content-Length: " + body.length + "\r\n" + match));
        question.writeBytes(body);
        return socket.ask(what, question.toByteArray(), answerTimeout);
    }

    private static byte[] question(String method, String target, String headers) {
        return (method + " " + PREFIX + target + " HTTP/1.1\r\nHost: " + HOST + "\r\nConnection: close\r\n" + headers
                + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private <T> T read(String what, LocalAnswer answer, Function<JsonObject, T> parser) throws TailnetException {
        require200(what, answer);
        try {
            return parser.apply(JsonReader.readObject(answer.body()));
        } catch (JsonException | IllegalArgumentException fault) {
            throw TailnetException.badAnswer(what, fault.getMessage());
        }
    }

    private void require2xx(String what, LocalAnswer answer) throws TailnetException {
        if (answer.status() != 204) {
            require200(what, answer);
        }
    }

    private void require200(String what, LocalAnswer answer) throws TailnetException {
        if (answer.status() == 403) {
            throw TailnetException.permissionDenied("tailscaled refuses " + what + " to this user");
        } else if (answer.status() != 200) {
            throw new TailnetException(Kind.REFUSED,
                    "tailscaled answered " + what + " with status " + answer.status() + ": " + reason(answer.body()));
        }
    }

    /// tailscaled's own error text, as one short line of printable ASCII.
    private static String reason(byte[] body) {
        String text = new String(body, 0, Math.min(body.length, 300), StandardCharsets.ISO_8859_1).strip();
        return text.isEmpty() ? "it gave no reason" : text.replaceAll("[^!-~]+", " ");
    }

    /// Percent-encoded. An IPv4-mapped IPv6 address is asked for as the IPv4 address: tailscaled knows only that.
    private static String encode(InetAddress address) {
        try {
            // The JDK returns an Inet4Address for an IPv4-mapped one (RFC 4291 §2.5.5.2), and drops the scope.
            return InetAddress.getByAddress(address.getAddress()).getHostAddress().replace(":", "%3A");
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
