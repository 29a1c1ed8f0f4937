import java.net.spi.InetAddressResolverProvider;
import tsidp.http.LiteralAddresses;

/// An OpenID Connect provider for a Tailscale network, using only the JDK. Exports nothing: it is a program.
module tsidp {
    requires jdk.httpserver;

    provides InetAddressResolverProvider with LiteralAddresses;
}
