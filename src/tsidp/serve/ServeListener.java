package tsidp.serve;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tsidp.http.Listeners;
import tsidp.store.StateDirectory;

/// Where tailscaled's serve proxy hands us requests: plain HTTP that believes what knows the secret at the start of its
/// paths. A port itself proves nothing: any process of this machine reaches it.
///
/// @param target for the serve config
/// @param socket the Unix socket, if there is one
public record ServeListener(String target, Optional<Path> socket) implements AutoCloseable {

    /// How the secret gets to the proxy and to nobody else.
    public enum Keeper {
        /// In the serve config, with our own tailscaled: nobody else can open its LocalAPI.
        SERVE_CONFIG,
        /// By a Unix socket that only root and we can open, with the machine's tailscaled: every local user can read
        /// its serve config. It accepts a socket only from root. What writes to that socket is tailscaled, so the
        /// secret is put before the paths that come from it.
        SOCKET
    }

    /// Opens it.
    ///
    /// @param prefix the secret, as in `/9f…`
    /// @param folder for the socket
    /// @param handler believes requests whose path begins with the prefix
    /// @throws IOException if the socket can't be created, for example because its path is too long
    public static ServeListener open(Listeners listeners, Keeper keeper, String prefix, Path folder,
            HttpHandler handler) throws IOException {
        return switch (keeper) {
            case SERVE_CONFIG -> {
                var address = listeners.startHttp(new InetSocketAddress(Listeners.INSIDE, 0), handler);
                yield new ServeListener("http://" + address.getAddress().getHostAddress() + ":" + address.getPort()
                        + prefix, Optional.empty());
            }
            case SOCKET -> {
                Path path = folder.resolve("socket");
                listeners.startHttp(socket(path), prefix, handler);
                yield new ServeListener("unix:" + path, Optional.of(path));
            }
        };
    }

    private static ServerSocketChannel socket(Path path) throws IOException {
        try {
            return StateDirectory.listen(path);
        } catch (IOException e) {
            throw new IOException("can't create a socket for tailscaled at " + path + ": " + e.getMessage());
        }
    }

    /// Removes the socket; [Listeners] end the listening.
    @Override
    public void close() {
        try {
            if (socket.isPresent()) {
                Files.deleteIfExists(socket.get());
            }
        } catch (IOException nothingToDo) {
            // The next start removes it.
        }
    }
}
