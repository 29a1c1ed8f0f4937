package tsidp.browser;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tsidp.DemoServer;
import tsidp.fake.FakeTailnet;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.log.Level;
import tsidp.store.StoreException;

/// The provider beside a simulated tailnet, for tests of the pages in a real browser. Its first line says where it
/// is, as JSON. Then each line of its input is a command, answered with a line of JSON: `speak NAME` says whose the
/// connections from 127.0.0.1 are, `grant NAME RULE` what the policy grants them, `clients COUNT` adds clients. It ends
/// with its input.
public final class PagesServer {

    private PagesServer() {
    }

    /// Starts it for alice, who may administer clients and register them.
    public static void main(String[] arguments) throws IOException, StoreException, JsonException {
        try (var tailnet = FakeTailnet.start(); var provider = DemoServer.start(tailnet, Level.WARN);
                var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            tailnet.grant(FakeTailnet.ALICE, JsonReader.readObject(
                    "{\"allow_admin_ui\": true, \"allow_dcr\": true}".getBytes(StandardCharsets.UTF_8)));
            tailnet.speaksFor(FakeTailnet.ALICE);
            say(JsonObject.EMPTY.with("url", JsonValue.of(provider.url()))
                    .with("issuer", JsonValue.of(provider.issuer())).with("alice", JsonValue.of(FakeTailnet.ALICE))
                    .with("bob", JsonValue.of(FakeTailnet.BOB))
                    .with("pid", JsonValue.of(ProcessHandle.current().pid())));
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                obey(line.split(" ", 3), tailnet, provider);
                say(JsonObject.EMPTY);
            }
        }
    }

    private static void obey(String[] words, FakeTailnet tailnet, DemoServer provider)
            throws JsonException, StoreException {
        switch (words[0]) {
            case "speak" -> tailnet.speaksFor(words[1]);
            case "grant" -> tailnet.grant(words[1], JsonReader.readObject(words[2].getBytes(StandardCharsets.UTF_8)));
            case "clients" -> {
                for (int i = 1; i <= Integer.parseInt(words[1]); i++) {
                    provider.addClient("Application %03d".formatted(i),
                            "https://app%d.example.com/callback".formatted(i));
                }
            }
            default -> throw new IllegalArgumentException("no command: " + List.of(words));
        }
    }

    private static void say(JsonObject line) {
        System.out.println(JsonWriter.write(line));
    }
}
