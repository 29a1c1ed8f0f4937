package tsidp.tailnet;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.tailnet.TailnetException.Kind;

/// Asks tailscaled over its Unix socket. Any number of threads may ask at once. Nothing is remembered between two
/// questions but idle connections: when tailscaled is restarted, the next question finds the new one.
///
/// An answer is used whole or not at all: cut, late, too large or ill-formed is a [TailnetException], never a guess.
public final class LocalApi implements AutoCloseable {

    // From LocalAPI (tailscale.com/client/local, ipn/localapi).

    private static final String HOST = "local-tailscaled.sock";
    private static final String PREFIX = "/localapi/v0/";

    // Ours.

    /// A whois of nobody's address takes tailscaled 0.36 s, any other question a millisecond.
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

    /// The first certificate is made while we wait: an ACME order with a DNS record that has to spread.
    private static final Duration CERTIFICATE_TIMEOUT = Duration.ofMinutes(5);

    /// So that strangers, each of whom costs 0.36 s, can't pile up questions in tailscaled.
    static final int MAX_WHOIS = 32;

    /// Long enough for a burst of logins, shorter than a person's patience.
    private static final Duration BUSY_WAIT = Duration.ofSeconds(2);

    /// More than are ever in use at once when each question takes half a millisecond.
    private static final int MAX_IDLE = 8;

    private final Path socket;
    private final UnixDomainSocketAddress address;
    private final Duration answerTimeout;
    private final Duration certificateTimeout;
    private final Duration busyWait;
    private final Semaphore whoisPermits = new Semaphore(MAX_WHOIS, true);
    private final Semaphore idlePermits = new Semaphore(MAX_IDLE);
    private final ConcurrentLinkedDeque<LocalConnection> idle = new ConcurrentLinkedDeque<>();
    private final Set<LocalConnection> open = ConcurrentHashMap.newKeySet();
    private final Thread watchdog;
    private volatile boolean closed;

    /// Asks at that socket. Connects at the first question.
    public LocalApi(Path socket) {
        this(socket, ANSWER_TIMEOUT, CERTIFICATE_TIMEOUT, BUSY_WAIT);
    }

    LocalApi(Path socket, Duration answerTimeout, Duration certificateTimeout, Duration busyWait) {
        this.socket = socket;
        this.address = UnixDomainSocketAddress.of(socket);
        this.answerTimeout = answerTimeout;
        this.certificateTimeout = certificateTimeout;
        this.busyWait = busyWait;
        this.watchdog = Thread.ofVirtual().name("localapi-watchdog").start(this::watch);
    }

    /// What tailscaled says of this machine.
    public Status status() throws TailnetException {
        LocalAnswer answer = ask("status", "status?peers=false", answerTimeout);
        return read("status", answer, Status::of);
    }

    /// Who is at the other end of the connection from that address and port; empty if tailscaled knows nobody there.
    public Optional<Peer> whois(InetSocketAddress remote) throws TailnetException {
        String target = "whois?proto=tcp&addr=" + encode(remote);
        LocalAnswer answer = askWhois(target);
        return answer.status() == 404 ? Optional.empty() : Optional.of(read("whois", answer, Peer::fromJson));
    }

    /// The certificate of one of [Status#certDomains()], fresh or from tailscaled's cache. The first takes minutes.
    ///
    /// @param minValidity how long it is to be valid at least
    public CertificatePair certificate(String domain, Duration minValidity) throws TailnetException {
        if (!Members.isHostName(domain)) {
            throw new TailnetException(Kind.REFUSED, "no certificate without a host name in lower case");
        }
        String target = "cert/" + domain + "?type=pair&min_validity=" + Math.max(0, minValidity.toSeconds()) + "s";
        LocalAnswer answer = ask("cert", target, certificateTimeout);
        require200("cert", answer);
        try {
            return CertificatePair.parse(answer.body());
        } catch (IllegalArgumentException fault) {
            throw badAnswer("cert", fault.getMessage());
        }
    }

    /// Closes every connection; a question under way ends with a [TailnetException].
    @Override
    public void close() {
        closed = true;
        watchdog.interrupt();
        open.forEach(this::discard);
    }

