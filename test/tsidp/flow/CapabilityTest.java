package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.FakeTailnet;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;

/// The effect of the rules of `tailscale.com/cap/tsidp`, field by field.
@Timeout(60)
class CapabilityTest {

    private static final String API = "https://api.example.com/";
    private static final String REGISTRATION = "{\"redirect_uris\":[\"https://app.example.com/cb\"]}";

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final Client CLIENT = SERVER.client("https://app.example.com/callback");

    private final RelyingParty alices = new RelyingParty(SERVER.plain(FakeTailnet.ALICE), CLIENT);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    @AfterEach
    void forget() {
        TAILNET.grant(FakeTailnet.ALICE);
    }

    private static void policy(String... rules) {
        TAILNET.policy(FakeTailnet.ALICE, rules);
    }

    private static int administers(String who) {
        return SERVER.plain(who).get("/clients/").status();
    }

    private static int registers(String who) {
        return SERVER.plain(who).send("POST", "/register", REGISTRATION.getBytes(), "Content-Type",
                "application/json").status();
    }

    private JsonObject claims() {
        return alices.claims(alices.login());
    }

    private JsonObject userInfo() {
        return alices.userInfo(alices.login().string("access_token")).json();
    }

    private Optional<List<String>> audience(String resource) {
        Reply reply = alices.authorize("resource", resource);
        String code = reply.parameters().get("code");
        if (code == null) {
            assertEquals("invalid_target", reply.parameters().get("error"));
            return Optional.empty();
        }
        return alices.claims(alices.redeem(code)).strings("aud");
    }

    private static void assertLogged(String what) {
        assertTrue(SERVER.log().lines().anyMatch(line -> line.contains("level=WARN") && line.contains("msg=rule")
                && line.contains("tailscale.com/cap/tsidp") && line.contains(what)), what);
    }

    @Test
    void nothingGrantedIsDenied() {
        assertEquals(403, administers(FakeTailnet.ALICE));
        assertEquals(403, registers(FakeTailnet.ALICE));
        assertEquals(Optional.empty(), audience(API));
        assertEquals(200, alices.login().status());
    }

    @Test
    void anEmptyRuleGrantsNothing() {
        policy("{}");
        nothingGrantedIsDenied();
    }

    @Test
    void allowAdminUiLetsAdministerAndNothingElse() {
        policy("{'allow_admin_ui': true}");
        assertEquals(200, administers(FakeTailnet.ALICE));
        assertEquals(403, registers(FakeTailnet.ALICE));
        assertEquals(Optional.empty(), audience(API));
        assertEquals(403, administers(FakeTailnet.BOB));
    }

    @Test
    void allowDcrLetsRegisterAndNothingElse() {
        policy("{'allow_dcr': true}");
        assertEquals(201, registers(FakeTailnet.ALICE));
        assertEquals(403, administers(FakeTailnet.ALICE));
        assertEquals(Optional.empty(), audience(API));
        assertEquals(403, registers(FakeTailnet.BOB));
    }

    @Test
    void falseGrantsNothing() {
        policy("{'allow_admin_ui': false, 'allow_dcr': false}");
        nothingGrantedIsDenied();
    }

    @Test
    void aTaggedDeviceIsNobodyWhateverItIsGranted() {
        TAILNET.policy(FakeTailnet.PRINTER, "{'allow_admin_ui': true, 'allow_dcr': true}");
        assertEquals(403, administers(FakeTailnet.PRINTER));
        assertEquals(403, registers(FakeTailnet.PRINTER));
    }

