package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.MovableClock;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;
import tsidp.token.SignIns;

/// Token exchange (RFC 8693): a gateway exchanges the token that it received for one that an API accepts.
@Timeout(60)
class TokenExchangeTest {

    private static final String NAME = "urn:ietf:params:oauth:grant-type:token-exchange";
    private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
    private static final String API = "https://api.example.com/";

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final MovableClock CLOCK = MovableClock.atPresent();
    private static final TestServer SERVER = TestServer.start(TAILNET, CLOCK);
    private static final Client APP = SERVER.client("https://app.example.com/cb");
    private static final Client GATEWAY = SERVER.client("https://gateway.example.com/cb");
    private static final Client BACKEND = SERVER.client("https://backend.example.com/cb");
    private static final Client PUBLIC = SERVER.publicClient("https://spa.example.com/cb");
    private static final Browser PROGRAM = SERVER.nobody();

    private final RelyingParty alices = new RelyingParty(SERVER.plain(FakeTailnet.ALICE), APP);
    private final RelyingParty bobs = new RelyingParty(SERVER.plain(FakeTailnet.BOB), GATEWAY);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    @BeforeEach
    void grant() {
        TAILNET.policy(FakeTailnet.ALICE, "{'users': ['alice@example.com'], 'resources': ['" + API + "', 'backend', '"
                + BACKEND.id() + "', 'urn:other']}");
        TAILNET.policy(FakeTailnet.BOB, "{'users': ['alice@example.com'], 'resources': ['*']}");
    }

