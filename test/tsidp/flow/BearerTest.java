package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// What an access token gives access to: /userinfo, /introspect, and its resources.
@Timeout(60)
class BearerTest {

    /// RFC 7636, appendix B.
    private static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final Client CLIENT = SERVER.client("https://app.example.com/callback");
    private static final Client OTHER = SERVER.client("https://other.example.com/callback");
    private static final Client PUBLIC = SERVER.publicClient("http://localhost/cb");

    private final Browser browser = SERVER.plain(FakeTailnet.ALICE);
    private final RelyingParty app = new RelyingParty(browser, CLIENT);
    private final RelyingParty other = new RelyingParty(browser, OTHER);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    @AfterEach
    void takeTheRulesBack() {
        TAILNET.grant(FakeTailnet.ALICE);
    }

    private static JsonObject rule(List<String> users, List<String> resources) {
        return JsonObject.EMPTY.with("users", JsonValue.of(users)).with("resources", JsonValue.of(resources));
    }

    private static void assertChallenged(Reply reply, int status, String error) {
        assertEquals(status, reply.status(), reply.toString());
        assertEquals(error, reply.string("error"));
        assertTrue(reply.header("WWW-Authenticate").startsWith(error.isEmpty() ? "Bearer realm=\"tsidp\""
                : "Bearer error=\"" + error + "\", error_description=\""), reply.toString());
        assertEquals("*", reply.header("Access-Control-Allow-Origin"));
    }

    @Test
    void withoutATokenTheChallengeNamesNoError() {
        for (Reply reply : List.of(browser.get("/userinfo"), browser.post("/userinfo", ""),
                browser.get("/userinfo?access_token=" + app.login().string("access_token")))) {
            assertChallenged(reply, 401, "");
            assertFalse(reply.header("WWW-Authenticate").contains("error"));
        }
    }

    @Test
    void aTokenThatIsNotGoodIsInvalid() {
        String good = app.login().string("access_token");
        for (String bad : List.of("x", good + "x", good.substring(1), "x" + good, "A".repeat(65),
                app.login().string("refresh_token"), app.login().string("id_token"))) {
            assertChallenged(browser.get("/userinfo", "Authorization", "Bearer " + bad), 401, "invalid_token");
            assertChallenged(browser.post("/userinfo", Map.of("access_token", bad)), 401, "invalid_token");
        }
    }

    @Test
    void aTokenMustComeOnceAndAsABearerToken() {
        String token = app.login().string("access_token");
        for (Reply reply : List.of(
                browser.get("/userinfo", "Authorization", "Basic " + token),
                browser.get("/userinfo", "Authorization", "Bearer"),
                browser.get("/userinfo", "Authorization", token),
                browser.get("/userinfo", "Authorization", "Bearer " + token, "Authorization", "Bearer " + token),
                browser.post("/userinfo", Map.of("access_token", token), "Authorization", "Bearer " + token),
                browser.post("/userinfo", "access_token=" + token + "&access_token=" + token))) {
            assertChallenged(reply, 400, "invalid_request");
        }
        for (String type : List.of("Application/X-WWW-Form-URLencoded",
                "application/x-www-form-urlencoded;charset=x")) {
            assertEquals(200, browser.send("POST", "/userinfo", ("access_token=" + token).getBytes(), "Content-Type",
                    type).status(), type);
        }
        assertEquals(401, browser.send("POST", "/userinfo", ("access_token=" + token).getBytes(), "Content-Type",
                "application/x-www-form-urlencodedx").status());
        assertEquals(200, browser.get("/userinfo", "Authorization", "bearer  " + token).status());
        assertEquals(200, browser.send("POST", "/userinfo", new byte[0], "Content-Type", "application/json",
                "Authorization", "Bearer " + token).status());
    }

    private static void assertActive(Reply reply) {
        assertEquals(200, reply.status(), reply.toString());
        assertTrue(reply.json().isTrue("active"), reply.toString());
        assertEquals("no-store", reply.header("Cache-Control"));
        assertEquals("", reply.header("Access-Control-Allow-Origin"));
    }

