package tsidp.http;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.function.Consumer;
import tsidp.certificate.CurrentCertificate;

/// The sockets that we listen on: HTTPS wherever the tailnet reaches this machine, plain HTTP on loopback only. Between
/// each and the JDK's server the heads of requests are rewritten ([RequestHead]): in TLS by [HeadsEngine], on plain
/// sockets by [Relay].
public final class Listeners {

    /// Where the JDK's server listens for plain HTTP. Not on 127.0.0.1, to which a tailscaled without a network device
    /// carries what peers send to ports that it does not serve: they could fill it. Systems that have but one address
    /// of loopback get that.
    public static final InetAddress INSIDE = System.getProperty("os.name").equals("Linux")
            ? InetAddress.ofLiteral("127.0.0.2") : InetAddress.getLoopbackAddress();

    /// Ours, in seconds: how long requests in progress may take to finish.
    private static final int GRACE = 5;

    /// Ours: the listen backlog.
    private static final int BACKLOG = 128;

    /// @param front of plain HTTP
    /// @param exchanges those in progress, and the listener itself until it is stopped
    private record Listener(HttpServer server, Optional<ServerSocketChannel> front, Phaser exchanges) {
    }

    private final Map<InetSocketAddress, Listener> listeners = new HashMap<>();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final CurrentCertificate certificate;
    private final TlsConnections tls = new TlsConnections();
    private final Consumer<String> faults;
    private final int grace;

    /// @param faults is told what keeps a plain socket from being served
    public Listeners(CurrentCertificate certificate, Consumer<String> faults) {
        this(certificate, faults, GRACE);
    }

    Listeners(CurrentCertificate certificate, Consumer<String> faults, int graceSeconds) {
        this.certificate = certificate;
        this.faults = faults;
        this.grace = graceSeconds;
    }

    /// The addresses that we listen on.
    public synchronized Set<InetSocketAddress> addresses() {
        return Set.copyOf(listeners.keySet());
    }

    /// Starts to serve HTTPS on an address.
    ///
    /// @throws IOException with a message for the operator, if that is not possible
    public synchronized void startHttps(InetSocketAddress address, HttpHandler handler) throws IOException {
        try {
            var server = HttpsServer.create(address, BACKLOG);
            server.setHttpsConfigurator(new HttpsConfigurator(HeadsEngine.context(certificate.sslContext())) {
                @Override
                public void configure(HttpsParameters parameters) {
                    tls.open(parameters.getClientAddress());
                    parameters.setSSLParameters(certificate.sslParameters());
                }
            });
            start(address, server, Optional.empty(), tls.counting(handler));
        } catch (BindException e) {
            throw new IOException(sentence(address, e));
        }
    }

    /// Starts to serve plain HTTP on an address.
    ///
    /// @return the address, with the port that was chosen if the given port is 0
    /// @throws IOException with a message for the operator, if that is not possible
    public synchronized InetSocketAddress startHttp(InetSocketAddress address, HttpHandler handler) throws IOException {
        var front = ServerSocketChannel.open();
        try {
            return startHttp(front.bind(address, BACKLOG), "", handler);
        } catch (BindException e) {
            front.close();
            throw new IOException(sentence(address, e));
        }
    }

    /// Starts to serve plain HTTP on a socket that listens, and is closed with its listener.
    ///
    /// @param prefix is put before the target of each request
    /// @return the address, or where the JDK's server listens if the socket has none
    public synchronized InetSocketAddress startHttp(ServerSocketChannel front, String prefix, HttpHandler handler)
            throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(INSIDE, 0), BACKLOG);
        var address = front.getLocalAddress() instanceof InetSocketAddress own ? own : server.getAddress();
        start(address, server, Optional.of(front), handler);
        new Relay(front, server.getAddress(), prefix).start(faults);
        return address;
    }

    private void start(InetSocketAddress address, HttpServer server, Optional<ServerSocketChannel> front,
            HttpHandler handler) {
        var exchanges = new Phaser(1);
        server.createContext("/", exchange -> {
            exchanges.register();
            try {
                handler.handle(exchange);
            } finally {
                exchanges.arriveAndDeregister();
            }
        });
        server.setExecutor(executor);
        server.start();
        listeners.put(address, new Listener(server, front, exchanges));
    }

    private static String sentence(InetSocketAddress address, BindException e) {
        String where = address.getAddress().getHostAddress() + " port " + address.getPort();
        if (e.getMessage() != null && e.getMessage().contains("in use")) {
            return "another program listens on " + where + ": stop it, or choose another -port";
        }
        if (e.getMessage() != null && e.getMessage().contains("assign")) {
            return where + " is not an address of this machine";
        }
        if (e.getMessage() != null && e.getMessage().contains("ermission")) {
            return "this user may not listen on " + where + ": run tsidp with the capability CAP_NET_BIND_SERVICE, set"
                    + " the kernel's net.ipv4.ip_unprivileged_port_start to " + address.getPort()
                    + ", or choose another -port";
        }
        return where + " can't be listened on: " + e.getMessage();
    }

    /// Ends the listener of an address, when its requests in progress are answered.
    ///
    /// The JDK's server also waits for TLS connections that have sent no request yet, which browsers open in advance. A
    /// second `stop` ends that wait as soon as no exchange is in progress.
    public void stop(InetSocketAddress address) {
        Listener listener;
        synchronized (this) {
            listener = listeners.remove(address);
        }
        if (listener == null) {
            return;
        }
        listener.front().ifPresent(Listeners::close);
        Thread.ofVirtual().start(() -> {
            listener.exchanges().awaitAdvance(listener.exchanges().arriveAndDeregister());
            listener.server().stop(0);
        });
        listener.server().stop(grace);
    }

    private static void close(ServerSocketChannel front) {
        try {
            front.close();
        } catch (IOException nothingToDo) {
            // The descriptor is closed either way.
        }
    }

    /// Stops all listeners, concurrently.
    public void stopAll() {
        var stops = addresses().stream().map(address -> Thread.ofVirtual().start(() -> stop(address))).toList();
        for (Thread stop : stops) {
            try {
                stop.join();
            } catch (InterruptedException leaving) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        executor.shutdownNow();
    }
}
