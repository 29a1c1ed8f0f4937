package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;

/// Redirect URIs that the Go tsidp took, and that can't be registered here: they work by exact comparison where they
/// can be sent safely; of the others the start warns, and the page says why.
@Timeout(60)
class OldRedirectUriTest {

    private static final String ID = "0123456789abcdef0123456789abcdef";
    private static final List<String> GOOD = List.of("https://app.example.com/#/callback",
            "https://app.example.com/cb?a=1#x", "https://app.example.com/r\u00e9ponse",
            "https://b\u00fccher.example/cb", "https://user:pw@app.example.com/cb", "https://app.example.com/a b",
            "https://app.example.com/*",
            "app://cb#x", "http://localhost:8080/cb#x");
    private static final List<String> BAD = List.of("javascript:alert(1)", "/cb", "", "https://*.example.com/cb",
            "https:///cb", "https://app.example.com\\@evil.example/", "https://a b.example/", "ms-settings:x",
            "https://app.example.com/%zz");

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = start();

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);

    private static TestServer start() {
        var all = new ArrayList<>(GOOD);
        all.addAll(BAD);
        JsonObject client = JsonObject.EMPTY.with("client_id", JsonValue.of(ID))
                .with("client_secret", JsonValue.of("s")).with("client_name", JsonValue.of("Old"))
                .with("redirect_uris", JsonValue.of(all));
        try {
            Path directory = Files.createTempDirectory("old");
            Files.write(directory.resolve("oidc-funnel-clients.json"),
                    JsonWriter.writeBytes(JsonObject.EMPTY.with(ID, client)));
            return TestServer.start(TAILNET, InstantSource.system(), directory);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private RelyingParty party(String redirectUri) {
        return new RelyingParty(alice, new Client(ID, "s", "", List.of(redirectUri), "", JsonObject.EMPTY));
    }

    @ParameterizedTest
    @CsvSource({"https://app.example.com/#/callback,https://app.example.com/?code=,#/callback",
        "https://app.example.com/cb?a=1#x,https://app.example.com/cb?a=1&code=,#x",
        "https://app.example.com/r\u00e9ponse,https://app.example.com/r%C3%A9ponse?code=,''",
        "https://b\u00fccher.example/cb,https://b%C3%BCcher.example/cb?code=,''",
        "https://user:pw@app.example.com/cb,https://user:pw@app.example.com/cb?code=,''",
        "https://app.example.com/a b,https://app.example.com/a%20b?code=,''",
        "https://app.example.com/*,https://app.example.com/*?code=,''", "app://cb#x,app://cb?code=,#x",
        "http://localhost:8080/cb#x,http://localhost:8080/cb?code=,#x"})
    void whatCanBeSentWorks(String uri, String start, String end) {
        String location = party(uri).authorize().header("Location");
        assertTrue(location.startsWith(start) && location.endsWith(end), location);
        String code = location.replaceAll(".*[?&]code=([0-9a-f]{32})&.*", "$1");
        assertEquals(200, party(uri).redeem(code).status());
        assertFalse(SERVER.log().contains("user:pw"), "a password is not logged");
    }

    @Test
    void itIsComparedAsItIs() {
        for (String other : List.of("https://app.example.com/", "https://app.example.com/r%C3%A9ponse",
                "https://app.example.com/#/Callback", "https://xn--bcher-kva.example/cb", "https://app.example.com/x",
                "https://app.example.com/cb", "http://localhost:8081/cb#x", "http://localhost:8081/cb", "app://cb")) {
            Reply reply = party(other).authorize();
            assertEquals(400, reply.status(), other);
            assertTrue(reply.text().contains("is not registered for this application"), reply.text());
        }
    }

    @Test
    void aFragmentOfItsOwnTakesNoAnswer() {
        RelyingParty party = party("https://app.example.com/#/callback");
        assertEquals("invalid_request", party.authorize("response_mode", "fragment").parameters().get("error"));
        assertEquals(200, party.authorize("response_mode", "form_post").status());
    }

    @Test
    void whatCanNotBeSentIsToldAtTheStartAndOnThePage() {
        List<String> warnings = SERVER.log().lines().filter(line -> line.contains("a redirect URI can't be used"))
                .toList();
        assertEquals(BAD.size(), warnings.size(), warnings.toString());
        assertTrue(warnings.stream().allMatch(line -> line.contains("level=WARN") && line.contains(ID)
                && line.contains("why=")), warnings.toString());
        for (String uri : BAD) {
            Reply page = party(uri.isEmpty() ? "x" : uri).authorize();
            assertEquals(400, page.status(), uri);
            assertEquals("", page.header("Location"));
            assertEquals(!uri.isEmpty(), page.text().contains("is registered for this application, but can't be used"),
                    page.text());
        }
    }

    @Test
    void anAdministratorKeepsThemAndAddsNone() {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_admin_ui': true}");
        try (var server = start()) {
            Browser admin = server.plain(FakeTailnet.ALICE);
            String kept = "https://app.example.com/#/callback";
            Reply changed = admin.put("/clients/" + ID, "name", "Renamed", "redirect_uri",
                    kept + "\nhttps://app.example.com/new");
            assertEquals(200, changed.status(), changed.toString());
            assertEquals(Optional.of(List.of(kept, "https://app.example.com/new")),
                    changed.json().strings("redirect_uris"));
            Reply refused = admin.put("/clients/" + ID, "name", "Renamed", "redirect_uri", kept + "2");
            assertEquals("invalid_redirect_uri", refused.string("error"));
        }
    }
}
