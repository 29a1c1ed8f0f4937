package tsidp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import tsidp.client.Client;
import tsidp.client.ClientMetadata;
import tsidp.fake.FakeTailnet;
import tsidp.http.HttpLimits;
import tsidp.json.JsonObject;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;

/// The provider on loopback, behind the serve proxy of a simulated tailnet, with its state in a temporary directory
/// that is removed with it. Is in this package because `State` and `HttpLimits` are not public.
public final class DemoServer implements AutoCloseable {

    /// Between finding free ports and using them, another process may take one.
    private static final int ATTEMPTS = 5;

    private final Path directory;
    private final Service service;
    private final State state;
    private final Server server;
    private final Server.Place place;

    private DemoServer(Path directory, Service service, State state, Server server, Server.Place place) {
        this.directory = directory;
        this.service = service;
        this.state = state;
        this.server = server;
        this.place = place;
    }

    /// Starts one. It logs to standard error.
    ///
    /// @throws IOException with a message, if that is not possible
    public static DemoServer start(FakeTailnet tailnet, Level least) throws IOException, StoreException {
        HttpLimits.set();
        tailnet.answersToLocalhost();
        var log = new Log(System.err, least, Log.Format.LOGFMT, Clock.systemUTC());
        Path directory = Files.createTempDirectory("tsidp-demo");
        var service = new Service(log);
        try {
            State state = service.open(directory, SteadyClock.system());
            for (int attempt = 1;; attempt++) {
                var place = place(tailnet);
                try {
                    return new DemoServer(directory, service, state,
                            service.serve(place, state, Clock.systemUTC()), place);
                } catch (IOException e) {
                    if (attempt == ATTEMPTS) {
                        throw e;
                    }
                }
            }
        } catch (IOException | StoreException e) {
            service.close();
            remove(directory);
            throw e;
        }
    }

    private static Server.Place place(FakeTailnet tailnet) throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new Server.Place(tailnet.socket(), true, false, Optional.empty(), free.getLocalPort(), -1, true,
                    false);
        }
    }

    /// The issuer, as tokens name it.
    public String issuer() {
        return server.issuer().url();
    }

    /// Where the tailnet's serve proxy answers plain HTTP.
    public String url() {
        return "http://localhost:" + place.issuerPort();
    }

    /// Where it answers HTTPS, with the simulated tailnet's certificate for the issuer's name.
    public InetSocketAddress secureAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), place.issuerPort());
    }

    /// Registers an application that keeps its secret.
    public Client addClient(String name, String redirectUri) throws StoreException {
        return state.clients().create(new ClientMetadata(name, List.of(redirectUri), "", JsonObject.EMPTY));
    }

    /// Finishes the requests in flight, stops, and removes the directory.
    @Override
    public void close() {
        service.close();
        try {
            remove(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