    private LocalAnswer askWhois(String target) throws TailnetException {
        try {
            if (!whoisPermits.tryAcquire(busyWait.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new TailnetException(Kind.BUSY, "too many whois questions at once: " + MAX_WHOIS
                        + " wait for tailscaled, many of them probably about addresses it does not know");
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw notAnswering("the question was given up");
        }
        try {
            return ask("whois", target, answerTimeout);
        } finally {
            whoisPermits.release();
        }
    }

    private LocalAnswer ask(String what, String target, Duration timeout) throws TailnetException {
        byte[] question = ("GET " + PREFIX + target + " HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        long deadline = System.nanoTime() + timeout.toNanos();
        LocalConnection connection = idle.pollFirst();
        if (connection != null) {
            idlePermits.release();
            try {
                return finish(connection, connection.ask(question, deadline));
            } catch (IOException failure) {
                discard(connection);
                // Closed while it was idle, as when tailscaled was restarted: asking again is harmless (RFC 9112 §9.3.1).
                if (connection.answered() || connection.overdue()) {
                    throw explain(what, connection, failure, timeout);
                }
                discardIdle();
            }
        }
        connection = connect(deadline, timeout);
        try {
            return finish(connection, connection.ask(question, deadline));
        } catch (IOException failure) {
            discard(connection);
            throw explain(what, connection, failure, timeout);
        }
    }

    private LocalAnswer finish(LocalConnection connection, LocalAnswer answer) {
        // After a refusal a new connection, since tailscaled may remember with the old one who we were.
        boolean good = answer.status() == 200 || answer.status() == 404;
        if (connection.rest() && good && !closed && idlePermits.tryAcquire()) {
            idle.addFirst(connection);
        } else {
            discard(connection);
        }
        return answer;
    }

    private LocalConnection connect(long deadline, Duration timeout) throws TailnetException {
        LocalConnection connection = null;
        try {
            connection = new LocalConnection(SocketChannel.open(StandardProtocolFamily.UNIX));
            open.add(connection);
            if (closed) {
                throw new IOException("closed");
            }
            connection.connect(address, deadline);
            return connection;
        } catch (IOException failure) {
            if (connection != null) {
                discard(connection);
                if (connection.overdue()) {
                    throw explain("connect", connection, failure, timeout);
                }
            }
            throw explainConnect(failure);
        }
    }

    private void discard(LocalConnection connection) {
        open.remove(connection);
        connection.close();
    }

    private void discardIdle() {
        for (var connection = idle.pollFirst(); connection != null; connection = idle.pollFirst()) {
            idlePermits.release();
            discard(connection);
        }
    }

    private void watch() {
        try {
            while (!closed) {
                Thread.sleep(Math.clamp(answerTimeout.toMillis() / 5, 10, 1000));
                long now = System.nanoTime();
                open.forEach(connection -> connection.closeIfOverdue(now));
            }
        } catch (InterruptedException closing) {
            // The end of this thread is all that is asked.
        }
    }

    private interface Parser<T> {
        T parse(JsonObject json);
    }

    private <T> T read(String what, LocalAnswer answer, Parser<T> parser) throws TailnetException {
        require200(what, answer);
        try {
            return parser.parse(JsonReader.readObject(answer.body()));
        } catch (JsonException | IllegalArgumentException fault) {
            throw badAnswer(what, fault.getMessage());
        }
    }

    private void require200(String what, LocalAnswer answer) throws TailnetException {
        if (answer.status() == 403) {
            throw permissionDenied("tailscaled refuses " + what + " to this user");
        } else if (answer.status() != 200) {
            throw new TailnetException(Kind.REFUSED,
                    "tailscaled answered " + what + " with status " + answer.status() + ": " + reason(answer.body()));
        }
    }

    /// tailscaled's own error text, as one short line of printable ASCII.
    private static String reason(byte[] body) {
        String text = new String(body, 0, Math.min(body.length, 300), StandardCharsets.ISO_8859_1).strip();
        return text.isEmpty() ? "it gave no reason" : text.replaceAll("[^ -~]+", " ");
    }

    private TailnetException explain(String what, LocalConnection connection, IOException failure, Duration timeout) {
        if (connection.overdue()) {
            return notAnswering("no answer to " + what + " within " + timeout.toMillis() + " ms");
        } else if (failure instanceof LocalConnection.Malformed) {
            return badAnswer(what, failure.getMessage());
        }
        return notAnswering("the connection ended before the answer to " + what + " was whole");
    }

    private TailnetException explainConnect(IOException failure) {
        // The JDK gives a BindException for EACCES and EPERM, a ConnectException for ECONNREFUSED.
        if (failure instanceof BindException) {
            return permissionDenied("this user may not open tailscaled's socket " + socket);
        } else if (failure instanceof ConnectException) {
            return notAnswering("nobody listens at tailscaled's socket " + socket);
        } else if (Files.notExists(socket)) {
            return new TailnetException(Kind.SOCKET_MISSING, "tailscaled's socket " + socket
                    + " does not exist: is tailscaled running? (-socket names another path)");
        }
        return notAnswering("no connection to tailscaled's socket " + socket + " (" + failure.getMessage() + ")");
    }

    private static TailnetException permissionDenied(String what) {
        return new TailnetException(Kind.PERMISSION_DENIED,
                what + ": run tsidp as root or as tailscaled's operator (tailscale set --operator=USER)");
    }

    private static TailnetException notAnswering(String what) {
        return new TailnetException(Kind.NOT_ANSWERING, what + ": is tailscaled running and well?");
    }

    private static TailnetException badAnswer(String what, String fault) {
        return new TailnetException(Kind.BAD_ANSWER, "tailscaled's answer to " + what + " can't be used (" + fault
                + "): is it tailscaled that listens at the socket, and of a version that tsidp knows?");
    }

    /// `IP:PORT`, `[IP]:PORT` for IPv6, percent-encoded. An IPv4 address in IPv6 clothes (RFC 4291 §2.5.5.2) is asked
    /// for as the IPv4 address it is: tailscaled knows no other.
    private static String encode(InetSocketAddress remote) {
        InetAddress ip = remote.getAddress();
        if (ip == null) {
            throw new IllegalArgumentException("an unresolved address");
        }
        byte[] bytes = ip.getAddress();
        if (bytes.length == 4) {
            return ip.getHostAddress() + "%3A" + remote.getPort();
        } else if (Arrays.mismatch(bytes, MAPPED) == MAPPED.length) {
            return unmapped(bytes).getHostAddress() + "%3A" + remote.getPort();
        }
        String text = ip.getHostAddress().replace("%", "%25").replace(":", "%3A");
        return "%5B" + text + "%5D%3A" + remote.getPort();
    }

    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff};

    private static InetAddress unmapped(byte[] bytes) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, 12, 16));
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
