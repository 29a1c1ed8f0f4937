package tsidp;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import tsidp.http.Door;
import tsidp.http.ServeDoor;

/// Where tailscaled's serve proxy hands us requests: a plain HTTP port of loopback that believes the proxy alone. The
/// port itself proves nothing. Any process of this machine reaches it, and so does any peer if tailscaled has no
/// network device, for then it hands connections to the node's ports on to loopback.
///
/// @param target for the serve config
record ServeListener(String target, Optional<SocketRelay> relay) implements AutoCloseable {

    /// How the proxy proves that it is the proxy.
    enum Proof {
        /// By a path that nobody else knows: where LocalAPI is ours alone, since whoever may ask it may read the serve
        /// config. Of a tailscaled of our own.
        PATH,
        /// By a Unix socket that none but root and we can open, since anybody may ask LocalAPI. Of the machine's
        /// tailscaled, which takes a socket from root alone.
        SOCKET
    }

    /// Opens it.
    ///
    /// @param secret for a path
    /// @param folder for a socket
    static ServeListener open(Listeners listeners, Proof proof, String secret, Path folder,
            Function<Door, HttpHandler> router) throws IOException {
        var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return switch (proof) {
            case PATH -> {
                String prefix = "/" + secret;
                var address = listeners.startHttp(anyPort, router.apply(new ServeDoor(_ -> true, prefix)));
                yield new ServeListener("http://127.0.0.1:" + address.getPort() + prefix, Optional.empty());
            }
            case SOCKET -> {
                var relay = SocketRelay.open(folder);
                relay.start(listeners.startHttp(anyPort, router.apply(new ServeDoor(relay::carries, ""))));
                yield new ServeListener("unix:" + relay.path(), Optional.of(relay));
            }
        };
    }

    @Override
    public void close() {
        relay.ifPresent(SocketRelay::close);
    }
}
