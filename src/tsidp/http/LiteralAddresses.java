package tsidp.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.stream.Stream;

/// Answers no question for the name of an address. The JDK's HTTPS server asks one for each connection, before the
/// handshake and with nothing to bound it, and throws the answer away: a DNS server that is silent about Tailscale
/// addresses would hold up every log-in.
public final class LiteralAddresses extends InetAddressResolverProvider {

    @Override
    public InetAddressResolver get(Configuration configuration) {
        InetAddressResolver builtin = configuration.builtinResolver();
        return new InetAddressResolver() {
            @Override
            public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
                return builtin.lookupByName(host, policy);
            }

            @Override
            public String lookupByAddress(byte[] address) throws UnknownHostException {
                throw new UnknownHostException("addresses are not turned into names");
            }
        };
    }

    @Override
    public String name() {
        return "tsidp";
    }
}