    private static void assertInactive(Reply reply) {
        assertEquals(200, reply.status(), reply.toString());
        assertEquals("{\"active\":false}", reply.text());
    }

    /// It was sent the token, which is why it asks.
    @Test
    void aClientWithItsSecretLearnsOfAnyTokenThatItHas() {
        String token = app.login().string("access_token");
        for (Browser from : List.of(browser, SERVER.nobody())) {
            assertActive(new RelyingParty(from, CLIENT).introspect(token));
            assertActive(new RelyingParty(from, OTHER).introspect(token));
            assertActive(from.post("/introspect", Map.of("token", token), "Authorization",
                    RelyingParty.basic(OTHER.id(), OTHER.secret())));
        }
    }

    /// What an MCP server sends: `token=` alone. Bob's device, and one that is tagged.
    @Test
    void aDeviceOfTheTailnetNeedsNoSecret() {
        String token = app.login().string("access_token");
        for (String device : List.of(FakeTailnet.ALICE, FakeTailnet.BOB, FakeTailnet.PRINTER)) {
            Browser from = SERVER.plain(device);
            assertActive(from.post("/introspect", Map.of("token", token)));
            assertActive(from.post("/introspect", Map.of("token", token, "client_id", CLIENT.id())));
            assertActive(from.post("/introspect", Map.of("token", token, "client_id", CLIENT.id(), "client_secret",
                    "")));
            assertInactive(from.post("/introspect", Map.of("token", "x".repeat(65))));
        }
    }

    @Test
    void aWrongSecretIsNobodysEvenFromADevice() {
        String token = app.login().string("access_token");
        for (Browser from : List.of(browser, SERVER.plain(FakeTailnet.PRINTER), SERVER.nobody())) {
            for (Client client : List.of(CLIENT, OTHER, PUBLIC, new Client("unknown", "", "", List.of(), "",
                    JsonObject.EMPTY))) {
                assertInactive(from.post("/introspect",
                        Map.of("token", token, "client_id", client.id(), "client_secret", "wrong")));
                assertInactive(from.post("/introspect", Map.of("token", token), "Authorization",
                        RelyingParty.basic(client.id(), "wrong")));
            }
            assertInactive(from.post("/introspect", Map.of("token", token), "Authorization",
                    RelyingParty.basic(CLIENT.id(), "")));
            assertInactive(from.post("/introspect", Map.of("token", token), "Authorization", "Bearer " + token));
            assertInactive(from.post("/introspect", Map.of("token", token, "client_secret", CLIENT.secret())));
        }
    }

    @Test
    void withoutASecretNobodyLearnsAnythingElsewhere() {
        String token = app.login().string("access_token");
        for (Browser elsewhere : List.of(SERVER.nobody(), browser.from(FakeTailnet.internet()))) {
            assertInactive(elsewhere.post("/introspect", Map.of("token", token)));
            assertInactive(elsewhere.post("/introspect", Map.of("token", token, "client_id", CLIENT.id())));
            assertInactive(elsewhere.post("/introspect", Map.of("token", token, "client_id", PUBLIC.id())));
            assertActive(new RelyingParty(elsewhere, CLIENT).introspect(token));
        }
        assertTrue(SERVER.log().contains("introspection refused"));
    }

    /// Anybody can name it: only the device that it runs on counts.
    @Test
    void aPublicClientIsNoMoreThanItsDevice() {
        var publicApp = new RelyingParty(browser, PUBLIC);
        String token = publicApp.redeem(publicApp.code("code_challenge", CHALLENGE, "code_challenge_method", "S256"),
                "code_verifier", VERIFIER).string("access_token");
        assertActive(publicApp.introspect(token));
        assertInactive(new RelyingParty(SERVER.nobody(), PUBLIC).introspect(token));
        assertInactive(SERVER.nobody().post("/introspect", Map.of("token", token), "Authorization",
                RelyingParty.basic(PUBLIC.id(), "")));
    }

