package tsidp.fake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import tsidp.json.JsonException;
import tsidp.json.JsonNull;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;

/// A simulated tailnet: a LocalAPI on a real Unix socket that answers status, whois and cert as tailscaled does, and a
/// serve proxy. The source address decides who connects to the proxy: 127.0.0.2 is alice, .3 bob, .4 carol, .5 the
/// tagged printer, .66 the Internet (Funnel), and 127.0.0.1 nobody, unless [#speaksFor] says otherwise. The proxy
/// reports their Tailscale addresses.
///
/// Everything can be changed while it runs, from any thread.
public final class FakeTailnet implements AutoCloseable {

    /// A person with an e-mail address.
    public static final String ALICE = "alice@example.com";
    /// Another.
    public static final String BOB = "bob@example.com";
    /// A person whose login name is not an e-mail address.
    public static final String CAROL = "carol@github";
    /// A device that does not belong to a person.
    public static final String PRINTER = "printer";
    /// This machine's name.
    public static final String DNS_NAME = "idp.fake-tailnet.ts.net";

    private static final String PREFIX = "/localapi/v0/";
    private static final int REMEMBERED_QUESTIONS = 1000;

    private final Path directory;
    private final FakeLocalApi localApi;
    private final FakeServe serve;
    private final Map<String, FakePerson> people = new LinkedHashMap<>();
    private final Map<String, List<JsonValue>> rules = new HashMap<>();
    private final Map<String, List<String>> groups = new HashMap<>();
    private final Set<String> expired = new HashSet<>();
    private final ArrayDeque<String> whoisQuestions = new ArrayDeque<>();
    private final AtomicLong whoisCount = new AtomicLong();
    private final FakeCertificate authority = FakeCertificate.authority("Fake Tailnet CA");
    private String speaker = "";
    private String backendState = "Running";
    private String dnsName = DNS_NAME + ".";
    private List<String> addresses = List.of("100.64.0.1", "fd7a:115c:a1e0::1");
    private boolean hasDevice;
    private volatile CountDownLatch strangers = new CountDownLatch(0);
    private volatile Duration certificatesTake = Duration.ZERO;
    private volatile String certificateFault = "";
    private Duration lifetime = Duration.ofDays(90);
    private InstantSource time = InstantSource.system();
    private FakeCertificate leaf;
    private String leafName = "";
    private int issued;

    private FakeTailnet(Path directory) {
        this.directory = directory;
        this.serve = new FakeServe(this::tailscaleAddress, this::serverContext);
        this.localApi = new FakeLocalApi(directory.resolve("ts.sock"), this::answer, serve);
        FakePerson.everybody().forEach(this::put);
    }

