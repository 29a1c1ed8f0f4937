package tsidp.serve;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import tsidp.http.Listeners;

/// Where tailscaled's serve proxy hands us requests: a plain HTTP port of loopback that believes what knows the secret
/// at the start of its paths. The port itself proves nothing: any process of this machine reaches it.
///
/// @param target for the serve config
public record ServeListener(String target, Optional<SocketRelay> relay) implements AutoCloseable {

    /// Not 127.0.0.1, to which a tailscaled without a network device carries what peers send to ports that it does not
    /// serve: they could fill this listener. Systems that have but one address of loopback get that.
    private static final InetAddress ADDRESS = System.getProperty("os.name").equals("Linux")
            ? InetAddress.ofLiteral("127.0.0.2") : InetAddress.getLoopbackAddress();

    /// How the secret gets to the proxy and to nobody else.
    public enum Keeper {
        /// In the serve config, with our own tailscaled: nobody else can open its LocalAPI.
        SERVE_CONFIG,
        /// By a Unix socket that only root and we can open, with the machine's tailscaled: every local user can read
        /// its serve config. It accepts a socket only from root.
        SOCKET
    }

    /// Opens it.
    ///
    /// @param prefix the secret, as in `/9f…`
    /// @param folder for the socket
    /// @param handler believes requests whose path begins with the prefix
    /// @param faults is told what keeps the socket from being served
    public static ServeListener open(Listeners listeners, Keeper keeper, String prefix, Path folder,
            HttpHandler handler, Consumer<String> faults) throws IOException {
        var address = listeners.startHttp(new InetSocketAddress(ADDRESS, 0), handler);
        return switch (keeper) {
            case SERVE_CONFIG -> new ServeListener("http://" + address.getAddress().getHostAddress() + ":"
                    + address.getPort() + prefix, Optional.empty());
            case SOCKET -> {
                var relay = SocketRelay.open(folder, prefix);
                relay.start(address, faults);
                yield new ServeListener("unix:" + relay.path(), Optional.of(relay));
            }
        };
    }

    @Override
    public void close() {
        relay.ifPresent(SocketRelay::close);
    }
}
