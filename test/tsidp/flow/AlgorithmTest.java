package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;

/// How ID tokens are signed is the client's choice. `RelyingParty.claims` verifies each with the published keys.
@Timeout(60)
class AlgorithmTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final String NAME = "id_token_signed_response_alg";

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true}");
    }

    private final Browser alice = SERVER.secure(FakeTailnet.ALICE);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private RelyingParty party(String... fields) {
        var form = new LinkedHashMap<>(Map.of("redirect_uri", "https://app.example.com/cb"));
        form.putAll(Browser.fields(fields));
        return Dcr.party(alice, alice.post("/clients/new", form));
    }

    private static String algorithm(Reply tokens) throws Exception {
        return RelyingParty.header(tokens.string("id_token")).string("alg").orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"RS256,SHA-256", "ES256,SHA-256", "EdDSA,SHA-512"})
    void theClientChooses(String name, String hash) throws Exception {
        RelyingParty app = party(NAME, name);
        Reply tokens = app.login();
        for (Reply reply : List.of(tokens, app.refresh(tokens.string("refresh_token")))) {
            assertEquals(name, algorithm(reply));
            JsonObject claims = app.claims(reply);
            byte[] digest = MessageDigest.getInstance(hash)
                    .digest(reply.string("access_token").getBytes(StandardCharsets.US_ASCII));
            assertEquals(Base64.getUrlEncoder().withoutPadding().encodeToString(
                    Arrays.copyOf(digest, digest.length / 2)), claims.string("at_hash").orElseThrow());
        }
        assertEquals(name, alice.get("/clients/" + app.client().id()).string(NAME));
        // Our own ID token is a hint, whatever signed it.
        assertEquals("login_required", new RelyingParty(SERVER.secure(FakeTailnet.BOB), app.client())
                .authorize("id_token_hint", tokens.string("id_token")).parameters().get("error"));
    }

    @Test
    void whoChoosesNothingGetsRs256() throws Exception {
        assertEquals("RS256", algorithm(party().login()));
    }

    @Test
    void aKeyStaysAcrossRestartsInAFileOfOurs() throws Exception {
        RelyingParty app = party(NAME, "ES256");
        Reply before = app.login();
        String kid = RelyingParty.header(before.string("id_token")).string("kid").orElseThrow();
        SERVER.restart();
        assertEquals(kid, RelyingParty.header(app.login().string("id_token")).string("kid").orElseThrow());
        app.claims(before);
        Path file = SERVER.directory().resolve("tsidp-keys.json");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        String jwks = alice.get("/.well-known/jwks.json").text();
        assertTrue(jwks.contains(kid) && !jwks.contains("private") && !jwks.contains("\"d\""), jwks);
        assertFalse(Files.readString(SERVER.directory().resolve("oidc-key.json")).contains(kid));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "HS256", "es256", "PS256", "RS256\nES256"})
    void whatWeDoNotSignByIsRefused(String name) {
        Reply refused = alice.post("/clients/new", Map.of("redirect_uri", "https://app.example.com/cb", NAME, name));
        assertEquals(400, refused.status(), refused.toString());
        assertEquals("invalid_client_metadata", refused.string("error"));
        assertEquals("invalid_client_metadata", Dcr.register(alice, "{'redirect_uris':"
                + " ['https://app.example.com/cb'], '" + NAME + "': '" + name.replace("\n", "\\n") + "'}")
                .string("error"));
    }

    @Test
    void itIsSetByRegistrationPageAndCommand() throws Exception {
        Reply registered = Dcr.register(alice, "{'redirect_uris': ['https://app.example.com/cb'], '" + NAME
                + "': 'EdDSA'}");
        assertEquals("EdDSA", registered.string(NAME));
        RelyingParty app = party();
        Reply page = alice.get("/edit/" + app.client().id());
        assertTrue(page.text().contains("<option value=\"ES256\" >ES256</option>"), page.text());
        Form.of(page).with("name", "x").with("redirect_uri", "https://app.example.com/cb").with(NAME, "ES256")
                .send(alice);
        assertEquals("ES256", algorithm(app.login()));
        assertTrue(alice.get("/edit/" + app.client().id()).text().contains("<option value=\"ES256\" selected>"));
        assertEquals(0, SERVER.command("update", app.client().id(), "-alg", "EdDSA"));
        assertEquals("EdDSA", algorithm(app.login()));
        assertEquals(1, SERVER.command("update", app.client().id(), "-alg", "HS256"));
    }

    @Test
    void theyAreToldInTheMetadata() {
        assertEquals(List.of("RS256", "ES256", "EdDSA"), alice.get("/.well-known/openid-configuration").json()
                .strings("id_token_signing_alg_values_supported").orElseThrow());
    }

    /// A damaged file stops the start, and a key whose halves differ is damage.
    @Test
    void aKeyThatIsNoneIsRefused() throws Exception {
        party(NAME, "ES256").login();
        party(NAME, "EdDSA").login();
        SERVER.close();
        Path file = SERVER.directory().resolve("tsidp-keys.json");
        String good = Files.readString(file);
        try {
            for (String bad : List.of(good.replace("\"ES256\"", "\"RS256\""), good.replace("\"ES256\"", "\"EdDSA\""),
                    good.replaceFirst("\"public\":\"MFk[^\"]{40}",
                            "\"public\":\"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAAA"),
                    good.replaceFirst("\"private\":\"[^\"]*\"", "\"private\":\"\""), "{\"a\":{}}", "[]")) {
                Files.writeString(file, bad);
                try {
                    SERVER.restart();
                    throw new AssertionError("taken: " + bad);
                } catch (IllegalStateException refused) {
                    assertTrue(refused.getMessage().contains("tsidp-keys.json"), refused.getMessage());
                }
                assertEquals(bad, Files.readString(file));
            }
        } finally {
            Files.writeString(file, good);
            SERVER.restart();
        }
    }
}
