package tsidp;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.log.Level;
import tsidp.log.Log;
import tsidp.person.Person;
import tsidp.protocol.Scopes;
import tsidp.store.Entry;
import tsidp.store.SteadyClock;
import tsidp.tailnet.Peer;
import tsidp.token.AuthorizationCode;
import tsidp.token.Consents.Consent;
import tsidp.token.Requests;
import tsidp.token.SignIns;

/// A main class that fills the whole state to its bounds, and one that starts from that. It prints the
/// last sign-in's refresh token and waits to be killed.
final class FullState {

    /// As much as the rest of a busy server takes: classes' constants, connections, requests and their answers.
    private static final int SERVER_BYTES = 16 << 20;

    private final State state;

    private FullState(State state) {
        this.state = state;
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        var log = new Log(System.err, Level.WARN, Log.Format.LOGFMT, InstantSource.system());
        byte[] server = new byte[SERVER_BYTES];
        switch (arguments[0]) {
            case "large" -> fill(directory, log, true);
            case "small" -> fill(directory, log, false);
            case "start" -> start(directory, log, arguments[2]);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        System.out.println("there were " + server.length + " bytes");
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void fill(Path directory, Log log, boolean isLarge) throws Exception {
        Files.createDirectories(directory);
        Files.write(directory.resolve("oidc-funnel-clients.json"), JsonWriter.writeBytes(clients(isLarge)));
        var full = new FullState(State.open(directory, SteadyClock.system(), log));
        for (int i = 0; isLarge && i < 40; i++) {
            full.state.consents().allow(new Consent("userid:" + i, "app", "https://app.example.com",
                    Set.copyOf(resources(i))));
        }
        SignIns.Issued last = null;
        for (int i = 0; i < (isLarge ? 300 : 11_000); i++) {
            last = full.signIn(i, isLarge);
        }
        for (int i = 0; i < (isLarge ? 200 : 2_000); i++) {
            full.code(i, isLarge);
        }
        System.out.println("token " + last.await().refreshToken() + ".");
    }

    private static void start(Path directory, Log log, String token) throws Exception {
        var full = new FullState(State.open(directory, SteadyClock.system(), log));
        full.refresh(token, List.of());
        full.state.clients().rotateSecret("client1");
        for (int i = 0; i < 60; i++) {
            full.code(i, true);
            full.signIn(i, true);
        }
        full.state.expire();
        System.out.println("started with " + full.state.clients().all().size() + " clients");
    }

    /// A client file of almost 4 MiB: of some 250 clients or of 10,000.
    private static JsonObject clients(boolean isLarge) {
        List<String> uris = IntStream.range(0, isLarge ? 100 : 1).mapToObj(i -> "https://app" + i
                + ".example.com/callback/" + "x".repeat(isLarge ? 120 : 8)).toList();
        var clients = new LinkedHashMap<String, JsonValue>();
        clients.put("app", client("app", uris));
        for (int i = 0; i < (isLarge ? 240 : 9_999); i++) {
            clients.put("client" + i, client("client" + i, uris));
        }
        return new JsonObject(clients);
    }

    private static JsonObject client(String id, List<String> uris) {
        return JsonObject.EMPTY.with("client_id", JsonValue.of(id)).with("client_secret", JsonValue.of("s".repeat(64)))
                .with("client_name", JsonValue.of("App " + id)).with("redirect_uris", JsonValue.of(uris))
                .with("created_at", JsonValue.of("2026-01-01T00:00:00Z"))
                .with("redirect_uri", JsonValue.of(uris.getFirst()));
    }

    private static List<String> resources(int number) {
        return IntStream.range(0, 16).mapToObj(i -> "https://r" + i + ".example/" + number + "&".repeat(480)).toList();
    }

    private String code(int number, boolean isLarge) throws Exception {
        Person person = person(number, isLarge);
        List<String> resources = isLarge ? resources(number) : List.of();
        return state.codes().give(Requests.by(person, "app", resources, "n".repeat(512)));
    }

    private SignIns.Issued signIn(int number, boolean isLarge) throws Exception {
        Entry<AuthorizationCode> code = state.codes().find(code(number, isLarge)).orElseThrow();
        SignIns.Issued issued = state.signIns().open(state.codes(), code, code.value().authorization().resources());
        for (int i = 0; isLarge && i < 8; i++) {
            issued = refresh(issued.await().refreshToken(), resources(1000 + i));
        }
        return issued;
    }

    private SignIns.Issued refresh(String token, List<String> resources) throws Exception {
        SignIns signIns = state.signIns();
        SignIns.Issued issued = signIns.refresh(signIns.ofRefreshToken(token, "app", true), token, true,
                Scopes.requested(Optional.of("openid")), resources);
        issued.await();
        return issued;
    }

    /// Each person with their own device, and the largest rules or none.
    private static Person person(int number, boolean isLarge) throws Exception {
        var digits = new ArrayList<>(List.of("0"));
        for (int i = 0; isLarge && i < 800; i++) {
            digits.add("" + i % 10);
        }
        String rules = isLarge ? "{\"extraClaims\":{\"a\":" + digits + "}}" : "";
        return Person.at(Peer.fromJson(JsonReader.readObject(("""
                {"Node":{"ID":%1$d,"StableID":"n%1$dCNTRL","Name":"laptop-%1$d.example.ts.net.","User":%1$d,\
                "Key":"nodekey:%1$064d","Addresses":["100.64.0.1/32","fd7a:115c:a1e0::%1$x/128"]},\
                "UserProfile":{"ID":%1$d,"LoginName":"person%1$d@example.com","DisplayName":"Person %1$d",\
                "ProfilePicURL":"https://example.com/picture/of/%1$d.png"},\
                "CapMap":{"tailscale.com/cap/tsidp":[%2$s]}}""").formatted(number + 1, rules).getBytes())));
    }
}
