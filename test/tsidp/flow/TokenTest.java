package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.MovableClock;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// Redeeming codes: who may do it, once, and with what proof.
@Timeout(60)
class TokenTest {

    private static final String CALLBACK = "https://app.example.com/callback";
    private static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final MovableClock CLOCK = MovableClock.atPresent();
    private static final TestServer SERVER = TestServer.start(TAILNET, CLOCK);
    private static final Client CLIENT = SERVER.client(CALLBACK, "https://app.example.com/second");
    private static final Client OTHER = SERVER.client(CALLBACK);
    private static final Client PUBLIC = SERVER.publicClient("http://localhost/cb");

    private final Browser browser = SERVER.plain(FakeTailnet.ALICE);
    private final RelyingParty app = new RelyingParty(browser, CLIENT);
    private final RelyingParty other = new RelyingParty(browser, OTHER);
    private final RelyingParty publicApp = new RelyingParty(browser, PUBLIC);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private static void assertRefused(Reply reply, int status, String error) {
        assertEquals(status, reply.status(), reply.toString());
        assertEquals(error, reply.string("error"), reply.toString());
        assertEquals("application/json", reply.header("Content-Type"));
        assertEquals("no-store", reply.header("Cache-Control"));
        assertEquals(status == 401, reply.header("WWW-Authenticate").startsWith("Basic "));
        assertTrue(reply.string("error_description").matches("[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]+"));
        assertFalse(reply.json().get("access_token").isPresent());
    }

    private Map<String, String> withoutCredentials(String code) {
        return app.redemption(code, "client_id", "", "client_secret", "");
    }

    @Test
    void aClientProvesItselfByBasicOrInTheBody() {
        assertEquals(200, app.redeem(app.code()).status());
        assertEquals(200, browser.post("/token", withoutCredentials(app.code()), "Authorization",
                RelyingParty.basic(CLIENT.id(), CLIENT.secret())).status());
        assertEquals(200, browser.post("/token", app.redemption(app.code(), "client_secret", ""), "Authorization",
                RelyingParty.basic(CLIENT.id(), CLIENT.secret()).replace("Basic", "bAsIc")).status());
    }

    @Test
    void bothAtOnceMustBeTheSame() {
        String basic = RelyingParty.basic(CLIENT.id(), CLIENT.secret());
        assertEquals(200, browser.post("/token", app.redemption(app.code()), "Authorization", basic).status());
        assertEquals(200, browser.post("/token", app.redemption(app.code(), "client_id", ""), "Authorization", basic)
                .status());
        assertRefused(browser.post("/token", app.redemption(app.code(), "client_secret", OTHER.secret()),
                "Authorization", basic), 400, "invalid_request");
        assertRefused(browser.post("/token", app.redemption(app.code()), "Authorization",
                RelyingParty.basic(CLIENT.id(), OTHER.secret())), 400, "invalid_request");
        assertRefused(browser.post("/token", app.redemption(app.code(), "client_secret", "x"), "Authorization",
                RelyingParty.basic(CLIENT.id(), "x")), 401, "invalid_client");
        assertRefused(browser.post("/token", app.redemption(app.code(), "client_id", OTHER.id(), "client_secret", ""),
                "Authorization", basic), 400, "invalid_request");
    }

    @Test
    void aClientThatDoesNotProveItselfIsRefusedAndTheCodeStaysGood() {
        String code = app.code();
        assertRefused(app.redeem(code, "client_secret", ""), 401, "invalid_client");
        assertRefused(app.redeem(code, "client_secret", OTHER.secret()), 401, "invalid_client");
        assertRefused(app.redeem(code, "client_secret", CLIENT.secret() + "0"), 401, "invalid_client");
        assertRefused(app.redeem(code, "client_secret", CLIENT.secret().toUpperCase()), 401, "invalid_client");
        assertRefused(app.redeem(code, "client_id", ""), 401, "invalid_client");
        assertRefused(app.redeem(code, "client_id", "unknown"), 401, "invalid_client");
        for (String authorization : List.of("Basic", "Basic ", "Basic !!!", "Basic OnBhc3M=", "Basic bm9jb2xvbg==",
                "Bearer x", "", RelyingParty.basic(CLIENT.id(), ""), RelyingParty.basic("", CLIENT.secret()),
                RelyingParty.basic("unknown", CLIENT.secret()), RelyingParty.basic(CLIENT.id(), OTHER.secret()))) {
            assertRefused(browser.post("/token", withoutCredentials(code), "Authorization", authorization), 401,
                    "invalid_client");
        }
        String junk = java.util.Base64.getEncoder().encodeToString((CLIENT.id() + "&x:" + CLIENT.secret()).getBytes());
        assertRefused(browser.post("/token", withoutCredentials(code), "Authorization", "Basic " + junk), 401,
                "invalid_client");
        assertRefused(browser.post("/token", withoutCredentials(code), "Authorization",
                RelyingParty.basic(CLIENT.id(), CLIENT.secret()), "Authorization", "Basic x"), 401, "invalid_client");
        assertEquals(200, app.redeem(code).status());
    }

