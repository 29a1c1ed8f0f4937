package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakePerson;
import tsidp.fake.FakeTailnet;
import tsidp.fake.MovableClock;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

@Timeout(60)
class LoginTest {

    private static final String CALLBACK = "https://app.example.com/callback";
    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final MovableClock CLOCK = MovableClock.atPresent();
    private static final TestServer SERVER = TestServer.start(TAILNET, CLOCK);
    private static final Client CLIENT = SERVER.client(CALLBACK);

    private final RelyingParty alices = new RelyingParty(SERVER.plain(FakeTailnet.ALICE), CLIENT);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private static long now() {
        return CLOCK.instant().getEpochSecond();
    }

    private static Set<String> names(JsonObject json) {
        return json.members().keySet();
    }

    @Test
    void aPersonIsSignedInOverHttps() {
        var https = new RelyingParty(SERVER.secure(FakeTailnet.ALICE), CLIENT);
        Reply tokens = https.login();
        assertEquals(SERVER.issuer().url(), https.claims(tokens).string("iss").orElseThrow());
        assertEquals("userid:1001", https.userInfo(tokens.string("access_token")).string("sub"));
        assertEquals("userid:1001", https.introspect(tokens.string("access_token")).string("sub"));
        assertEquals(200, https.refresh(tokens.string("refresh_token")).status());
    }

    @Test
    void theAnswerHasCodeStateAndIss() {
        Reply reply = alices.authorize();
        assertEquals(302, reply.status());
        assertEquals(CALLBACK, reply.target());
        assertEquals(Set.of("code", "state", "iss"), reply.parameters().keySet());
        assertTrue(reply.parameters().get("code").matches("[0-9a-f]{32}"), reply.toString());
        assertEquals("a state", reply.parameters().get("state"));
        assertEquals(SERVER.issuer().url(), reply.parameters().get("iss"));
        assertEquals("no-store", reply.header("Cache-Control"));
        assertEquals("", reply.header("Access-Control-Allow-Origin"));
    }

    @Test
    void theTokenAnswerIsTheStandards() throws Exception {
        Reply reply = alices.login();
        assertEquals(Set.of("access_token", "token_type", "expires_in", "id_token", "refresh_token", "scope"),
                names(reply.json()));
        assertEquals("Bearer", reply.string("token_type"));
        assertEquals(300, reply.json().integer("expires_in").orElseThrow());
        assertEquals("openid email profile", reply.string("scope"));
        assertEquals("application/json", reply.header("Content-Type"));
        assertEquals("no-store", reply.header("Cache-Control"));
        assertEquals("no-cache", reply.header("Pragma"));
        JsonObject header = RelyingParty.header(reply.string("id_token"));
        assertEquals("RS256", header.string("alg").orElseThrow());
        assertEquals("JWT", header.string("typ").orElseThrow());
        assertTrue(header.string("kid").orElseThrow().matches("[0-9]+"));
    }

    @Test
    void theIdTokenHasEveryClaimOfTheReference() {
        JsonObject claims = alices.claims(alices.login());
        assertEquals(Set.of("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "key", "addresses", "nid", "node",
                "tailnet", "uid", "email", "preferred_username", "picture", "auth_time", "acr", "amr", "sid", "at_hash",
                "name", "given_name", "family_name"), names(claims));
        assertEquals("userid:1001", claims.string("sub").orElseThrow());
        assertEquals(Optional.of(List.of(CLIENT.id())), claims.strings("aud"));
        assertEquals(now() + 300, claims.integer("exp").orElseThrow());
        assertEquals(now(), claims.integer("iat").orElseThrow());
        assertEquals(now() - 300, claims.integer("nbf").orElseThrow());
        assertTrue(claims.string("jti").orElseThrow().matches("[0-9a-f]{32}"));
        assertEquals("a nonce", claims.string("nonce").orElseThrow());
        assertTrue(claims.string("key").orElseThrow().startsWith("nodekey:"));
        assertEquals(Optional.of(List.of("100.64.0.2/32", "fd7a:115c:a1e0::2/128")), claims.strings("addresses"));
        assertEquals(11, claims.integer("nid").orElseThrow());
        assertEquals("alice-laptop.fake-tailnet.ts.net.", claims.string("node").orElseThrow());
        assertEquals("fake-tailnet.ts.net.", claims.string("tailnet").orElseThrow());
        assertEquals(1001, claims.integer("uid").orElseThrow());
        assertEquals(FakeTailnet.ALICE, claims.string("email").orElseThrow());
        assertEquals("alice", claims.string("preferred_username").orElseThrow());
        assertEquals("https://example.com/pictures/1001.png", claims.string("picture").orElseThrow());
    }

