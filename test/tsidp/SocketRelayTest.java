package tsidp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The relay vouches for its own connections, and for nothing that looks like them.
class SocketRelayTest {

    @TempDir
    Path temporary;

    @Test
    void anotherLoopbackAddressWithTheSamePortIsSomebodyElse() throws Exception {
        try (var target = ServerSocketChannel.open(); var relay = SocketRelay.open(temporary)) {
            target.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            relay.start((InetSocketAddress) target.getLocalAddress());
            try (var proxy = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                proxy.connect(UnixDomainSocketAddress.of(relay.path()));
                try (SocketChannel carried = target.accept()) {
                    var remote = (InetSocketAddress) carried.getRemoteAddress();
                    assertTrue(relay.carries(remote));
                    var elsewhere = InetAddress.ofLiteral("127.0.0.2");
                    assertFalse(relay.carries(new InetSocketAddress(elsewhere, remote.getPort())));
                }
            }
        }
    }
}
