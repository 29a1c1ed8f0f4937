package tsidp.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.certificate.CurrentCertificate;
import tsidp.fake.Browser;
import tsidp.fake.Reply;
import tsidp.log.Level;
import tsidp.log.Log;

@Timeout(30)
class RouterTest {

    @Test
    void aBugIsAnsweredWithANumberThatTheLogHasToo() throws IOException {
        var lines = new ByteArrayOutputStream();
        Access<String> anyone = _ -> "";
        var route = new Route<>(Set.of("GET"), "/", anyone, Reach.WORLD, Origins.NO_CORS, 0, RefusalStyle.JSON,
                (Request _, String _) -> {
                    throw new IllegalStateException("s3cret");
                });
        var listeners = new Listeners(new CurrentCertificate(), _ -> { });
        try {
            var address = listeners.startHttp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    new Router(List.of(route), Caller::local, _ -> true,
                            new Log(lines, Level.INFO, Log.Format.LOGFMT, InstantSource.system()), false));
            Reply reply = new Browser(address.getAddress(), address, Optional.empty(), "localhost").get("/");
            assertEquals(500, reply.status());
            assertEquals("server_error", reply.string("error"));
            String number = reply.string("error_description").replaceFirst("internal error number ", "");
            assertTrue(number.matches("[0-9a-f]{8}"), number);
            String log = lines.toString();
            assertTrue(log.contains("number=" + number + " exception=java.lang.IllegalStateException"), log);
            assertFalse((log + reply).contains("s3cret"), log + reply);
        } finally {
            listeners.stopAll();
        }
    }
}