    @Test
    void aScopeBringsItsClaimsAndNoOther() {
        JsonObject openid = alices.claims(alices.login("scope", "openid"));
        assertFalse(names(openid).contains("email"));
        assertFalse(names(openid).contains("preferred_username"));
        assertFalse(names(openid).contains("picture"));
        JsonObject email = alices.claims(alices.login("scope", "openid email"));
        assertTrue(names(email).contains("email"));
        assertFalse(names(email).contains("picture"));
        JsonObject profile = alices.claims(alices.login("scope", "profile"));
        assertTrue(names(profile).containsAll(Set.of("preferred_username", "picture")));
        assertFalse(names(profile).contains("email"));
    }

    @Test
    void unknownScopesAreIgnoredAndNoneMeansOpenid() {
        assertEquals("openid email", alices.login("scope", "openid offline_access address email").string("scope"));
        assertEquals("openid", alices.login("scope", "address offline_access").string("scope"));
        assertEquals("openid", alices.login("scope", "").string("scope"));
    }

    @Test
    void aLoginNameWithoutADomainGetsOurs() {
        var carols = new RelyingParty(SERVER.plain(FakeTailnet.CAROL), CLIENT);
        JsonObject claims = carols.claims(carols.login());
        assertEquals("carol@github." + FakeTailnet.DNS_NAME, claims.string("email").orElseThrow());
        assertEquals("carol", claims.string("preferred_username").orElseThrow());
    }

    @Test
    void eachPersonIsThemselves() {
        var bobs = new RelyingParty(SERVER.plain(FakeTailnet.BOB), CLIENT);
        assertEquals("userid:1002", bobs.claims(bobs.login()).string("sub").orElseThrow());
        assertEquals("userid:1001", alices.claims(alices.login()).string("sub").orElseThrow());
    }

    @Test
    void withoutNonceTheIdTokenHasNone() {
        assertFalse(names(alices.claims(alices.login("nonce", ""))).contains("nonce"));
    }