    @Test
    void anUnknownClientAndAWrongSecretLookTheSame() {
        assertEquals(app.redeem("x", "client_id", "unknown").text(), app.redeem("x", "client_secret", "wrong").text());
    }

    @Test
    void aCodeWorksOnceAndASecondUseEndsWhatItGave() {
        String code = app.code();
        Reply tokens = app.redeem(code);
        String accessToken = tokens.string("access_token");
        assertEquals(200, app.userInfo(accessToken).status());
        assertRefused(app.redeem(code), 400, "invalid_grant");
        assertEquals(401, app.userInfo(accessToken).status());
        assertEquals("{\"active\":false}", app.introspect(accessToken).text());
        assertRefused(app.refresh(tokens.string("refresh_token")), 400, "invalid_grant");
        assertRefused(app.redeem(code), 400, "invalid_grant");
    }

    @Test
    void anotherClientCanNeitherRedeemNorEndIt() {
        String code = app.code();
        assertRefused(other.redeem(code), 400, "invalid_grant");
        Reply tokens = app.redeem(code);
        assertEquals(200, tokens.status());
        assertRefused(other.redeem(code), 400, "invalid_grant");
        assertEquals(200, app.userInfo(tokens.string("access_token")).status());
        assertRefused(other.refresh(tokens.string("refresh_token")), 400, "invalid_grant");
        assertEquals(200, app.refresh(tokens.string("refresh_token")).status());
    }

