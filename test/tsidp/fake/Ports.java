package tsidp.fake;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/// Ports for a server that must be told one before it starts. Nobody takes them between the look for a free one and the
/// server's use of it: they are below those that the kernel gives to whoever wants any (ip(7), `ip_local_port_range`),
/// and each process that runs tests has a block of its own.
public final class Ports {

    private static final int FIRST = 10_000;
    private static final int BLOCKS = 100;
    private static final int BLOCK = 200;

    /// Where a block is taken; nothing else listens at that address.
    private static final InetAddress REGISTER = InetAddress.ofLiteral("127.255.255.254");

    /// Held as long as the process lives.
    private static final ServerSocket TAKEN = takeBlock();

    private static int next = 0;

    private Ports() {
    }

    /// A port that is free on loopback. It is not handed out again before the other ports of the block were.
    public static synchronized int free() {
        for (int tries = 0; tries < BLOCK; tries++) {
            next = next % (BLOCK - 1) + 1;
            int port = TAKEN.getLocalPort() + next;
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no port is free above " + TAKEN.getLocalPort());
    }

    private static boolean isFree(int port) {
        try (var _ = listen(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException taken) {
            return false;
        }
    }

    private static ServerSocket takeBlock() {
        int first = ThreadLocalRandom.current().nextInt(BLOCKS);
        for (int i = 0; i < BLOCKS; i++) {
            try {
                return listen(REGISTER, FIRST + (first + i) % BLOCKS * BLOCK);
            } catch (IOException taken) {
                // By another process.
            }
        }
        throw new IllegalStateException("no block of ports is free");
    }

    private static ServerSocket listen(InetAddress address, int port) throws IOException {
        var socket = new ServerSocket();
        try {
            socket.bind(new InetSocketAddress(address, port));
            return socket;
        } catch (IOException taken) {
            socket.close();
            throw taken;
        }
    }
}
