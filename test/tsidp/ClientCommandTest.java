package tsidp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tsidp.admin.ClientsApi;
import tsidp.admin.ControlSocket;
import tsidp.client.Client;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.store.SteadyClock;

/// `tsidp client …`, with and without a running server.
@Timeout(60)
class ClientCommandTest {

    private static final String URI = "https://app.example.com/cb";

    @TempDir
    private Path temporary;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... words) {
        out.reset();
        err.reset();
        var arguments = new ArrayList<>(List.of("client"));
        arguments.addAll(List.of(words));
        return Main.run(arguments, Map.of("TS_STATE_DIR", temporary.toString()),
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private JsonObject json() throws Exception {
        return JsonReader.readObject(out.toByteArray());
    }

    private void story() throws Exception {
        assertEquals(0, run("list"));
        String before = out.toString();
        assertEquals(0, run("add", "-name", "My app", "--redirect-uri=" + URI, "-redirect-uri", "http://localhost/cb"));
        String id = json().string("client_id").orElseThrow();
        String secret = json().string("client_secret").orElseThrow();
        assertEquals(List.of(URI, "http://localhost/cb"), json().strings("redirect_uris").orElseThrow());
        assertEquals(0, run("show", id));
        assertEquals("My app", json().string("client_name").orElseThrow());
        assertFalse(out.toString().contains(secret));
        assertEquals(0, run("list"));
        assertTrue(out.toString().contains(id));
        assertFalse(out.toString().contains(secret));
        updates(id, secret);
        assertEquals(0, run("rotate-secret", id));
        assertFalse(out.toString().contains(secret));
        String rotated = json().string("client_secret").orElseThrow();
        assertEquals(0, run("show", id));
        assertFalse(out.toString().contains(rotated));
        assertEquals(0, run("add", "-public", "-name", "CLI", "-redirect-uri", "http://127.0.0.1/cb"));
        assertEquals("none", json().string("token_endpoint_auth_method").orElseThrow());
        assertFalse(json().get("client_secret").isPresent());
        String publicId = json().string("client_id").orElseThrow();
        assertEquals(1, run("rotate-secret", publicId));
        assertEquals("tsidp: this client is public: it has no secret\n", err.toString());
        assertEquals(0, run("remove", publicId));
        assertEquals(0, run("remove", id));
        assertEquals("", out.toString());
        for (String name : List.of("show", "remove", "rotate-secret", "update")) {
            assertEquals(1, name.equals("update") ? run(name, id, "-name", "x") : run(name, id));
            assertEquals("tsidp: there is no such client\n", err.toString());
        }
        assertEquals(0, run("list"));
        assertEquals(before, out.toString());
    }

    private void updates(String id, String secret) throws Exception {
        assertEquals(0, run("update", id, "-name", "Ours & theirs"));
        assertEquals("Ours & theirs", json().string("client_name").orElseThrow());
        assertEquals(List.of(URI, "http://localhost/cb"), json().strings("redirect_uris").orElseThrow());
        assertEquals(0, run("update", id, "--redirect-uri=" + URI + "2", "-redirect-uri", URI));
        assertEquals(List.of(URI + "2", URI), json().strings("redirect_uris").orElseThrow());
        assertEquals(0, run("update", id, "-name="));
        assertEquals("", json().string("client_name").orElseThrow());
        assertFalse(out.toString().contains(secret));
        assertEquals(1, run("update", id, "-redirect-uri", "javascript:x"));
        assertTrue(err.toString().contains("(javascript:x)"), err.toString());
        assertEquals(0, run("show", id));
        assertEquals(List.of(URI + "2", URI), json().strings("redirect_uris").orElseThrow());
    }

    private void misuses() {
        for (String[] words : new String[][] {{}, {"x"}, {"list", "x"}, {"show"}, {"show", "a", "b"}, {"remove"},
            {"add", "-x"}, {"add", "x"}, {"add"}, {"add", "-name", "A"}, {"add", "-redirect-uri"},
            {"add", "-name", "A", "-redirect-uri"}, {"add", "-name", "A", "-redirect-uri", "javascript:x"},
            {"add", "-name", "A\nB", "-redirect-uri", URI}, {"add", "-trusted", "-redirect-uri", URI},
            {"update"}, {"update", "x"}, {"update", "-name", "x"}, {"update", "x", "-name"}, {"update", "x", "y"},
            {"update", "x", "-public"}, {"update", "x", "-trusted=maybe"}, {"update", "x", "-trusted", "false"}}) {
            assertEquals(2, run(words), () -> String.join(" ", words) + err);
            assertEquals("", out.toString());
            assertTrue(err.toString().startsWith("tsidp: "), err.toString());
        }
    }

    /// Also where it is another program's directory, or the command line is wrong.
    @Test
    void onlyAddCreatesADirectoryAndWhatIsInIt() throws Exception {
        Path directory = temporary.resolve("missing");
        for (int i = 0; i < 2; i++) {
            assertEquals(0, run("list", "-dir", directory.toString()), err.toString());
            assertEquals("[]\n", out.toString());
            for (String name : List.of("show", "remove", "rotate-secret")) {
                assertEquals(1, run(name, "x", "-dir", directory.toString()));
                assertEquals("tsidp: there is no such client\n", err.toString());
            }
            assertEquals(1, run("update", "x", "-name", "y", "-dir", directory.toString()));
            assertEquals(2, run("add", "-redirect-uri", "javascript:x", "-dir", directory.toString()));
            assertEquals(2, run("lits", "-dir", directory.toString()));
            if (i == 0) {
                assertTrue(Files.notExists(directory));
                Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(
                        PosixFilePermissions.fromString("rwx------")));
                Files.writeString(directory.resolve("hosts"), "another program's");
            }
        }
        assertEquals(List.of("hosts"), List.of(directory.toFile().list()));
        assertEquals(0, run("add", "-redirect-uri", URI, "-dir", directory.toString()), err.toString());
        assertEquals("", json().string("client_name").orElseThrow());
    }

    /// Of `cmd/tsidp`: there is no lock and no newer file beside it yet.
    @Test
    void aDirectoryThatHasOnlyAnOlderFileIsNotMissing() throws Exception {
        Path directory = Files.createDirectory(temporary.resolve("older"), PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString("rwx------")));
        Files.writeString(directory.resolve("oauth-clients.json"), """
                {"%1$s":{"client_id":"%1$s","client_secret":"%1$s","name":"Elder","redirect_uri":\
                "https://elder.example.com/cb"}}""".formatted("6".repeat(32)));
        assertEquals(0, run("list", "-dir", directory.toString()), err.toString());
        assertTrue(out.toString().contains("Elder"), out.toString());
    }

    @Test
    void withoutAServerItWorksOnTheDirectory() throws Exception {
        story();
        misuses();
    }

    @Test
    void withAServerItWorksThroughIt() throws Exception {
        try (var server = new Holder()) {
            assertTrue(server.directory.startsWith(temporary));
            story();
            misuses();
        }
        story();
    }

    /// What the server does: holds the directory and listens for commands.
    private final class Holder implements AutoCloseable {
        private final Path directory = temporary.resolve("tsidp.control");
        private final State state;
        private final ControlSocket control;

        Holder() throws Exception {
            var log = new Log(new ByteArrayOutputStream(), Level.DEBUG, Log.Format.JSON, java.time.Clock.systemUTC());
            state = State.open(temporary, SteadyClock.system(), log);
            control = ControlSocket.open(state.directory(),
                    new ClientsApi(state.clients(), state.revocation(), log), () -> "", log);
        }

        @Override
        public void close() {
            control.close();
            state.close();
        }
    }

    @Test
    void theSocketIsForTheOwnerAlone() throws Exception {
        try (var server = new Holder()) {
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(server.directory)));
        }
    }

    @Test
    void aHolderThatTakesNoCommandsIsNamed() throws Exception {
        var log = new Log(new ByteArrayOutputStream(), Level.DEBUG, Log.Format.JSON, java.time.Clock.systemUTC());
        try (var state = State.open(temporary, SteadyClock.system(), log)) {
            assertEquals(temporary.resolve("x"), state.directory().path("x"));
            assertEquals(1, run("list"));
            assertEquals("tsidp: another tsidp uses " + temporary + " and accepts no commands: stop it first\n",
                    err.toString());
        }
    }

    @Test
    void aRemovedClientsTokensAndCodesDieAtOnce() throws Exception {
        try (var tailnet = FakeTailnet.start(); var server = TestServer.start(tailnet)) {
            Client client = server.client(URI);
            var app = new RelyingParty(server.plain(FakeTailnet.ALICE), client);
            Reply tokens = app.login();
            String code = app.code();
            assertEquals(0, server.command("remove", client.id()));
            assertEquals(401, app.userInfo(tokens.string("access_token")).status());
            assertEquals(401, app.redeem(code).status());
            assertEquals(401, app.refresh(tokens.string("refresh_token")).status());
            assertEquals(400, app.authorize().status());
            server.restart();
            assertEquals(401, app.userInfo(tokens.string("access_token")).status());
        }
    }

    @Test
    void aRotatedSecretCountsAtOnce() throws Exception {
        try (var tailnet = FakeTailnet.start(); var server = TestServer.start(tailnet)) {
            var app = new RelyingParty(server.plain(FakeTailnet.ALICE), server.client(URI));
            assertEquals(0, server.command("rotate-secret", app.client().id()));
            assertEquals(401, app.redeem(app.code()).status());
        }
    }
}
