package tsidp.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.stream.Stream;

/// Refuses every reverse lookup. The JDK's HTTPS server does one for each connection, before the handshake and without
/// a time limit, and discards the result: a DNS server that does not answer for Tailscale addresses would delay every
/// sign-in.
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
                throw new UnknownHostException("reverse lookups are switched off");
            }
        };
    }

    @Override
    public String name() {
        return "tsidp";
    }
}