    /// OpenID Connect Core §3.1.3.6.
    @Test
    void atHashIsOfTheAccessTokenBesideIt() throws Exception {
        Reply tokens = alices.login();
        for (Reply reply : List.of(tokens, alices.refresh(tokens.string("refresh_token")))) {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(reply.string("access_token").getBytes(StandardCharsets.US_ASCII));
            assertEquals(Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, 16)),
                    alices.claims(reply).string("at_hash").orElseThrow());
        }
    }

    @Test
    void authTimeIsWhenThePersonWasIdentified() {
        String code = alices.code("max_age", "3600");
        long loggedIn = now();
        CLOCK.pass(Duration.ofSeconds(7));
        JsonObject claims = alices.claims(alices.redeem(code));
        assertEquals(loggedIn, claims.integer("auth_time").orElseThrow());
        assertEquals(loggedIn + 7, claims.integer("iat").orElseThrow());
    }

    @Test
    void aCodeLivesFiveMinutes() {
        String late = alices.code();
        String inTime = alices.code();
        CLOCK.pass(Duration.ofSeconds(299));
        assertEquals(200, alices.redeem(inTime).status());
        CLOCK.pass(Duration.ofSeconds(1));
        Reply reply = alices.redeem(late);
        assertEquals(400, reply.status());
        assertEquals("invalid_grant", reply.string("error"));
    }

    @Test
    void anAccessTokenLivesFiveMinutes() {
        String token = alices.login().string("access_token");
        CLOCK.pass(Duration.ofSeconds(299));
        assertEquals(200, alices.userInfo(token).status());
        CLOCK.pass(Duration.ofSeconds(1));
        assertEquals(401, alices.userInfo(token).status());
        assertEquals("{\"active\":false}", alices.introspect(token).text());
    }

    @Test
    void aPostedAuthorizationRequestIsAnsweredTheSame() {
        Reply reply = SERVER.plain(FakeTailnet.ALICE).post("/authorize", alices.request());
        assertEquals(302, reply.status());
        assertEquals("a state", reply.parameters().get("state"));
        assertEquals(200, alices.redeem(reply.parameters().get("code")).status());
    }

    @Test
    void userInfoAnswersGetAndPost() {
        String token = alices.login().string("access_token");
        Reply get = alices.userInfo(token);
        assertEquals(200, get.status());
        assertEquals(Set.of("sub", "name", "given_name", "family_name", "email", "picture", "username",
                "preferred_username"), names(get.json()));
        assertEquals("userid:1001", get.string("sub"));
        assertEquals("Alice Example", get.string("name"));
        assertEquals("alice", get.string("preferred_username"));
        assertEquals("no-store", get.header("Cache-Control"));
        Browser browser = SERVER.plain(FakeTailnet.BOB);
        assertEquals(get.text(), browser.post("/userinfo", "", "Authorization", "Bearer " + token).text());
        assertEquals(get.text(), browser.post("/userinfo", Map.of("access_token", token)).text());
    }

    @Test
    void anIntrospectionTellsWhatTheReferenceTells() {
        String token = alices.login().string("access_token");
        JsonObject json = alices.introspect(token).json();
        assertEquals(Set.of("active", "client_id", "exp", "iat", "nbf", "token_type", "iss", "jti", "sub", "username",
                "name", "given_name", "family_name", "preferred_username", "picture", "email", "aud", "scope"),
                names(json));
        assertTrue(json.isTrue("active"));
        assertEquals(CLIENT.id(), json.string("client_id").orElseThrow());
        assertEquals("Bearer", json.string("token_type").orElseThrow());
        assertEquals(now() + 300, json.integer("exp").orElseThrow());
        assertEquals("openid email profile", json.string("scope").orElseThrow());
    }

    @Test
    void whoisIsAskedAtEachAuthorizationAboutTheConnectionItself() throws Exception {
        long before = TAILNET.whoisCount();
        Browser browser = SERVER.secure(FakeTailnet.ALICE);
        for (int i = 0; i < 2; i++) {
            assertEquals(302, browser.get("/authorize", alices.request(), "X-Forwarded-For", "127.0.0.3", "Forwarded",
                    "for=127.0.0.3", "X-Real-IP", "127.0.0.3", "Tailscale-User-Login", FakeTailnet.BOB).status());
        }
        assertEquals(before + 2, TAILNET.whoisCount());
        // Only the address: a port may belong to another process by the time of the question.
        List<String> questions = TAILNET.whoisQuestions();
        assertEquals(List.of("100.64.0.2", "100.64.0.2"), questions.subList(questions.size() - 2, questions.size()));
    }

    /// Any process on the machine can connect there: nobody can sign in, and tailscaled is not asked.
    @Test
    void atThePlainListenerNobodyIsAsked() {
        long before = TAILNET.whoisCount();
        for (String path : List.of("/authorize?" + Browser.form(alices.request()), "/consent", "/", "/clients/")) {
            for (String source : List.of("127.0.0.1", "127.0.0.2")) {
                Browser local = SERVER.nobody().from(InetAddress.ofLiteral(source));
                assertEquals(403, local.get(path, "Accept", "text/html").status(), path + source);
            }
        }
        assertEquals(before, TAILNET.whoisCount());
    }

    /// On a machine with a network device, where callers connect directly. tailscaled would answer for 127.0.0.2, as
    /// it does for a port whose connection belongs to a peer, or did a moment ago.
    @Test
    void nobodyIsAtALoopbackAddress() {
        try (var tailnet = FakeTailnet.start()) {
            tailnet.device(true);
            try (var server = TestServer.start(tailnet)) {
                var app = new RelyingParty(server.secure(FakeTailnet.ALICE), server.client(CALLBACK));
                for (String source : List.of("127.0.0.1", "127.0.0.2")) {
                    Browser local = server.secure(FakeTailnet.ALICE).from(InetAddress.ofLiteral(source));
                    assertEquals(403, local.get("/authorize", app.request()).status(), source);
                }
                assertEquals(0, tailnet.whoisCount());
            }
        }
    }

    /// Any process of this machine can call from its Tailscale addresses: whois would name the machine's owner.
    @Test
    void nobodyIsAtTheMachinesOwnAddresses() {
        try (var tailnet = FakeTailnet.start()) {
            String owner = "owner@example.com";
            var self = new FakePerson(owner, 1050, owner, "Owner", FakeTailnet.DNS_NAME + ".", 10,
                    List.of("100.64.0.1/32"), List.of(), InetAddress.ofLiteral("127.0.0.51"));
            tailnet.put(self);
            try (var server = TestServer.start(tailnet)) {
                var app = new RelyingParty(server.plain(owner), server.client(CALLBACK));
                assertEquals(403, app.authorize().status());
                assertEquals(0, tailnet.whoisCount());
                // An address that it got a moment ago: the node is recognised by its id.
                tailnet.put(new FakePerson(self.name(), self.userId(), self.login(), self.displayName(), self.device(),
                        self.nodeId(), List.of("100.64.0.77/32"), List.of(), self.source()));
                assertEquals(403, app.authorize().status());
                assertEquals(1, tailnet.whoisCount());
            }
        }
    }

    @Test
    void noHeaderMakesAnybodySomebodyElse() {
        for (String name : List.of("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP",
                "CF-Connecting-IP", "Tailscale-User-Login", "Via")) {
            for (String value : List.of("127.0.0.3", "100.64.0.3", "for=127.0.0.3", "127.0.0.3:1234",
                    FakeTailnet.BOB)) {
                Reply reply = SERVER.plain(FakeTailnet.ALICE).get("/authorize", alices.request(), name, value);
                JsonObject claims = alices.claims(alices.redeem(reply.parameters().get("code")));
                assertEquals("userid:1001", claims.string("sub").orElseThrow(), name + ": " + value);
                assertEquals(403, SERVER.nobody().get("/authorize", alices.request(), name, value).status());
            }
        }
    }

    @Test
    void nothingThatNeedsNoPersonAsksWhoisAndATokenIsOneQuestion() {
        Reply tokens = alices.login();
        long before = TAILNET.whoisCount();
        alices.userInfo(tokens.string("access_token"));
        alices.introspect(tokens.string("access_token"));
        alices.refresh(tokens.string("refresh_token"));
        assertEquals(before + 3, TAILNET.whoisCount());
        SERVER.nobody().get("/.well-known/openid-configuration");
        SERVER.nobody().get("/nowhere");
        SERVER.nobody().get("/userinfo", "Authorization", "Bearer x");
        assertEquals(before + 3, TAILNET.whoisCount());
    }

    @Test
    void theStateComesBackByteForByte() {
        String state = "ü&=+%23 \u20ac\t\"<script>'\\";
        assertEquals(state, alices.authorize("state", state).parameters().get("state"));
        assertFalse(alices.authorize("state", "").parameters().containsKey("state"));
    }

    @Test
    void extraClaimsOfTheGrantsAreAddedAsTheyAre() {
        TAILNET.grant(FakeTailnet.BOB,
                JsonObject.EMPTY.with("includeInUserInfo", JsonValue.of(true)).with("extraClaims", JsonObject.EMPTY
                        .with("groups", JsonValue.of(List.of("a", "b"))).with("level", JsonValue.of(3))),
                JsonObject.EMPTY.with("extraClaims", JsonObject.EMPTY
                        .with("groups", JsonValue.of(List.of("b", "c"))).with("admin", JsonValue.of(true))));
        try {
            var bobs = new RelyingParty(SERVER.plain(FakeTailnet.BOB), CLIENT);
            Reply tokens = bobs.login();
            JsonObject claims = bobs.claims(tokens);
            assertEquals(Optional.of(List.of("a", "b", "c")), claims.strings("groups"));
            assertEquals(3, claims.integer("level").orElseThrow());
            assertTrue(claims.isTrue("admin"));
            JsonObject userInfo = bobs.userInfo(tokens.string("access_token")).json();
            assertEquals(Optional.of(List.of("a", "b")), userInfo.strings("groups"));
            assertFalse(names(userInfo).contains("admin"));
        } finally {
            TAILNET.grant(FakeTailnet.BOB);
        }
    }
}
