package tsidp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Ports;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.store.SteadyClock;

/// Without -listen the server is where tailscaled says that this machine is, and nowhere else.
class AddressTest {

    @TempDir
    Path temporary;

    @Test
    void itListensOnEachTailscaleAddressAndFollowsThem() throws Exception {
        var log = new Log(new ByteArrayOutputStream(), Level.DEBUG, Log.Format.LOGFMT, InstantSource.system());
        int port = Ports.free();
        try (var tailnet = FakeTailnet.start(); var state = State.open(temporary, SteadyClock.system(), log)) {
            tailnet.addresses("127.0.0.21", "127.0.0.22");
            tailnet.device(true);
            var place = new Server.Place(tailnet.socket(), false, false, Optional.empty(), port, -1, false, false);
            try (var server = Server.start(place, state, InstantSource.system(), log)) {
                assertEquals(Set.of(at("127.0.0.21", port), at("127.0.0.22", port)), server.addresses());
                tailnet.addresses("127.0.0.22", "127.0.0.23");
                Instant end = Instant.now().plus(Duration.ofSeconds(20));
                while (Instant.now().isBefore(end) && !(answers("127.0.0.23", port) && !answers("127.0.0.21", port))) {
                    Thread.sleep(100);
                }
                assertEquals(Set.of(at("127.0.0.22", port), at("127.0.0.23", port)), server.addresses());
                assertTrue(answers("127.0.0.22", port));
            }
        }
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    private static boolean answers(String address, int port) {
        try (var socket = new Socket()) {
            socket.connect(at(address, port), 1000);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }
}