    @Test
    void usersAndResourcesTogetherAllowAnAudience() {
        policy("{'users': ['alice@example.com'], 'resources': ['https://api.example.com/']}");
        assertEquals(Optional.of(List.of(CLIENT.id(), API)), audience(API));
        assertEquals(Optional.empty(), audience("https://other.example.com/"));
        assertEquals(Optional.empty(), audience("https://api.example.com/more"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{'users': ['*'], 'resources': ['https://api.example.com/']}                 | true",
        "{'users': ['alice@example.com'], 'resources': ['*']}                        | true",
        "{'users': ['*'], 'resources': ['*']}                                        | true",
        "{'users': ['bob@example.com', 'alice@example.com'], 'resources': ['x','*']} | true",
        "{'users': ['bob@example.com'], 'resources': ['*']}                          | false",
        "{'users': ['ALICE@example.com'], 'resources': ['*']}                        | false",
        "{'users': ['*@example.com'], 'resources': ['*']}                            | false",
        "{'users': ['alice'], 'resources': ['*']}                                    | false",
        "{'users': ['*'], 'resources': ['https://*']}                                | false",
        "{'users': ['*'], 'resources': []}                                           | false",
        "{'users': ['*']}                                                            | false",
        "{'users': [], 'resources': ['*']}                                           | false",
        "{'resources': ['*']}                                                        | false",
    }, quoteCharacter = '~')
    void usersAndResourcesAreComparedWholeOrWithAStarAlone(String rule, boolean allows) {
        policy(rule);
        assertEquals(allows, audience(API).isPresent(), rule);
    }

    @Test
    void oneRuleSaysWhoAndWhatTwoDoNotMixTheirs() {
        policy("{'users': ['bob@example.com'], 'resources': ['*']}", "{'users': ['*'], 'resources': ['urn:x']}");
        assertEquals(Optional.empty(), audience(API));
        assertEquals(Optional.of(List.of(CLIENT.id(), "urn:x")), audience("urn:x"));
    }

    @Test
    void severalRulesAddUp() {
        policy("{'allow_admin_ui': true}", "{'allow_dcr': true, 'allow_admin_ui': false}",
                "{'users': ['*'], 'resources': ['urn:a']}", "{'users': ['*'], 'resources': ['urn:b']}");
        assertEquals(200, administers(FakeTailnet.ALICE));
        assertEquals(201, registers(FakeTailnet.ALICE));
        assertTrue(audience("urn:a").isPresent() && audience("urn:b").isPresent());
    }

    @Test
    void rulesAreReadAfreshAtEachRequest() {
        for (boolean may : List.of(false, true, false, true)) {
            policy("{'allow_admin_ui': " + may + ", 'allow_dcr': " + may + "}");
            assertEquals(may ? 200 : 403, administers(FakeTailnet.ALICE));
            assertEquals(may ? 201 : 403, registers(FakeTailnet.ALICE));
        }
        policy("{'users': ['*'], 'resources': ['*']}");
        assertTrue(audience(API).isPresent());
        policy();
        assertEquals(Optional.empty(), audience(API));
    }

    @Test
    void extraClaimsKeepTheirTypes() throws Exception {
        policy("{'extraClaims': {'bool': true, 'number': 1.50, 'big': 18446744073709551615, 'text': 'a\\u0022é',"
                + " 'list': ['x', 2, false], 'object': {'in': [null]}, 'nothing': null}}");
        JsonObject claims = claims();
        JsonObject expected = JsonReader.readObject("""
                {"bool": true, "number": 1.50, "big": 18446744073709551615, "text": "a\\"é",
                 "list": ["x", 2, false], "object": {"in": [null]}, "nothing": null}""".getBytes("UTF-8"));
        expected.members().forEach((name, value) -> assertEquals(Optional.of(value), claims.get(name), name));
    }

    @Test
    void listsOfSeveralRulesUniteWithoutDuplicates() {
        policy("{'extraClaims': {'groups': ['a', 'b'], 'role': 'first', 'mixed': 'one'}}",
                "{'extraClaims': {'groups': ['b', 'c', 'a'], 'role': 'second', 'mixed': ['two', 'one']}}");
        JsonObject claims = claims();
        assertEquals(Optional.of(List.of("a", "b", "c")), claims.strings("groups"));
        assertEquals(Optional.of("first"), claims.string("role"));
        assertEquals(Optional.of(List.of("one", "two")), claims.strings("mixed"));
    }

    @Test
    void extraClaimsAreInUserInfoOnlyWhereTheRuleSaysSo() {
        policy("{'extraClaims': {'hidden': 1}}", "{'extraClaims': {'shown': 2}, 'includeInUserInfo': true}",
                "{'extraClaims': {'hidden too': 3}, 'includeInUserInfo': false}");
        assertEquals(List.of(false, true, false), List.of("hidden", "shown", "hidden too").stream()
                .map(name -> userInfo().get(name).isPresent()).toList());
        assertEquals(List.of(true, true, true), List.of("hidden", "shown", "hidden too").stream()
                .map(name -> claims().get(name).isPresent()).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sub", "aud", "exp", "iat", "iss", "jti", "nbf", "nonce", "username", "email", "key",
        "addresses", "nid", "node", "tailnet", "tags", "user", "uid", "azp", "scope", "client_id", "cnf", "act",
        "sid", "auth_time", "at_hash", "acr", "amr", "c_hash", "may_act", "active", "token_type"})
    void aRuleThatSetsAProtectedClaimLosesItAndSignsThePersonIn(String claim) {
        policy("{'extraClaims': {'" + claim + "': 'forged', 'level': 7}, 'includeInUserInfo': true}");
        Reply tokens = alices.login();
        for (JsonObject told : List.of(alices.claims(tokens), alices.userInfo(tokens.string("access_token")).json())) {
            assertNotEquals(Optional.of("forged"), told.string(claim));
            assertEquals(7, told.integer("level").orElseThrow());
        }
    }

    @Test
    void theLogNamesTheProtectedClaimAndThePerson() {
        TAILNET.policy(FakeTailnet.CAROL, "{'extraClaims': {'sub': 'userid:1002'}}");
        new RelyingParty(SERVER.plain(FakeTailnet.CAROL), CLIENT).login();
        assertLogged("protected claims, which are left out: sub, for carol@github at");
        TAILNET.grant(FakeTailnet.CAROL);
    }

    @Test
    void whatOnlyDescribesThePersonIsARulesToSet() {
        policy("{'extraClaims': {'preferred_username': 'al', 'picture': 'https://a.example/', 'name': 'Al'},"
                + " 'includeInUserInfo': true}");
        Reply tokens = alices.login();
        for (JsonObject told : List.of(alices.claims(tokens), alices.userInfo(tokens.string("access_token")).json())) {
            assertEquals(Optional.of("al"), told.string("preferred_username"));
            assertEquals(Optional.of("https://a.example/"), told.string("picture"));
            assertEquals(Optional.of("Al"), told.string("name"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "allow_admin_ui    | 'yes'",
        "allow_admin_ui    | 1",
        "allow_admin_ui    | 'true'",
        "allow_admin_ui    | [true]",
        "allow_dcr         | 'true'",
        "allow_dcr         | {}",
        "includeInUserInfo | 'true'",
        "includeInUserInfo | 0",
        "users             | '*'",
        "users             | [1]",
        "users             | {'*': true}",
        "resources         | '*'",
        "resources         | ['*', null]",
        "resources         | true",
        "extraClaims       | ['groups']",
        "extraClaims       | 'groups'",
    }, quoteCharacter = '~')
    void aRuleWithAFieldOfTheWrongTypeIsIgnoredAloneAndNamed(String field, String value) {
        policy("{'" + field + "': " + value
                + field(field, "allow_admin_ui", "true") + field(field, "allow_dcr", "true")
                + field(field, "users", "['*']") + field(field, "resources", "['*']")
                + field(field, "extraClaims", "{'wide': true}") + field(field, "includeInUserInfo", "true") + "}",
                "{'users': ['*'], 'resources': ['urn:good'], 'extraClaims': {'good': true}}");
        assertEquals(403, administers(FakeTailnet.ALICE));
        assertEquals(403, registers(FakeTailnet.ALICE));
        assertEquals(Optional.empty(), audience(API));
        assertTrue(audience("urn:good").isPresent());
        assertTrue(claims().isTrue("good"));
        assertFalse(claims().get("wide").isPresent());
        assertFalse(userInfo().get("wide").isPresent());
        assertLogged(field + " is not ");
    }

    private static String field(String wrong, String field, String value) {
        return field.equals(wrong) ? "" : ", '" + field + "': " + value;
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "true", "'allow_admin_ui'", "['allow_admin_ui']", "1"})
    void aRuleThatIsNoObjectIsIgnoredAlone(String rule) {
        policy(rule, "{'allow_dcr': true}");
        assertEquals(403, administers(FakeTailnet.ALICE));
        assertEquals(201, registers(FakeTailnet.ALICE));
        assertLogged("is not an object");
    }

    @Test
    void fieldsThatNobodyKnowsAreNoFault() {
        policy("{'allow_admin_ui': true, 'comment': {'by': 1}}");
        assertEquals(200, administers(FakeTailnet.ALICE));
    }

    @Test
    void aFieldsNameIsComparedWhole() {
        policy("{'allow_admin': true, 'allow_admin_ui ': true, 'AllowAdminUI': true, 'allow_dcr\\u0000': true}");
        assertEquals(403, administers(FakeTailnet.ALICE));
        assertEquals(403, registers(FakeTailnet.ALICE));
    }

    @Test
    void withoutAnAnswerOfTailscaledNobodyMayAnything() {
        policy("{'allow_admin_ui': true, 'allow_dcr': true}");
        TAILNET.answer(500, "no");
        try {
            assertEquals(503, administers(FakeTailnet.ALICE));
            assertEquals(503, registers(FakeTailnet.ALICE));
        } finally {
            TAILNET.behave();
        }
    }

    @Test
    void whatAHeaderClaimsIsNobodysCapability() {
        policy("{'allow_admin_ui': true}");
        for (String header : List.of("X-Forwarded-For", "Forwarded", "X-Real-IP", "Tailscale-User-Login")) {
            Map.of("1", "127.0.0.2", "2", "for=127.0.0.2", "3", FakeTailnet.ALICE).values().forEach(value ->
                    assertEquals(403, SERVER.plain(FakeTailnet.BOB).get("/clients/", header, value).status()));
        }
    }
}
