package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;

/// The claim `groups`: what whois reports and what the rules set, together.
@Timeout(60)
class GroupsTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final Client CLIENT = SERVER.client("https://app.example.com/callback");

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);
    private final RelyingParty party = new RelyingParty(alice, CLIENT);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    @AfterEach
    void leave() {
        TAILNET.groups(FakeTailnet.ALICE);
        TAILNET.grant(FakeTailnet.ALICE);
    }

    /// In the ID token, in UserInfo, in an introspection.
    private List<Optional<List<String>>> groups(Reply tokens) {
        assertEquals(200, tokens.status(), tokens.toString());
        String token = tokens.string("access_token");
        return List.of(party.claims(tokens), party.userInfo(token).json(), party.introspect(token).json()).stream()
                .map(told -> told.strings("groups")).toList();
    }

    private static List<Optional<List<String>>> everywhere(String... groups) {
        Optional<List<String>> these = groups.length == 0 ? Optional.empty() : Optional.of(List.of(groups));
        return List.of(these, these, these);
    }

    @Test
    void theScopeAsksForThem() {
        TAILNET.groups(FakeTailnet.ALICE, "group:eng", "staff@example.com");
        Reply tokens = party.login("scope", "openid groups");
        assertEquals("openid groups", tokens.string("scope"));
        assertEquals(everywhere("group:eng", "staff@example.com"), groups(tokens));
        assertEquals(everywhere("group:eng", "staff@example.com"),
                groups(party.refresh(tokens.string("refresh_token"))));
        assertEquals(everywhere(), groups(party.login("scope", "openid email profile")));
    }

    @Test
    void whoIsInNoneHasNoClaim() {
        assertEquals(everywhere(), groups(party.login("scope", "openid groups")));
    }

    @Test
    void aRulesAreAddedToThem() {
        TAILNET.groups(FakeTailnet.ALICE, "group:eng", "admins");
        TAILNET.policy(FakeTailnet.ALICE, "{'extraClaims': {'groups': ['admins', 'ops']}}");
        assertEquals(everywhere("group:eng", "admins", "ops"), groups(party.login("scope", "openid groups")));
    }

    @Test
    void whatARuleSetsAloneIsAListToo() {
        TAILNET.policy(FakeTailnet.ALICE, "{'extraClaims': {'groups': 'ops'}}");
        assertEquals(everywhere("ops"), groups(party.login("scope", "openid groups")));
        assertEquals(Optional.of("ops"), party.claims(party.login("scope", "openid")).string("groups"));
    }

    /// In UserInfo only if the rule says so, as all that a rule sets.
    @Test
    void aRuleThatSetsThemNeedsNoScope() {
        TAILNET.groups(FakeTailnet.ALICE, "group:eng");
        Optional<List<String>> all = Optional.of(List.of("group:eng", "ops"));
        TAILNET.policy(FakeTailnet.ALICE, "{'extraClaims': {'groups': ['ops']}}");
        assertEquals(List.of(all, Optional.<List<String>>empty(), all), groups(party.login("scope", "openid")));
        TAILNET.policy(FakeTailnet.ALICE, "{'extraClaims': {'groups': ['ops']}, 'includeInUserInfo': true}");
        assertEquals(List.of(all, all, all), groups(party.login("scope", "openid")));
    }

    @Test
    void aRuleThatSetsNullSetsNone() {
        TAILNET.groups(FakeTailnet.ALICE, "group:eng");
        TAILNET.policy(FakeTailnet.ALICE, "{'extraClaims': {'groups': null}}");
        assertEquals(everywhere("group:eng"), groups(party.login("scope", "openid groups")));
    }

    @Test
    void theyAreThoseOfNow() {
        TAILNET.groups(FakeTailnet.ALICE, "group:eng");
        Reply tokens = party.login("scope", "openid groups");
        TAILNET.groups(FakeTailnet.ALICE, "group:ops");
        SERVER.restart();
        assertEquals(everywhere("group:ops"), groups(party.refresh(tokens.string("refresh_token"))));
    }

    /// A client of the Go tsidp's file is told all standard claims: groups are not among them.
    @Test
    void aClientOfTheGoTsidpGetsThemOnlyWhereItAsks() throws Exception {
        var directory = Files.createTempDirectory("go");
        Files.writeString(directory.resolve("oidc-funnel-clients.json"), """
                {"old": {"client_id": "old", "client_secret": "s", "redirect_uris": ["https://old.example.com/cb"]}}
                """);
        TAILNET.groups(FakeTailnet.ALICE, "group:eng");
        try (var server = TestServer.start(TAILNET, InstantSource.system(), directory)) {
            var old = new RelyingParty(server.plain(FakeTailnet.ALICE), new Client("old", "s", "",
                    List.of("https://old.example.com/cb"), "", JsonObject.EMPTY));
            JsonObject without = old.userInfo(old.login("scope", "openid").string("access_token")).json();
            assertTrue(without.get("email").isPresent());
            assertFalse(without.get("groups").isPresent(), without.toString());
            assertEquals(Optional.of(List.of("group:eng")), old.userInfo(old.login("scope", "openid groups")
                    .string("access_token")).json().strings("groups"));
        }
    }

    @Test
    void tooManyAreLeftOutAndTheLogSaysSo() {
        String[] many = IntStream.range(0, 400).mapToObj(i -> "group:number-" + i)
                .toArray(String[]::new);
        TAILNET.groups(FakeTailnet.ALICE, many);
        List<String> kept = groups(party.login("scope", "openid groups")).getFirst().orElseThrow();
        assertTrue(kept.size() > 150 && kept.size() < 250, "" + kept.size());
        assertTrue(SERVER.log().lines().anyMatch(line -> line.contains("msg=rule")
                && line.contains(400 - kept.size() + " groups of tailscaled's whois are left out")
                && line.contains("for alice@example.com at")), SERVER.log());
    }

    @Test
    void aSelfRegisteredClientAsksForThem() {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true}");
        RelyingParty app = Dcr.party(alice, Dcr.register(alice, "{'redirect_uris': ['https://a.example.com/cb']}"));
        Reply page = app.authorize("scope", "openid");
        assertFalse(page.text().contains("your groups"), page.text());
        assertEquals(302, Form.of(page).with("decision", "allow").send(alice).status());
        Reply again = app.authorize("scope", "openid groups");
        assertEquals(200, again.status());
        assertTrue(again.text().contains("your groups"), again.text());
    }

    @Test
    void theMetadataNamesThem() {
        JsonObject metadata = alice.get("/.well-known/openid-configuration").json();
        assertTrue(metadata.strings("scopes_supported").orElseThrow().contains("groups"));
        assertTrue(metadata.strings("claims_supported").orElseThrow().contains("groups"));
    }
}