    /// Without tailscaled's answer nobody knows whose device it is; a secret gets as far as before, but not whether the
    /// device of the sign-in is still there.
    @Test
    void withoutTailscaledNothingIsToldOfAToken() {
        String token = app.login().string("access_token");
        TAILNET.answer(500, "{}");
        try {
            assertEquals(503, browser.post("/introspect", Map.of("token", token)).status());
            assertEquals(503, app.introspect(token).status());
            assertEquals("{\"active\":false}", app.introspect("x").text());
        } finally {
            TAILNET.behave();
        }
    }

    @Test
    void aDeviceIsToldWhatTheScopeSays() {
        String token = app.login("scope", "openid").string("access_token");
        JsonObject told = browser.post("/introspect", Map.of("token", token)).json();
        assertFalse(told.toString().contains("alice"), told.toString());
    }

    @Test
    void theRulesClaimsAreInAnIntrospection() {
        TAILNET.grant(FakeTailnet.ALICE, JsonObject.EMPTY.with("extraClaims",
                JsonObject.EMPTY.with("floor", JsonValue.of(3)).with("sub", JsonValue.of("forged"))));
        JsonObject told = app.introspect(app.login().string("access_token")).json();
        assertEquals(3, told.integer("floor").orElseThrow());
        assertEquals(Optional.of("userid:1001"), told.string("sub"));
    }

    @Test
    void whatIsNoGoodAccessTokenIsInactive() {
        Reply tokens = app.login();
        for (String token : List.of("x", "A".repeat(65), tokens.string("refresh_token"), tokens.string("id_token"))) {
            assertEquals("{\"active\":false}", app.introspect(token).text());
        }
        assertEquals(400, browser.post("/introspect", Map.of("client_id", CLIENT.id(), "client_secret",
                CLIENT.secret())).status());
        assertEquals(400, browser.post("/introspect", "token=a&token=b").status());
    }

    @Test
    void aTokenIsForTheResourcesThatTheRulesAllow() {
        TAILNET.grant(FakeTailnet.ALICE, rule(List.of(FakeTailnet.ALICE), List.of("https://a.example",
                "https://b.example")));
        Reply tokens = app.login("resource", "https://a.example");
        JsonObject claims = app.claims(tokens);
        assertEquals(Optional.of(List.of(CLIENT.id(), "https://a.example")), claims.strings("aud"));
        assertEquals(CLIENT.id(), claims.string("azp").orElseThrow());
        JsonObject introspection = app.introspect(tokens.string("access_token")).json();
        assertEquals(claims.get("aud"), introspection.get("aud"));
        assertFalse(app.claims(app.login()).get("azp").isPresent());
    }

    @Test
    void aResourceServerLearnsOfTheTokensThatItIsSent(@TempDir Path directory) throws Exception {
        TAILNET.grant(FakeTailnet.ALICE, rule(List.of("*"), List.of("*")));
        Files.writeString(directory.resolve("oidc-funnel-clients.json"), """
                {"urn:api": {"client_id": "urn:api", "client_secret": "s",
                "redirect_uris": ["https://api.example.com"]}}
                """);
        try (var server = TestServer.start(TAILNET, InstantSource.system(), directory)) {
            Browser alice = server.plain(FakeTailnet.ALICE);
            var client = new RelyingParty(alice, server.client("https://app.example.com/callback"));
            var api = new RelyingParty(alice, new Client("urn:api", "s", "", List.of("https://api.example.com"), "",
                    JsonObject.EMPTY));
            // The Go tsidp's clients are told all of their own tokens; of others what the scope says.
            JsonObject own = api.introspect(client.login("resource", "urn:api", "scope", "openid")
                    .string("access_token")).json();
            assertEquals(Optional.of("alice@example.com"), own.string("username"), own.toString());
            JsonObject others = api.introspect(client.login("scope", "openid").string("access_token")).json();
            assertTrue(others.isTrue("active"));
            assertFalse(others.get("username").isPresent(), others.toString());
            assertTrue(api.introspect(client.login("resource", "https://api.example.com").string("access_token"))
                    .json().isTrue("active"));
        }
    }