    /// Starts one, on a socket in a temporary directory of its own.
    public static FakeTailnet start() {
        try {
            Path directory = Files.createTempDirectory("ts");
            if (directory.toString().length() > 90) {
                // A socket's path has at most 108 bytes (unix(7)).
                Files.delete(directory);
                directory = Files.createTempDirectory(Path.of("/tmp"), "ts");
            }
            var tailnet = new FakeTailnet(directory);
            tailnet.localApi.start();
            return tailnet;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The socket of LocalAPI.
    public Path socket() {
        return directory.resolve("ts.sock");
    }

    /// Stops and removes the socket.
    @Override
    public void close() {
        localApi.stop();
        serve.close();
        try {
            Files.deleteIfExists(socket());
            Files.deleteIfExists(directory);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// As when tailscaled is killed: every connection closes, the socket's file stays and nothing is listening.
    public void stop() {
        localApi.stop();
    }

    /// Listens again, at the same path.
    public void restart() {
        localApi.start();
    }

    // People

    /// Adds a person, or replaces the one with the same name.
    public synchronized void put(FakePerson person) {
        people.put(person.name(), person);
    }

    /// Removes a person from the tailnet.
    public synchronized void remove(String name) {
        people.remove(name);
    }

    /// The key of their device has expired, or is renewed.
    public synchronized void expired(String name, boolean isExpired) {
        if (isExpired ? !expired.add(person(name).name()) : !expired.remove(name)) {
            throw new IllegalStateException("nothing changes");
        }
    }

    /// The person with a name.
    public synchronized FakePerson person(String name) {
        return Optional.ofNullable(people.get(name)).orElseThrow(() -> new IllegalArgumentException("nobody: " + name));
    }

    /// From now on, the proxy takes `localhost` for this machine's name, as no real one does: so a browser of this
    /// machine finds it.
    public void answersToLocalhost() {
        serve.hostInsteadOfLocalhost(dnsName.substring(0, dnsName.length() - 1));
    }

    /// A person's browser that uses plain HTTP, to the serve proxy at a port.
    public Browser browser(String who, int port) {
        return new Browser(source(who), new InetSocketAddress(InetAddress.getLoopbackAddress(), port), Optional.empty(),
                dnsName.substring(0, dnsName.length() - 1) + ":" + port);
    }

    /// The source address of connections from the Internet.
    public static InetAddress internet() {
        return InetAddress.ofLiteral(FakeServe.INTERNET);
    }

    private synchronized InetAddress tailscaleAddress(InetAddress source) {
        Optional<FakePerson> person = source.equals(InetAddress.getLoopbackAddress())
                ? Optional.ofNullable(people.get(speaker))
                : people.values().stream().filter(known -> known.source().equals(source)).findFirst();
        return person.map(known -> known.addresses().getFirst())
                .map(prefix -> InetAddress.ofLiteral(prefix.substring(0, prefix.indexOf('/')))).orElse(source);
    }

    /// The address that a person's connections must come from.
    public InetAddress source(String name) {
        return person(name).source();
    }

    /// From now on, connections from 127.0.0.1 (and ::1) are theirs.
    public synchronized void speaksFor(String name) {
        speaker = person(name).name();
    }

    /// From now on, connections from 127.0.0.1 are nobody's again.
    public synchronized void speaksForNobody() {
        speaker = "";
    }

    /// Replaces the rules that the tailnet policy has for them. None: no capability.
    public synchronized void grant(String name, JsonValue... granted) {
        rules.put(person(name).name(), List.of(granted));
    }

    /// Replaces the groups that the control server reports of them.
    public synchronized void groups(String name, String... members) {
        groups.put(person(name).name(), List.of(members));
    }

    /// The same as [#grant], each rule written as JSON, with ' for ".
    public void policy(String name, String... granted) {
        grant(name, Stream.of(granted).map(FakeTailnet::rule).toArray(JsonValue[]::new));
    }

    private static JsonValue rule(String json) {
        try {
            return JsonReader.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        } catch (JsonException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    // This machine

    /// `BackendState` as in tailscaled.
    public synchronized void state(String newState) {
        backendState = newState;
    }

    /// This machine's name, with or without the final dot; also the one name it can get a certificate for.
    public synchronized void dnsName(String newName) {
        dnsName = newName.isEmpty() || newName.endsWith(".") ? newName : newName + ".";
    }

    /// Whether this machine has a network device for its tailnet; at the start it has none, and tailscaled serves.
    public synchronized void device(boolean newHasDevice) {
        hasDevice = newHasDevice;
    }

    /// Whether this machine has a network device for its tailnet.
    public synchronized boolean hasDevice() {
        return hasDevice;
    }

    /// This machine's Tailscale addresses; at the start 100.64.0.1 and its IPv6 one.
    public synchronized void addresses(String... newAddresses) {
        addresses = List.of(newAddresses);
    }

    // Certificates

    /// The authority that signs every certificate of this tailnet: what a client must trust.
    public X509Certificate certificate() {
        return authority.certificate();
    }

    /// A client's context that trusts [#certificate()] and nothing else.
    public SSLContext clientContext() {
        try {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            try {
                store.load(null, null);
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
            store.setCertificateEntry("fake", certificate());
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /// How long new certificates are valid; at the start 90 days. Forgets the current one.
    public synchronized void certificateLifetime(Duration newLifetime) {
        lifetime = newLifetime;
        leaf = null;
    }

    /// The clock that certificates are issued by.
    public synchronized void time(InstantSource newTime) {
        time = newTime;
    }

    /// The next request for a certificate gets a new one, with a new key.
    public synchronized void renewCertificate() {
        leaf = null;
    }

    /// How long an answer to a question for a certificate takes from now on; of the real tailscaled up to a minute for
    /// the first, here nothing at the start.
    public void certificatesTake(Duration howLong) {
        certificatesTake = howLong;
    }

    /// From now on, a question for a certificate is answered with this fault; an empty one: with a certificate.
    public void certificateFault(String fault) {
        certificateFault = fault;
    }

    /// How many certificates were issued.
    public synchronized int certificatesIssued() {
        return issued;
    }

    // How it answers

    /// From now on, every question is answered in this way.
    public void misbehave(FakeMisbehaviour how) {
        localApi.misbehave(how);
    }

    /// From now on, every question is answered correctly.
    public void behave() {
        localApi.misbehave(FakeMisbehaviour.NONE);
    }

    /// From now on, every question is answered with these characters, each as a byte, including the header.
    public void answerRaw(String answer) {
        localApi.answerRaw(answer.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// From now on, every question is answered with this body.
    public void answer(int status, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        answerRaw("HTTP/1.1 " + status + " Whatever\r\nContent-Length: " + bytes.length + "\r\n\r\n"
                + new String(bytes, StandardCharsets.ISO_8859_1));
    }

    /// From now on, whois of an unknown address waits for [#strangersGoOn]; the real tailscaled takes 0.36 s for it.
    public void strangersWait() {
        strangers = new CountDownLatch(1);
    }

    /// Whois of unknown addresses is answered.
    public void strangersGoOn() {
        strangers.countDown();
    }

    // What was asked

    /// The last thousand addresses that whois was asked about, oldest first.
    public synchronized List<String> whoisQuestions() {
        return List.copyOf(whoisQuestions);
    }

    /// How often whois was asked.
    public long whoisCount() {
        return whoisCount.get();
    }

    /// How many connections were made.
    public int connections() {
        return localApi.accepted();
    }

    /// How many of them are open.
    public int openConnections() {
        return localApi.open();
    }

    /// How many questions were answered, or given up by whoever asked.
    public int answers() {
        return localApi.answered();
    }

    private FakeAnswer answer(FakeQuestion question) {
        String target = question.target();
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        Map<String, String> parameters = parameters(query < 0 ? "" : target.substring(query + 1));
        if (path.equals(PREFIX + "serve-config")) {
            return question.method().equals("GET") ? serve.get()
                    : serve.post(question.header("If-Match"), question.body());
        } else if (!question.method().equals("GET")) {
            return FakeAnswer.text(405, "want GET");
        } else if (path.equals(PREFIX + "status")) {
            return FakeAnswer.json(status());
        } else if (path.equals(PREFIX + "whois")) {
            return whois(parameters.getOrDefault("addr", ""));
        } else if (path.startsWith(PREFIX + "cert/")) {
            sleep(certificatesTake);
            return certificateFault.isEmpty() ? certificate(path.substring((PREFIX + "cert/").length()), parameters)
                    : FakeAnswer.text(500, certificateFault);
        }
        return FakeAnswer.text(404, "404 page not found");
    }

    private static Map<String, String> parameters(String query) {
        var parameters = new HashMap<String, String>();
        for (String parameter : query.split("&")) {
            int equals = parameter.indexOf('=');
            if (equals > 0) {
                parameters.put(parameter.substring(0, equals),
                        URLDecoder.decode(parameter.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return parameters;
    }

    private synchronized JsonObject status() {
        boolean running = backendState.equals("Running");
        String name = running ? dnsName : "";
        String suffix = name.isEmpty() ? "" : name.substring(name.indexOf('.') + 1, name.length() - 1);
        var self = new LinkedHashMap<String, JsonValue>();
        self.put("ID", JsonValue.of("nFake10CNTRL"));
        self.put("HostName", JsonValue.of("idp"));
        self.put("DNSName", JsonValue.of(name));
        self.put("OS", JsonValue.of("linux"));
        var status = new LinkedHashMap<String, JsonValue>();
        status.put("Version", JsonValue.of("1.102.5-fake"));
        status.put("TUN", JsonValue.of(hasDevice));
        status.put("BackendState", JsonValue.of(backendState));
        status.put("AuthURL", JsonValue.of(backendState.equals("NeedsLogin") ? "https://login.example.com/a/1" : ""));
        status.put("TailscaleIPs", running ? JsonValue.of(addresses) : JsonNull.NULL);
        status.put("Self", new JsonObject(self));
        status.put("Health", JsonNull.NULL);
        status.put("MagicDNSSuffix", JsonValue.of(suffix));
        status.put("CertDomains", running ? JsonValue.of(certDomains()) : JsonNull.NULL);
        return new JsonObject(status);
    }

    private List<String> certDomains() {
        return dnsName.isEmpty() ? List.of() : List.of(dnsName.substring(0, dnsName.length() - 1));
    }

    private FakeAnswer whois(String address) {
        Optional<FakePerson> found;
        List<JsonValue> granted;
        List<String> members;
        boolean isExpired;
        synchronized (this) {
            whoisCount.incrementAndGet();
            whoisQuestions.add(address);
            if (whoisQuestions.size() > REMEMBERED_QUESTIONS) {
                whoisQuestions.removeFirst();
            }
            found = find(address);
            granted = found.map(person -> rules.getOrDefault(person.name(), List.of())).orElse(List.of());
            members = found.map(person -> groups.getOrDefault(person.name(), List.of())).orElse(List.of());
            isExpired = found.filter(person -> expired.contains(person.name())).isPresent();
        }
        if (found.isEmpty()) {
            try {
                strangers.await();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
            return FakeAnswer.text(404, "no match for IP:port");
        }
        return FakeAnswer.json(found.get().whois(granted, members, isExpired));
    }

    private Optional<FakePerson> find(String address) {
        InetAddress ip;
        try {
            // With a port too, which tailscaled accepts, and for loopback ones, which are in its proxy map.
            ip = InetAddress.ofLiteral(address.replaceFirst("^\\[?([0-9.]+|[0-9a-f:]+(?=]))]?:[0-9]+$", "$1"));
        } catch (IllegalArgumentException noAddress) {
            return Optional.empty();
        }
        if (!backendState.equals("Running")) {
            return Optional.empty();
        } else if (ip.equals(InetAddress.ofLiteral("127.0.0.1")) || ip.equals(InetAddress.ofLiteral("::1"))) {
            return Optional.ofNullable(people.get(speaker));
        }
        return people.values().stream().filter(person -> person.source().equals(ip) || person.addresses().stream()
                .anyMatch(prefix -> InetAddress.ofLiteral(prefix.substring(0, prefix.indexOf('/'))).equals(ip)))
                .findFirst();
    }

    private synchronized FakeAnswer certificate(String name, Map<String, String> parameters) {
        if (!backendState.equals("Running") || !certDomains().contains(name)) {
            return FakeAnswer.text(500, "invalid domain \"" + name + "\"; must be one of " + certDomains());
        }
        Duration minValidity = Duration.parse("PT" + parameters.getOrDefault("min_validity", "0s"));
        Instant now = time.instant();
        if (leaf == null || !leafName.equals(name)
                || leaf.certificate().getNotAfter().toInstant().isBefore(now.plus(minValidity))) {
            KeyPair keys = FakeCertificate.ec();
            leaf = authority.issue(name, keys, now, now.plus(lifetime));
            leafName = name;
            issued++;
        }
        return FakeAnswer.text(200, leaf.keyPem() + leaf.certificatePem() + authority.certificatePem());
    }

    private synchronized SSLContext serverContext() {
        try {
            String name = dnsName.substring(0, dnsName.length() - 1);
            certificate(name, Map.of());
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setKeyEntry("fake", leaf.keys().getPrivate(), new char[0],
                    new X509Certificate[] {leaf.certificate(), authority.certificate()});
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            var context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
