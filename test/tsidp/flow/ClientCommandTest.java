package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.admin.CommandResult;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.json.JsonArray;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.oauth.Client;

/// `tsidp client`, at a server that runs and at the directory of one that does not.
@Timeout(60)
class ClientCommandTest {

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

    private void assertFails(int status, String sentence, String... words) {
        CommandResult result = command(words);
        assertEquals(status, result.status(), List.of(words).toString());
        assertEquals("", result.output());
        assertTrue(result.error().startsWith("tsidp: ") && result.error().contains(sentence), result.error());
    }

    /// The whole life of a client.
    private void live() throws Exception {
        JsonObject added = done("add", "-name", "Wiki é", "-redirect-uri", CALLBACK,
                "--redirect-uri=" + CALLBACK + "2");
        String id = added.string("client_id").orElseThrow();
        String secret = added.string("client_secret").orElseThrow();
        assertEquals(Optional.of("Wiki é"), added.string("client_name"));
        assertEquals(Optional.of(List.of(CALLBACK, CALLBACK + "2")), added.strings("redirect_uris"));
        assertEquals(added.without("client_secret"), done("show", id));
        assertTrue(list().contains(done("show", id)));
        JsonObject rotated = done("rotate-secret", id);
        assertFalse(rotated.string("client_secret").orElseThrow().equals(secret));
        CommandResult removed = command("remove", id);
        assertEquals(0, removed.status());
        assertEquals("", removed.output() + removed.error());
        assertEquals(List.of(), list());
        assertFails(1, "no such client", "show", id);
        assertFails(1, "no such client", "remove", id);
        assertFails(1, "no such client", "rotate-secret", id);
        JsonObject open = done("add", "-public", "-name=App", "-redirect-uri", "http://127.0.0.1/cb");
        assertFalse(open.get("client_secret").isPresent());
        assertFails(1, "it has no secret", "rotate-secret", open.string("client_id").orElseThrow());
    }

    @Test
    void itWorksWhileNoServerRuns() throws Exception {
        live();
    }

    @Test
    void itWorksAtTheServerThatRuns() throws Exception {
        run();
        live();
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
    void aCommandThatCannotBeUnderstoodIsStatusTwo() {
        for (List<String> words : List.of(List.<String>of(), List.of("help"), List.of("list", "x"), List.of("show"),
                List.of("show", "a", "b"), List.of("show", "../x"), List.of("remove"), List.of("rotate-secret"),
                List.of("add", "x"), List.of("add", "-name", "x", "-secret", "y"))) {
            assertFails(2, "usage:", words.toArray(String[]::new));
        }
        assertFails(2, "needs -name and -redirect-uri", "add", "-name", "x");
        assertFails(2, "needs -name and -redirect-uri", "add", "-redirect-uri", CALLBACK);
    }

    @Test
    void whatTheServerRefusesIsOneSentence() {
        run();
        assertFails(1, "redirect URI", "add", "-name", "x", "-redirect-uri", "javascript:alert(1)");
        assertFails(1, "name", "add", "-name", "x".repeat(201), "-redirect-uri", CALLBACK);
        assertFails(1, "control characters", "add", "-name", "a\u0007b", "-redirect-uri", CALLBACK);
    }

    @Test
    void onlyTheOwnerOfTheDirectoryCanAsk() throws Exception {
        run();
        var control = directory.resolve("tsidp.control");
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(control)));
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