    @Test
    void severalResourcesAreNarrowedAtTheTokenEndpoint() {
        TAILNET.grant(FakeTailnet.ALICE, rule(List.of("*"), List.of("https://a.example", "https://b.example")));
        String both = Browser.form(app.request()) + "&resource=https://a.example&resource=https://b.example";
        String code = browser.get("/authorize?" + both).parameters().get("code");
        Reply tokens = app.redeem(code, "resource", "https://b.example");
        assertEquals(Optional.of(List.of(CLIENT.id(), "https://b.example")), app.claims(tokens).strings("aud"));
        Reply beyond = app.refresh(tokens.string("refresh_token"), "resource", "https://a.example");
        assertEquals("invalid_target", beyond.string("error"));
        assertEquals(400, beyond.status());
        Reply refreshed = app.refresh(tokens.string("refresh_token"));
        assertEquals(Optional.of(List.of(CLIENT.id(), "https://b.example")), app.claims(refreshed).strings("aud"));
    }

    /// A client of an administrator may ask at the token endpoint first, for what no rule has been asked about yet.
    @Test
    void whatNoRuleAllowsIsNotGivenForACode() {
        TAILNET.grant(FakeTailnet.ALICE, rule(List.of("*"), List.of("urn:a")));
        Reply refused = app.redeem(app.code(), "resource", "urn:b");
        assertEquals(400, refused.status(), refused.toString());
        assertEquals("invalid_target", refused.string("error"));
        String some = Browser.form(app.redemption(app.code())) + "&resource=urn:a&resource=urn:b";
        assertEquals(Optional.of(List.of(CLIENT.id(), "urn:a")),
                app.claims(browser.post("/token", some)).strings("aud"));
    }

    /// The rules are those of now.
    @Test
    void whatNoRuleAllowsIsNotGivenForARefreshToken() {
        TAILNET.grant(FakeTailnet.ALICE, rule(List.of("*"), List.of("*")));
        String token = app.login().string("refresh_token");
        TAILNET.grant(FakeTailnet.ALICE, rule(List.of("*"), List.of("urn:a")));
        Reply refused = app.refresh(token, "resource", "urn:b");
        assertEquals(400, refused.status(), refused.toString());
        assertEquals("invalid_target", refused.string("error"));
        assertEquals(Optional.of(List.of(CLIENT.id(), "urn:a")),
                app.claims(app.refresh(token, "resource", "urn:a")).strings("aud"));
    }

    private static Set<String> told(RelyingParty party, String scope) {
        Reply reply = party.userInfo(party.login("scope", scope).string("access_token"));
        assertEquals(200, reply.status(), reply.toString());
        return reply.json().members().keySet();
    }

    @Test
    void userInfoTellsWhatTheScopesAskFor() {
        assertEquals(Set.of("sub"), told(app, "openid"));
        assertEquals(Set.of("sub", "email"), told(app, "openid email"));
        assertEquals(Set.of("sub", "name", "given_name", "family_name", "username", "preferred_username", "picture"),
                told(app, "openid profile"));
        assertEquals(Set.of("sub", "name", "given_name", "family_name", "username", "preferred_username", "picture",
                "email"),
                told(app, "openid email profile"));
        Reply tokens = app.login();
        String narrowed = app.refresh(tokens.string("refresh_token"), "scope", "openid").string("access_token");
        assertEquals(Set.of("sub"), app.userInfo(narrowed).json().members().keySet());
    }

    @Test
    void anIntrospectionTellsTheLoginNameByScopeToo() {
        JsonObject without = app.introspect(app.login("scope", "openid").string("access_token")).json();
        assertTrue(without.isTrue("active"));
        assertFalse(without.toString().contains("alice"), without.toString());
        assertEquals(Optional.of("alice@example.com"), app.introspect(app.login("scope", "openid profile")
                .string("access_token")).json().string("username"));
    }

    @Test
    void aMalformedRuleIsLoggedAndGrantsNothing() {
        TAILNET.grant(FakeTailnet.ALICE, JsonObject.EMPTY.with("users", JsonValue.of("*"))
                .with("resources", JsonValue.of(List.of("*"))));
        assertEquals("invalid_target", app.authorize("resource", "https://a.example").parameters().get("error"));
        assertTrue(SERVER.log().contains("users is not a list of strings"));
        assertEquals(200, app.login().status());
    }
}
