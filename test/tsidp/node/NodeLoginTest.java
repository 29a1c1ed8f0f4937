package tsidp.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static tsidp.fake.Await.until;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.json.JsonReader;
import tsidp.tailnet.LocalApi;

@Timeout(60)
class NodeLoginTest {

    @TempDir
    private Path directory;

    private FakeNode node;
    private LocalApi localApi;
    private final List<String> addresses = new CopyOnWriteArrayList<>();
    private final List<String> faults = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() {
        node = new FakeNode(directory);
        localApi = new LocalApi(node.socket());
    }

    @AfterEach
    void stop() throws IOException {
        localApi.close();
        node.close();
    }

    private NodeLogin login(String key, boolean forces) {
        var settings = new NodeSettings("own", List.of("tag:idp"), "http://control.example", key, forces);
        var login = new NodeLogin(localApi, settings, addresses::add, faults::add);
        login.start();
        return login;
    }

    /// What follows from the first look is done when the second begins.
    private void awaitTwoLooks() throws InterruptedException {
        int looks = node.looks();
        until(() -> node.looks() >= looks + 2);
    }

    private String options(int question) throws Exception {
        return node.asked().get(question).substring("start ".length());
    }

    @Test
    void aNewNodeGetsItsNameTagsControlServerAndKey() throws Exception {
        try (var login = login("tskey-auth-abc", false)) {
            until(() -> node.asked().size() == 2);
            assertEquals("login-interactive ", node.asked().get(1));
            var options = JsonReader.readObject(options(0).getBytes(StandardCharsets.UTF_8));
            assertEquals("tskey-auth-abc", options.string("AuthKey").orElseThrow());
            var prefs = options.object("UpdatePrefs").orElseThrow();
            assertEquals("own", prefs.string("Hostname").orElseThrow());
            assertEquals("http://control.example", prefs.string("ControlURL").orElseThrow());
            assertEquals(List.of("tag:idp"), prefs.strings("AdvertiseTags").orElseThrow());
            assertTrue(prefs.isTrue("WantRunning"));
            node.state("Running", "", "");
            login.await();
        }
    }

    @Test
    void aKnownNodeNeedsNoKey() throws Exception {
        node.state("Running", "", "");
        try (var login = login("tskey-auth-abc", false)) {
            login.await();
            assertEquals(1, node.asked().size());
            assertFalse(options(0).contains("tskey"));
        }
    }

    @Test
    void aForcedLoginUsesTheKeyAllTheSame() throws Exception {
        node.state("Running", "", "");
        try (var login = login("tskey-auth-abc", true)) {
            login.await();
            assertTrue(options(0).contains("tskey-auth-abc"));
            assertEquals("login-interactive ", node.asked().get(1));
        }
    }

    @Test
    void withoutAKeyAPersonIsToldOnceWhereToGo() throws Exception {
        try (var login = login("", false)) {
            until(() -> node.asked().size() == 2);
            node.state("NeedsLogin", "https://login.example/a/1", "");
            until(() -> addresses.size() == 1);
            awaitTwoLooks();
            node.state("NeedsLogin", "https://login.example/a/2", "");
            until(() -> addresses.size() == 2);
            assertEquals(List.of("https://login.example/a/1", "https://login.example/a/2"), addresses);
            assertEquals(List.of(), faults);
            node.state("NeedsMachineAuth", "", "");
            until(() -> faults.size() == 1);
            assertTrue(faults.getFirst().contains("approv"), faults.getFirst());
            assertEquals(2, node.asked().size());
            node.state("Running", "", "");
            login.await();
        }
    }

    @Test
    void aKeyThatIsRefusedIsTriedAgainLaterAndSaid() throws Exception {
        node.state("NeedsLogin", "", "invalid key: tskey-auth-abc at https://x.example/a/b");
        try (var _ = login("tskey-auth-abc", false)) {
            until(() -> node.asked().size() == 4);
            assertEquals(List.of("invalid key: … at …"), faults);
        }
    }

    @Test
    void anOAuthClientsSecretIsExchangedForAKey() throws Exception {
        var seen = new CopyOnWriteArrayList<String>();
        var api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext("/", exchange -> {
            String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            seen.add(exchange.getRequestURI() + " " + authorization + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] answer = (exchange.getRequestURI().getPath().endsWith("token") ? "{\"access_token\":\"t1\"}"
                    : "{\"key\":\"tskey-auth-made\"}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        api.start();
        String base = "http://127.0.0.1:" + api.getAddress().getPort();
        try (var _ = login("tskey-client-s3cret?ephemeral=false&preauthorized=true&baseURL=" + base, false)) {
            until(() -> node.asked().size() == 2);
            assertTrue(options(0).contains("\"AuthKey\":\"tskey-auth-made\""), options(0));
            assertEquals("/api/v2/oauth/token null grant_type=client_credentials&client_id=tsidp"
                    + "&client_secret=tskey-client-s3cret", seen.get(0));
            assertEquals("/api/v2/tailnet/-/keys Bearer t1 {\"capabilities\":{\"devices\":{\"create\":"
                    + "{\"reusable\":false,\"ephemeral\":false,\"preauthorized\":true,\"tags\":[\"tag:idp\"]}}}}",
                    seen.get(1));
        } finally {
            api.stop(0);
        }
    }

    @Test
    void anApiThatSaysNoIsNotAskedWithoutPause() throws Exception {
        var count = new AtomicInteger();
        var api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext("/", exchange -> {
            count.incrementAndGet();
            exchange.sendResponseHeaders(401, -1);
            exchange.close();
        });
        api.start();
        try (var _ = login("tskey-client-s3cret?baseURL=http://127.0.0.1:" + api.getAddress().getPort(), false)) {
            until(() -> faults.size() == 1);
            awaitTwoLooks();
            assertEquals(1, count.get());
            assertTrue(faults.getFirst().contains("401"), faults.getFirst());
            assertFalse(faults.getFirst().contains("s3cret"), faults.getFirst());
            assertEquals(List.of(), node.asked());
        } finally {
            api.stop(0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tskey-client-s3cret?color=red", "tskey-client-s3cret?ephemeral=perhaps"})
    void anAttributeThatNobodyKnowsIsRefused(String key) {
        var fault = assertThrows(IllegalArgumentException.class,
                () -> new NodeSettings("own", List.of("tag:idp"), "", key, false));
        assertFalse(fault.getMessage().contains("s3cret"), fault.getMessage());
    }

    @Test
    void anOAuthClientsSecretNeedsTags() {
        assertThrows(IllegalArgumentException.class,
                () -> new NodeSettings("own", List.of(), "", "tskey-client-s3cret", false));
        assertThrows(IllegalArgumentException.class, () -> new NodeSettings("own", List.of("idp"), "", "", false));
    }
}