    @Test
    void ofManyWhoRedeemACodeAtMostOneGetsTokens() throws Exception {
        for (int round = 0; round < 5; round++) {
            String code = app.code();
            Callable<Integer> redeem = () -> app.redeem(code).status();
            int successes = 0;
            try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Future<Integer> answer : executor.invokeAll(java.util.Collections.nCopies(12, redeem))) {
                    successes += answer.get() == 200 ? 1 : 0;
                }
            }
            // None, where a second use came before the first had its tokens: those would be dead.
            assertTrue(successes <= 1, successes + " of 12");
        }
    }

    @Test
    void theRedirectUriMustBeThatOfTheRequest() {
        assertRefused(app.redeem(app.code(), "redirect_uri", "https://app.example.com/second"), 400, "invalid_grant");
        assertRefused(app.redeem(app.code(), "redirect_uri", ""), 400, "invalid_request");
        String code = app.code("redirect_uri", "https://app.example.com/second");
        assertEquals(200, app.redeem(code, "redirect_uri", "https://app.example.com/second").status());
        String port = publicApp.code("redirect_uri", "http://localhost:1234/cb", "code_challenge", CHALLENGE,
                "code_challenge_method", "S256");
        assertRefused(publicApp.redeem(port, "redirect_uri", "http://localhost:1235/cb", "code_verifier", VERIFIER),
                400, "invalid_grant");
    }

    @Test
    void aVerifierMustFitItsChallenge() {
        String[] s256 = {"code_challenge", CHALLENGE, "code_challenge_method", "S256"};
        assertEquals(200, app.redeem(app.code(s256), "code_verifier", VERIFIER).status());
        assertRefused(app.redeem(app.code(s256), "code_verifier", "x" + VERIFIER.substring(1)), 400, "invalid_grant");
        assertRefused(app.redeem(app.code(s256), "code_verifier", CHALLENGE), 400, "invalid_grant");
        assertRefused(app.redeem(app.code(s256), "code_verifier", "short"), 400, "invalid_request");
        assertRefused(app.redeem(app.code(s256)), 400, "invalid_request");
        assertEquals(200, app.redeem(app.code("code_challenge", VERIFIER), "code_verifier", VERIFIER).status());
        assertRefused(app.redeem(app.code("code_challenge", CHALLENGE), "code_verifier", VERIFIER), 400,
                "invalid_grant");
    }

    @Test
    void aChallengeCanNotBeTakenAway() {
        assertRefused(app.redeem(app.code(), "code_verifier", VERIFIER), 400, "invalid_grant");
    }

    @Test
    void aWrongProofSpendsTheCode() {
        String code = app.code("code_challenge", CHALLENGE, "code_challenge_method", "S256");
        assertRefused(app.redeem(code, "code_verifier", "x".repeat(43)), 400, "invalid_grant");
        assertRefused(app.redeem(code, "code_verifier", VERIFIER), 400, "invalid_grant");
    }

    @Test
    void aPublicClientSignsInWithItsVerifierAlone() {
        String code = publicApp.code("code_challenge", CHALLENGE, "code_challenge_method", "S256");
        Reply tokens = publicApp.redeem(code, "code_verifier", VERIFIER);
        assertEquals(200, tokens.status(), tokens.toString());
        assertEquals(200, publicApp.userInfo(tokens.string("access_token")).status());
        assertEquals(200, publicApp.refresh(tokens.string("refresh_token")).status());
        assertRefused(publicApp.refresh(tokens.string("refresh_token"), "client_secret", "guess"), 401,
                "invalid_client");
    }

    @Test
    void aPublicClientsNameIsNotEnoughForAnothersCode() {
        assertRefused(publicApp.redeem(app.code()), 400, "invalid_grant");
    }

    @ParameterizedTest
    @ValueSource(strings = {"password", "client_credentials", "implicit", "Authorization_code",
        "urn:ietf:params:oauth:grant-type:device_code"})
    void anotherGrantTypeIsNotSupported(String grantType) {
        assertRefused(app.redeem("x", "grant_type", grantType), 400, "unsupported_grant_type");
    }

    @Test
    void aMissingOrRepeatedParameterIsRefused() {
        assertRefused(app.redeem("x", "grant_type", ""), 400, "invalid_request");
        assertRefused(app.redeem("x", "code", ""), 400, "invalid_request");
        assertRefused(app.refresh("x", "refresh_token", ""), 400, "invalid_request");
        String form = Browser.form(app.redemption(app.code()));
        for (String name : List.of("grant_type", "code", "redirect_uri", "client_id", "client_secret",
                "code_verifier")) {
            assertRefused(browser.post("/token", form + "&" + name + "=x&" + name + "=y"), 400, "invalid_request");
        }
        assertRefused(browser.post("/token", form + "&x=%FF"), 400, "invalid_request");
        assertEquals(200, browser.post("/token", form + "&unknown=x&unknown=y&code=&scope=").status());
    }

    @Test
    void parametersOfTheQueryCountForNothing() {
        String query = Browser.form(app.redemption(app.code()));
        assertRefused(browser.post("/token?" + query, ""), 401, "invalid_client");
    }

    @Test
    void aBodyOfAnotherTypeIsRefused() {
        byte[] form = Browser.form(app.redemption(app.code())).getBytes();
        for (String type : List.of("application/json", "text/plain", "multipart/form-data", "")) {
            assertRefused(browser.send("POST", "/token", form, "Content-Type", type), 400, "invalid_request");
        }
        assertRefused(browser.send("POST", "/token", form), 400, "invalid_request");
        assertEquals(200, browser.send("POST", "/token", Browser.form(app.redemption(app.code())).getBytes(),
                "Content-Type", "Application/X-WWW-Form-URLencoded; charset=UTF-8").status());
    }

    @Test
    void anUnknownCodeOrRefreshTokenIsRefused() {
        for (String token : List.of("x", "0".repeat(32), "A".repeat(65), "\u20ac".repeat(65))) {
            assertRefused(app.redeem(token), 400, "invalid_grant");
            assertRefused(app.refresh(token), 400, "invalid_grant");
        }
    }

    @Test
    void aRefreshedIdTokenIsOfTheSameSubjectWithoutNonce() {
        Reply tokens = app.login();
        Reply refreshed = app.refresh(tokens.string("refresh_token"));
        var before = new HashMap<>(app.claims(tokens).members());
        var after = new HashMap<>(app.claims(refreshed).members());
        assertFalse(after.containsKey("nonce"));
        for (String changed : List.of("nonce", "iat", "nbf", "exp", "jti", "at_hash")) {
            before.remove(changed);
            after.remove(changed);
        }
        assertEquals(before, after);
    }

    /// Processes of one client that share a sign-in start at different times (Claude Code, Codex).
    @Test
    void aClientWithASecretKeepsItsRefreshToken() {
        String token = app.login().string("refresh_token");
        for (int i = 0; i < 3; i++) {
            Reply refreshed = app.refresh(token);
            assertEquals(200, refreshed.status(), refreshed.toString());
            assertEquals(token, refreshed.string("refresh_token"));
            CLOCK.pass(Duration.ofDays(20));
        }
        assertRefused(other.refresh(token), 400, "invalid_grant");
        assertRefused(app.refresh(token.substring(0, 22) + "A".repeat(43)), 400, "invalid_grant");
        assertEquals(200, app.refresh(token).status(), "a wrong token ends nothing");
        CLOCK.pass(Duration.ofDays(30));
        assertRefused(app.refresh(token), 400, "invalid_grant");
    }

    /// A public one, and one that asks for it: by registration, or in the file.
    @Test
    void theOthersRefreshTokensRotateAndALateReplayEndsTheSignIn() {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true}");
        var inFile = new RelyingParty(browser, SERVER.rotatingClient(CALLBACK));
        Reply registered = Dcr.register(browser, "{'redirect_uris': ['" + CALLBACK + "'],"
                + " 'refresh_token_rotation': true}");
        assertTrue(registered.json().isTrue("refresh_token_rotation"), registered.toString());
        var byRegistration = Dcr.party(browser, registered);
        Form.of(byRegistration.authorize()).with("decision", "allow").send(browser);
        TAILNET.grant(FakeTailnet.ALICE);
        String code = publicApp.code("code_challenge", CHALLENGE, "code_challenge_method", "S256");
        Reply publics = publicApp.redeem(code, "code_verifier", VERIFIER);
        Map.of(publicApp, publics, inFile, inFile.login(), byRegistration, byRegistration.login())
                .forEach((party, tokens) -> {
                    String first = tokens.string("refresh_token");
                    String second = party.refresh(first).string("refresh_token");
                    assertNotEquals(first, second);
                    assertEquals(second, party.refresh(first).string("refresh_token"), "a retry");
                    CLOCK.pass(Duration.ofSeconds(61));
                    assertRefused(party.refresh(first), 400, "invalid_grant");
                    assertRefused(party.refresh(second), 400, "invalid_grant");
                });
    }

    @Test
    void whatIsNotTrueAsksForNoRotationAndAnUpdateTakesItBack() {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true}");
        for (String value : List.of("false", "null", "'true'", "1")) {
            assertFalse(Dcr.register(browser, "{'redirect_uris': ['" + CALLBACK + "'], 'refresh_token_rotation': "
                    + value + "}").json().get("refresh_token_rotation").isPresent(), value);
        }
        Reply registered = Dcr.register(browser, "{'redirect_uris': ['" + CALLBACK + "'],"
                + " 'refresh_token_rotation': true}");
        Reply updated = Dcr.update(browser, registered, "{'client_id': '" + registered.string("client_id")
                + "', 'redirect_uris': ['" + CALLBACK + "']}");
        assertFalse(updated.json().get("refresh_token_rotation").isPresent(), updated.toString());
        TAILNET.grant(FakeTailnet.ALICE);
    }

    @Test
    void aRefreshNarrowsTheScopeOfItsTokenAlone() {
        Reply tokens = app.login("scope", "openid email");
        Reply narrow = app.refresh(tokens.string("refresh_token"), "scope", "openid offline_access");
        assertEquals("openid", narrow.string("scope"));
        assertFalse(app.claims(narrow).get("email").isPresent());
        assertRefused(app.refresh(narrow.string("refresh_token"), "scope", "openid profile"), 400, "invalid_scope");
        assertEquals("openid email", app.refresh(narrow.string("refresh_token")).string("scope"));
    }
}
