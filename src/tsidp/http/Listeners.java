package tsidp.http;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import tsidp.certificate.CurrentCertificate;

/// The sockets that we listen on: HTTPS wherever the tailnet reaches this machine, plain HTTP on loopback only.
public final class Listeners {

    /// Ours, in seconds: how long requests in progress may take to finish.
    private static final int GRACE = 5;

    /// Ours: the listen backlog.
    private static final int BACKLOG = 128;

    /// @param exchanges those in progress, and the listener itself until it is stopped
    private record Listener(HttpServer server, Phaser exchanges) {
    }

    private final Map<InetSocketAddress, Listener> listeners = new HashMap<>();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final CurrentCertificate certificate;
    private final TlsConnections tls = new TlsConnections();
    private final int grace;

    public Listeners(CurrentCertificate certificate) {
        this(certificate, GRACE);
    }

    Listeners(CurrentCertificate certificate, int graceSeconds) {
        this.certificate = certificate;
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
            server.setHttpsConfigurator(new HttpsConfigurator(certificate.sslContext()) {
                @Override
                public void configure(HttpsParameters parameters) {
                    tls.open(parameters.getClientAddress());
                    parameters.setSSLParameters(certificate.sslParameters());
                }
            });
            start(address, server, tls.counting(handler));
        } catch (BindException e) {
            throw new IOException(sentence(address, e));
        }
    }

    /// Starts to serve plain HTTP on an address.
    ///
    /// @return the address, with the port that was chosen if the given port is 0
    /// @throws IOException with a message for the operator, if that is not possible
    public synchronized InetSocketAddress startHttp(InetSocketAddress address, HttpHandler handler) throws IOException {
        try {
            HttpServer server = HttpServer.create(address, BACKLOG);
            start(server.getAddress(), server, handler);
            return server.getAddress();
        } catch (BindException e) {
            throw new IOException(sentence(address, e));
        }
    }

    private void start(InetSocketAddress address, HttpServer server, HttpHandler handler) {
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
        listeners.put(address, new Listener(server, exchanges));
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
        Thread.ofVirtual().start(() -> {
            listener.exchanges().awaitAdvance(listener.exchanges().arriveAndDeregister());
            listener.server().stop(0);
        });
        listener.server().stop(grace);
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