    private static Map<String, String> request(Client client, String token, String... others) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("grant_type", NAME);
        parameters.put("client_id", client.id());
        if (!client.secret().isEmpty()) {
            parameters.put("client_secret", client.secret());
        }
        parameters.put("subject_token", token);
        parameters.put("subject_token_type", ACCESS_TOKEN);
        for (int i = 0; i < others.length; i += 2) {
            parameters.put(others[i], others[i + 1]);
        }
        return parameters;
    }

    private static Reply exchange(String token, String... others) {
        return PROGRAM.post("/token", request(GATEWAY, token, others));
    }

    private static String exchanged(String token, String... others) {
        Reply reply = exchange(token, others);
        assertEquals(200, reply.status(), reply.toString());
        return reply.string("access_token");
    }

    private static JsonObject introspect(Client client, String token) {
        return PROGRAM.post("/introspect", Map.of("client_id", client.id(), "client_secret", client.secret(),
                "token", token)).json();
    }

    private String token() {
        return alices.login().string("access_token");
    }

    private static void assertRefused(String error, Reply reply) {
        assertEquals(400, reply.status(), reply.toString());
        assertEquals(error, reply.string("error"), reply.toString());
        assertFalse(reply.json().get("access_token").isPresent(), reply.text());
    }

    @Test
    void theAnswerIsTheStandards() {
        Reply reply = exchange(token(), "audience", "backend");
        assertEquals(200, reply.status());
        assertEquals(Set.of("access_token", "issued_token_type", "token_type", "expires_in"),
                reply.json().members().keySet());
        assertEquals(ACCESS_TOKEN, reply.string("issued_token_type"));
        assertEquals("Bearer", reply.string("token_type"));
        assertEquals(300, reply.json().integer("expires_in").orElseThrow());
        assertEquals("no-store", reply.header("Cache-Control"));
        assertEquals("no-cache", reply.header("Pragma"));
    }

    @Test
    void withoutTheSwitchThereIsNoSuchGrantType() throws Exception {
        try (var without = TestServer.start(TAILNET, CLOCK, Files.createTempDirectory("sts"), false)) {
            Client client = without.client("https://app.example.com/cb");
            var party = new RelyingParty(without.plain(FakeTailnet.ALICE), client);
            String token = party.login().string("access_token");
            assertRefused("unsupported_grant_type",
                    without.nobody().post("/token", request(client, token, "audience", "backend")));
            for (String path : List.of("/.well-known/openid-configuration",
                    "/.well-known/oauth-authorization-server")) {
                assertEquals(Optional.of(List.of("authorization_code", "refresh_token")),
                        without.nobody().get(path).json().strings("grant_types_supported"));
                assertTrue(PROGRAM.get(path).json().strings("grant_types_supported").orElseThrow().contains(NAME));
            }
        }
    }

    @Test
    void theNewTokenIsForTheAudienceAlone() {
        JsonObject told = introspect(GATEWAY, exchanged(token(), "audience", "backend"));
        assertTrue(told.isTrue("active"));
        assertEquals(Optional.of(List.of("backend")), told.strings("aud"));
        assertEquals(Optional.of(GATEWAY.id()), told.string("client_id"));
        assertEquals(Optional.of("userid:1001"), told.string("sub"));
        assertEquals(Optional.of("openid email profile"), told.string("scope"));
        assertEquals(CLOCK.instant().getEpochSecond() + 300, told.integer("exp").orElseThrow());
        assertFalse(told.get("act").isPresent());
    }

    @Test
    void whoHasASecretAndTheTokenMayIntrospectIt() {
        String exchanged = exchanged(token(), "audience", BACKEND.id());
        for (Client client : List.of(BACKEND, GATEWAY, APP)) {
            assertTrue(introspect(client, exchanged).isTrue("active"));
        }
    }

    @Test
    void aResourceAndAnAudienceAddUp() {
        assertEquals(Optional.of(List.of(API)),
                introspect(GATEWAY, exchanged(token(), "resource", API)).strings("aud"));
        assertEquals(Optional.of(List.of("backend", API)),
                introspect(GATEWAY, exchanged(token(), "resource", API, "audience", "backend")).strings("aud"));
        Reply several = PROGRAM.post("/token", Browser.form(request(GATEWAY, token()))
                + "&audience=backend&audience=urn%3Aother&audience=backend");
        assertEquals(Optional.of(List.of("backend", "urn:other")),
                introspect(GATEWAY, several.string("access_token")).strings("aud"));
    }

    @Test
    void withoutAnyTheRequestIsInvalid() {
        assertRefused("invalid_request", exchange(token()));
        assertRefused("invalid_request", exchange(token(), "audience", ""));
    }

    @Test
    void whatNoRuleAllowsIsAnInvalidTarget() {
        assertRefused("invalid_target", exchange(token(), "audience", "elsewhere"));
        assertRefused("invalid_target", exchange(token(), "resource", "https://elsewhere.example.com/"));
        assertRefused("invalid_target", exchange(token(), "resource", "no uri"));
        assertRefused("invalid_target", exchange(token(), "resource", "https://api.example.com/#f"));
        assertRefused("invalid_target", exchange(token(), "resource", "/relative", "audience", "backend"));
    }

    @Test
    void audiencesAreBoundedInNumberAndLength() {
        TAILNET.policy(FakeTailnet.ALICE, "{'users': ['*'], 'resources': ['*']}");
        String body = Browser.form(request(GATEWAY, token()));
        var many = new StringBuilder();
        for (int i = 0; i < 16; i++) {
            many.append("&audience=").append(i);
        }
        assertEquals(200, PROGRAM.post("/token", body + many).status());
        assertRefused("invalid_target", PROGRAM.post("/token", body + many + "&resource=urn%3Ax"));
        assertEquals(200, PROGRAM.post("/token", body + "&audience=" + "x".repeat(512)).status());
        assertRefused("invalid_target", PROGRAM.post("/token", body + "&audience=" + "x".repeat(513)));
    }

    @Test
    void ofSeveralOnlyTheAllowedOnesAreGiven() {
        assertEquals(Optional.of(List.of("backend")), introspect(GATEWAY, exchanged(token(), "audience", "backend",
                "resource", "https://elsewhere.example.com/")).strings("aud"));
    }

    @Test
    void aRuleThatSpeaksOfSomebodyElseAllowsNothing() {
        assertRefused("invalid_target", exchange(bobs.login().string("access_token"), "audience", "backend"));
        TAILNET.policy(FakeTailnet.BOB, "{'users': ['bob@example.com'], 'resources': ['backend']}");
        exchanged(bobs.login().string("access_token"), "audience", "backend");
    }

    @Test
    void theScopeIsNarrowedNeverWidenedAndTheAnswerSaysSo() {
        Reply narrowed = exchange(token(), "audience", "backend", "scope", "email");
        assertEquals(200, narrowed.status());
        assertEquals("email", narrowed.string("scope"));
        assertEquals(Optional.of("email"), introspect(GATEWAY, narrowed.string("access_token")).string("scope"));
        Reply differs = exchange(token(), "audience", "backend", "scope", "email unknown");
        assertEquals("email", differs.string("scope"));
        String openid = alices.login("scope", "openid").string("access_token");
        Reply wider = exchange(openid, "audience", "backend", "scope", "openid email");
        assertEquals("openid", wider.string("scope"), wider.toString());
        assertEquals(Optional.of("openid"), introspect(GATEWAY, wider.string("access_token")).string("scope"));
        Reply same = exchange(openid, "audience", "backend", "scope", "openid");
        assertFalse(same.json().get("scope").isPresent(), same.toString());
        String again = exchanged(narrowed.string("access_token"), "audience", "backend");
        assertEquals(Optional.of("email"), introspect(GATEWAY, again).string("scope"));
        for (String other : List.of("profile", "openid profile", "mcp:tools")) {
            Reply kept = exchange(again, "audience", "backend", "scope", other);
            assertEquals("email", kept.string("scope"), other);
            assertEquals(Optional.of("email"), introspect(GATEWAY, kept.string("access_token")).string("scope"));
        }
    }

    @Test
    void aSubjectTokenThatIsNotGoodIsRefused() {
        Reply tokens = alices.login();
        String good = tokens.string("access_token");
        for (String bad : List.of("x", good + "x", good.substring(1), good.substring(0, 64), flipped(good, 0),
                flipped(good, 64), flipped(good, 30), tokens.string("refresh_token"), tokens.string("id_token"),
                "Bearer " + good, " " + good)) {
            assertRefused("invalid_request", exchange(bad, "audience", "backend"));
        }
        assertEquals(200, exchange(good, "audience", "backend").status());
    }

    private static String flipped(String token, int at) {
        char other = token.charAt(at) == 'A' ? 'B' : 'A';
        return token.substring(0, at) + other + token.substring(at + 1);
    }

    @Test
    void aTokenIsGoodNoLongerThanTheOneItWasExchangedFor() {
        String token = token();
        CLOCK.pass(Duration.ofSeconds(290));
        Reply reply = exchange(token, "audience", "backend");
        assertEquals(10, reply.json().integer("expires_in").orElseThrow());
        String exchanged = reply.string("access_token");
        CLOCK.pass(Duration.ofSeconds(9));
        assertTrue(introspect(GATEWAY, exchanged).isTrue("active"));
        CLOCK.pass(Duration.ofSeconds(1));
        assertFalse(introspect(GATEWAY, exchanged).isTrue("active"));
        assertRefused("invalid_request", exchange(token, "audience", "backend"));
        assertRefused("invalid_request", exchange(exchanged, "audience", "backend"));
    }

    @Test
    void everyTypeMustBeAnAccessToken() {
        String token = token();
        var untyped = request(GATEWAY, token, "audience", "backend");
        untyped.remove("subject_token_type");
        assertRefused("invalid_request", PROGRAM.post("/token", untyped));
        var tokenless = request(GATEWAY, token, "audience", "backend");
        tokenless.remove("subject_token");
        assertRefused("invalid_request", PROGRAM.post("/token", tokenless));
        for (String type : List.of("urn:ietf:params:oauth:token-type:id_token", "access_token",
                "urn:ietf:params:oauth:token-type:jwt", ACCESS_TOKEN.toUpperCase(java.util.Locale.ROOT))) {
            assertRefused("invalid_request", exchange(token, "audience", "backend", "subject_token_type", type));
            assertRefused("invalid_request", exchange(token, "audience", "backend", "requested_token_type", type));
            assertRefused("invalid_request", exchange(token, "audience", "backend", "actor_token", token,
                    "actor_token_type", type));
        }
        assertRefused("invalid_request", exchange(token, "audience", "backend", "actor_token_type", ACCESS_TOKEN));
        assertEquals(200, exchange(token, "audience", "backend", "requested_token_type", ACCESS_TOKEN).status());
    }

    @Test
    void anActorIsNamedInTheNewToken() {
        String exchanged = exchanged(token(), "audience", "backend", "actor_token",
                bobs.login().string("access_token"), "actor_token_type", ACCESS_TOKEN);
        JsonObject told = introspect(GATEWAY, exchanged);
        assertEquals(Optional.of("userid:1001"), told.string("sub"));
        JsonObject act = told.object("act").orElseThrow();
        assertEquals(Optional.of("userid:1002"), act.string("sub"));
        assertEquals(Optional.of(GATEWAY.id()), act.string("client_id"));
        assertFalse(act.get("act").isPresent());
    }

    @Test
    void actorsBehindOneAnotherAreNested() {
        String first = exchanged(token(), "audience", "backend", "actor_token", bobs.login().string("access_token"));
        String carols = new RelyingParty(SERVER.plain(FakeTailnet.CAROL), BACKEND).login().string("access_token");
        JsonObject act = introspect(GATEWAY, exchanged(first, "audience", "urn:other", "actor_token", carols))
                .object("act").orElseThrow();
        assertEquals(Optional.of("userid:1003"), act.string("sub"));
        assertEquals(Optional.of("userid:1002"), act.object("act").orElseThrow().string("sub"));
    }

    @Test
    void whoActsForTheActorIsNestedToo() {
        TAILNET.policy(FakeTailnet.BOB, "{'users': ['*'], 'resources': ['*']}");
        String carols = new RelyingParty(SERVER.plain(FakeTailnet.CAROL), BACKEND).login().string("access_token");
        String bobByCarol = exchanged(bobs.login().string("access_token"), "audience", "backend", "actor_token",
                carols);
        JsonObject act = introspect(GATEWAY, exchanged(token(), "audience", "backend", "actor_token", bobByCarol))
                .object("act").orElseThrow();
        assertEquals(Optional.of("userid:1002"), act.string("sub"));
        assertEquals(Optional.of("userid:1003"), act.object("act").orElseThrow().string("sub"));
    }

    @Test
    void whoActedBeforeStaysWithoutAnActorToken() {
        String first = exchanged(token(), "audience", "backend", "actor_token", bobs.login().string("access_token"));
        JsonObject before = introspect(GATEWAY, first).object("act").orElseThrow();
        assertEquals(Optional.of(before),
                introspect(GATEWAY, exchanged(first, "audience", "urn:other")).object("act"));
    }

    @Test
    void aChainOfActorsEnds() {
        String token = token();
        String actor = bobs.login().string("access_token");
        int depth = 0;
        Reply reply = exchange(token, "audience", "backend", "actor_token", actor);
        while (reply.status() == 200 && depth < 20) {
            depth++;
            reply = exchange(reply.string("access_token"), "audience", "backend", "actor_token", actor);
        }
        assertRefused("invalid_request", reply);
        assertEquals(8, depth);
    }

    @Test
    void anActorTokenThatIsNotGoodIsRefused() {
        Reply actor = bobs.login();
        for (String bad : List.of("x", flipped(actor.string("access_token"), 40), actor.string("refresh_token"))) {
            assertRefused("invalid_request", exchange(token(), "audience", "backend", "actor_token", bad));
        }
    }

    @Test
    void aTokenOfARevokedGrantIsRefusedAndWhatItGaveDiesWithIt() {
        String code = alices.code();
        String token = alices.redeem(code).string("access_token");
        String exchanged = exchanged(token, "audience", "backend");
        assertTrue(introspect(GATEWAY, exchanged).isTrue("active"));
        assertRefused("invalid_grant", alices.redeem(code));
        assertRefused("invalid_request", exchange(token, "audience", "backend"));
        assertRefused("invalid_request", exchange(exchanged, "audience", "backend"));
        assertFalse(introspect(GATEWAY, exchanged).isTrue("active"));
    }

    @Test
    void aReplayedRefreshTokenRevokesExchangedTokensToo() {
        var party = new RelyingParty(SERVER.plain(FakeTailnet.ALICE), SERVER.rotatingClient("https://r.example.com/"));
        Reply tokens = party.login();
        party.refresh(tokens.string("refresh_token"));
        String exchanged = exchanged(tokens.string("access_token"), "audience", "backend");
        CLOCK.pass(Duration.ofSeconds(61));
        assertTrue(introspect(GATEWAY, exchanged).isTrue("active"));
        assertRefused("invalid_grant", party.refresh(tokens.string("refresh_token")));
        assertFalse(introspect(GATEWAY, exchanged).isTrue("active"));
    }

    @Test
    void aGrantThatEndsDuringAnExchangeStaysEnded() {
        String token = token();
        SignIns.Held held = SERVER.signIns().accessToken(token).orElseThrow();
        SERVER.signIns().end(signIn -> signIn.clientId().equals(APP.id()), "it is over");
        assertThrows(Refusal.class, () -> SERVER.signIns().exchange(held, GATEWAY.id(), held.accessToken().scopes(),
                List.of("backend"), JsonObject.EMPTY));
        assertEquals(401, alices.userInfo(token).status());
    }

    @Test
    void anExchangeLeavesTheLoginAsItWas() {
        Reply tokens = alices.login();
        exchanged(tokens.string("access_token"), "audience", "backend");
        assertEquals(200, alices.userInfo(tokens.string("access_token")).status());
        assertEquals(200, alices.refresh(tokens.string("refresh_token")).status());
    }

    @Test
    void aGatewayExchangesOneTokenAsOftenAsItIsAsked() {
        String token = token();
        String last = "";
        for (int i = 0; i < 100; i++) {
            last = exchanged(token, "audience", "backend");
        }
        assertTrue(introspect(GATEWAY, last).isTrue("active"));
        assertEquals(200, alices.userInfo(token).status());
    }

    @Test
    void anExchangedTokenSurvivesARestart() {
        String exchanged = exchanged(token(), "audience", "backend", "actor_token",
                bobs.login().string("access_token"));
        JsonObject before = introspect(GATEWAY, exchanged);
        SERVER.restart();
        assertEquals(before, introspect(GATEWAY, exchanged));
        exchanged(exchanged, "audience", "urn:other");
    }

    @Test
    void theClientMustProveWhoItIs() {
        String token = token();
        var wrong = request(GATEWAY, token, "audience", "backend", "client_secret", APP.secret());
        Reply refused = PROGRAM.post("/token", wrong);
        assertEquals(401, refused.status());
        assertEquals("invalid_client", refused.string("error"));
        wrong.remove("client_secret");
        assertEquals(401, PROGRAM.post("/token", wrong).status());
    }

    @Test
    void whoOnlyNamesAPublicClientExchangesNoTokenOfOthers() {
        assertRefused("invalid_request", PROGRAM.post("/token", request(PUBLIC, token(), "audience", "backend")));
        assertEquals(200, PROGRAM.post("/token", request(PUBLIC, publics(), "audience", API)).status());
    }

    /// Anybody who received its token can name the client: that must not lead to another audience.
    @Test
    void aPublicClientsTokenIsExchangedForNothingBeyondItsAudience() {
        assertRefused("invalid_target", PROGRAM.post("/token", request(PUBLIC, publics(), "audience", "backend")));
    }

    /// An access token of the public client for itself and the API.
    private static String publics() {
        String verifier = "v".repeat(43);
        var party = new RelyingParty(SERVER.plain(FakeTailnet.ALICE), PUBLIC);
        String code = party.code("code_challenge", Secrets.sha256(verifier), "code_challenge_method", "S256",
                "resource", API);
        return party.redeem(code, "code_verifier", verifier).string("access_token");
    }

    @Test
    void whatWasExchangedForAnotherAudienceIsNoKeyToUserInfo() {
        Reply refused = bobs.userInfo(exchanged(token(), "audience", "backend"));
        assertEquals(401, refused.status(), refused.toString());
        assertEquals("invalid_token", refused.string("error"));
        assertEquals("the access token was exchanged for another audience", refused.string("error_description"));
        TAILNET.policy(FakeTailnet.ALICE, "{'users': ['*'], 'resources': ['*']}");
        assertEquals(200, bobs.userInfo(exchanged(token(), "audience", GATEWAY.id())).status());
    }

    @Test
    void whoIsInTheAudienceMayExchangeATokenThatAnotherClientWasGiven() {
        TAILNET.policy(FakeTailnet.ALICE, "{'users': ['*'], 'resources': ['*']}");
        Reply handed = PROGRAM.post("/token", Browser.form(request(GATEWAY, token(), "audience", PUBLIC.id()))
                + "&audience=backend");
        assertEquals(200, PROGRAM.post("/token", request(PUBLIC, handed.string("access_token"), "audience", "backend"))
                .status());
    }

    @Test
    void anAnybodysClientExchangesNoTokenThatIsNoLongerForIt() {
        String apis = PROGRAM.post("/token", request(PUBLIC, publics(), "audience", API)).string("access_token");
        assertRefused("invalid_request", PROGRAM.post("/token", request(PUBLIC, apis, "audience", API)));
        assertEquals(200, PROGRAM.post("/token", request(GATEWAY, apis, "audience", "backend")).status(),
                "an administrator's client, with a rule of the policy");
    }

    @Test
    void parametersStandOnceAndAreBounded() {
        String body = Browser.form(request(GATEWAY, token(), "audience", "backend"));
        for (String more : List.of("&subject_token=x", "&subject_token_type=x", "&scope=openid&scope=email",
                "&actor_token=x&actor_token=y", "&x=%ff", "&x=%0", "&audience=" + "x".repeat(8193))) {
            assertRefused("invalid_request", PROGRAM.post("/token", body + more));
        }
        assertEquals(413, PROGRAM.post("/token", body + "&x=" + "y".repeat(65_536)).status());
    }
}
