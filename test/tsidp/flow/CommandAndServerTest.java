package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.admin.CommandResult;
import tsidp.client.Client;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.json.JsonArray;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;

/// `tsidp client` and a server on the same directory.
@Timeout(60)
class CommandAndServerTest {

    private static final String CALLBACK = "https://app.example.com/callback";

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final Path directory = temporary();
    private Optional<TestServer> server = Optional.empty();

    private static Path temporary() {
        try {
            return Files.createTempDirectory("command");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void stop() {
        server.ifPresent(TestServer::close);
        tailnet.close();
    }

    private TestServer run() {
        server = Optional.of(TestServer.start(tailnet, InstantSource.system(), directory));
        return server.get();
    }

    private CommandResult command(String... words) {
        return TestServer.command(directory, words);
    }

    private JsonObject done(String... words) throws Exception {
        CommandResult result = command(words);
        assertEquals(0, result.status(), result.error());
        assertEquals("", result.error());
        return JsonReader.readObject(result.output().getBytes("UTF-8"));
    }

    private List<JsonValue> list() throws Exception {
        CommandResult result = command("list");
        assertEquals(0, result.status(), result.error());
        return ((JsonArray) JsonReader.read(result.output())).values();
    }

    @Test
    void aRunningServerKnowsAtOnceWhatWasDone() throws Exception {
        TestServer running = run();
        JsonObject added = done("add", "-name", "Now", "-redirect-uri", CALLBACK);
        String id = added.string("client_id").orElseThrow();
        var client = new Client(id, added.string("client_secret").orElseThrow(), "", List.of(CALLBACK), "",
                JsonObject.EMPTY);
        var party = new RelyingParty(running.plain(FakeTailnet.ALICE), client);
        String token = party.login().string("access_token");
        assertEquals(0, command("remove", id).status());
        assertEquals(401, party.userInfo(token).status());
        assertEquals(400, party.authorize().status());
        running.close();
        server = Optional.empty();
        assertEquals(List.of(), list());
    }

    @Test
    void whatWasDoneWhileStoppedIsThereWhenStarted() throws Exception {
        JsonObject added = done("add", "-name", "Before", "-redirect-uri", CALLBACK);
        TestServer running = run();
        var client = new Client(added.string("client_id").orElseThrow(), added.string("client_secret").orElseThrow(),
                "", List.of(CALLBACK), "", JsonObject.EMPTY);
        assertEquals(200, new RelyingParty(running.plain(FakeTailnet.ALICE), client).login().status());
    }

    @Test
    void tenThousandClientsAreListedByARunningServer() throws Exception {
        var clients = new ArrayList<String>();
        for (int i = 0; i < 10_000; i++) {
            String id = "%032x".formatted(i);
            clients.add("\"" + id + "\":{\"client_id\":\"" + id + "\",\"redirect_uris\":[\"" + CALLBACK + "\"]}");
        }
        Files.writeString(directory.resolve("oidc-funnel-clients.json"), "{" + String.join(",", clients) + "}");
        run();
        assertEquals(10_000, list().size());
    }

    @Test
    void noSecretIsLogged() throws Exception {
        TestServer running = run();
        JsonObject added = done("add", "-name", "x", "-redirect-uri", CALLBACK);
        JsonObject rotated = done("rotate-secret", added.string("client_id").orElseThrow());
        assertTrue(running.log().contains("client added") && running.log().contains("client secret regenerated"));
        for (JsonObject json : List.of(added, rotated)) {
            assertFalse(running.log().contains(json.string("client_secret").orElseThrow()));
        }
    }
}
