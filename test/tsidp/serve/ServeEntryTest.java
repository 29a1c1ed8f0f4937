package tsidp.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static tsidp.fake.Await.until;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonWriter;
import tsidp.node.FakeNode;
import tsidp.tailnet.LocalApi;

@Timeout(60)
class ServeEntryTest {

    private static final String FOREIGN = "{\"TCP\":{\"9001\":{\"TCPForward\":\"127.0.0.1:9\"}},\"Novel\":[1.50],"
            + "\"Foreground\":{\"theirs\":{\"TCP\":{\"9002\":{\"HTTPS\":true}}}}}";

    @TempDir
    private Path directory;

    private FakeNode node;
    private LocalApi localApi;
    private ServeEntry entry;
    private final List<String> told = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() {
        node = new FakeNode(directory);
        node.state("Running", "", "");
        localApi = new LocalApi(node.socket());
        entry = new ServeEntry(localApi, "own.x.ts.net", 443, "unix:/x/socket", true, told::add);
    }

    @AfterEach
    void stop() throws IOException {
        entry.close();
        localApi.close();
        node.close();
    }

    private JsonObject config() throws Exception {
        return JsonReader.readObject(node.config().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void anEntryOfOursIsAddedToNone() throws Exception {
        entry.start();
        until(() -> !told.isEmpty());
        assertEquals(JsonReader.readObject("""
                {"Foreground":{"s1":{"TCP":{"443":{"HTTPS":true}},
                "Web":{"own.x.ts.net:443":{"Handlers":{"/":{"Proxy":"unix:/x/socket"}}}},
                "AllowFunnel":{"own.x.ts.net:443":true}}}}""".getBytes(StandardCharsets.UTF_8)), config());
    }

    @Test
    void whatIsNotOursStaysAsItIs() throws Exception {
        node.config(FOREIGN);
        entry.start();
        until(() -> !told.isEmpty());
        JsonObject foreground = config().object("Foreground").orElseThrow();
        assertTrue(foreground.object("theirs").isPresent() && foreground.object("s1").isPresent());
        assertEquals(FOREIGN, JsonWriter.write(config().with("Foreground", foreground.without("s1"))));
    }

    @Test
    void whoeverChangesItMeanwhileIsNotOverwritten() throws Exception {
        node.refuse(3);
        entry.start();
        until(() -> !told.isEmpty());
        assertEquals(4, node.asked().size());
        assertTrue(config().object("Foreground").isPresent());
    }

    @Test
    void aConfigThatNeverRestsIsGivenUpForAWhile() throws Exception {
        node.refuse(10);
        entry.start();
        until(() -> told.size() == 2);
        assertTrue(told.getFirst().contains("keeps changing"), told.getFirst());
    }

    @Test
    void aSessionThatEndsIsFollowedByAnother() throws Exception {
        entry.start();
        until(() -> told.size() == 1);
        node.endSession();
        until(() -> told.size() == 2);
        assertEquals(2, node.sessions());
        assertTrue(config().object("Foreground").orElseThrow().object("s2").isPresent());
    }

    @Test
    void anEntryThatIsSweptAwayIsMadeAgain() throws Exception {
        entry.start();
        until(() -> told.size() == 1);
        entry.check();
        assertEquals(1, node.sessions());
        node.config("{}");
        entry.check();
        until(() -> told.size() == 2);
        assertTrue(config().object("Foreground").orElseThrow().object("s2").isPresent());
    }

    @Test
    void anotherNameIsServedInsteadOfTheFirst() throws Exception {
        entry.start();
        until(() -> told.size() == 1);
        entry.host("new.x.ts.net");
        until(() -> told.size() == 2);
        assertTrue(node.config().contains("new.x.ts.net:443"), node.config());
    }

    @Test
    void aNodeThatMayNotUseFunnelServesItsTailnetAndSaysSo() throws Exception {
        entry.start();
        until(() -> !told.isEmpty());
        assertTrue(told.getFirst().contains("nodeAttrs"), told.getFirst());
        assertTrue(config().object("Foreground").isPresent());
    }

    @Test
    void withoutFunnelTheInternetIsNotLetIn() throws Exception {
        try (var tailnetOnly = new ServeEntry(localApi, "own.x.ts.net", 443, "unix:/x/socket", false, told::add)) {
            tailnetOnly.start();
            until(() -> !told.isEmpty());
            assertEquals("", told.getFirst());
            assertFalse(node.config().contains("AllowFunnel"), node.config());
            assertTrue(node.config().contains("own.x.ts.net:443"), node.config());
        }
    }

    @Test
    void onlyThreePortsAreFunnels() {
        assertTrue(ServeEntry.isFunnelPort(443) && ServeEntry.isFunnelPort(8443) && ServeEntry.isFunnelPort(10_000));
        assertFalse(ServeEntry.isFunnelPort(80) || ServeEntry.isFunnelPort(8_080));
    }
}
