package tsidp.person;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.json.JsonObject;

class CapabilitiesTest {

    private static final List<String> ASKED = List.of("https://a.example", "https://b.example");

    private List<String> allowed(String... rules) {
        Person alice = People.alice(rules);
        return alice.capabilities().allowed(alice, ASKED);
    }

    private JsonObject added(String... rules) {
        return People.alice(rules).capabilities().addTo(JsonObject.EMPTY);
    }

    @Test
    void nothingGrantedIsDenied() {
        assertEquals(List.of(), allowed());
        assertEquals(List.of(), allowed("{}"));
        assertEquals(List.of(), allowed("{'users':['*']}"));
        assertEquals(List.of(), allowed("{'resources':['*']}"));
        assertEquals(List.of(), allowed("{'users':[],'resources':['*']}"));
        assertEquals(List.of(), allowed("{'users':['*']}", "{'resources':['*']}"));
        assertEquals(List.of(), allowed("{'users':['bob@example.com'],'resources':['*']}"));
        assertEquals(List.of(), allowed("{'users':['ALICE@example.com'],'resources':['*']}"));
        assertEquals(List.of(), allowed("{'users':['*@example.com'],'resources':['*']}"));
        assertEquals(List.of(), allowed("{'users':['*'],'resources':['https://a.*']}"));
    }

    @Test
    void rulesAddUp() {
        assertEquals(ASKED, allowed("{'users':['*'],'resources':['*']}"));
        assertEquals(List.of("https://b.example"),
                allowed("{'users':['alice@example.com'],'resources':['https://b.example','https://c.example']}"));
        assertEquals(ASKED, allowed("{'users':['*'],'resources':['https://a.example']}",
                "{'users':['alice@example.com'],'resources':['https://b.example']}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'users':'*','resources':['*']}", "{'users':['*'],'resources':'*'}",
        "{'users':['*',1],'resources':['*']}", "{'users':['*'],'resources':['*'],'extraClaims':[]}",
        "{'users':['*'],'resources':['*'],'includeInUserInfo':'true'}", "{'users':1,'resources':['*']}",
        "{'users':['*'],'resources':['*'],'includeInUserInfo':1}", "{'users':{'*':true},'resources':['*']}"})
    void aMalformedRuleGrantsNothingAndTheOthersHold(String rule) {
        assertEquals(List.of(), allowed(rule));
        List<String> faults = People.alice(rule).capabilities().faults();
        assertEquals(1, faults.size());
        assertTrue(faults.getFirst().startsWith("a rule of tailscale.com/cap/tsidp is ignored: "));
        assertEquals(List.of("https://a.example"),
                allowed(rule, "{'users':['*'],'resources':['https://a.example']}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "''"})
    void whatIsNullOrEmptyCountsAsAbsent(String absent) {
        String rest = "'allow_admin_ui':null,'allow_dcr':'','includeInUserInfo':null,'extraClaims':null";
        assertEquals(ASKED, allowed("{'users':['*'],'resources':['*']," + rest + "}"));
        assertEquals(List.of(), allowed("{'users':" + absent + ",'resources':['*']}"));
        assertEquals(List.of(), allowed("{'users':['*'],'resources':" + absent + "}"));
        Person alice = People.alice("{'users':" + absent + ",'resources':" + absent + "," + rest.replace(
                "'extraClaims':null", "'extraClaims':{'a':1}") + "}");
        assertEquals(List.of(), alice.capabilities().faults());
        assertFalse(alice.capabilities().allowsAdminUi() || alice.capabilities().allowsDcr());
        assertEquals(People.json("{'a':1}"), alice.capabilities().addTo(JsonObject.EMPTY));
        assertEquals(JsonObject.EMPTY, alice.capabilities().addToUserInfo(JsonObject.EMPTY));
    }

    @Test
    void claimsKeepTheirTypes() {
        String claims = "{'n':1.50,'b':true,'s':'x','l':[1,'2',null],'o':{'p':[]},'z':null,'big':18446744073709551615}";
        assertEquals(People.json(claims), added("{'extraClaims':" + claims + "}"));
    }

    @Test
    void listsUniteWithoutDuplicates() {
        assertEquals(People.json("{'groups':['a','b','c']}"), added("{'extraClaims':{'groups':['a','b']}}",
                "{'extraClaims':{'groups':['b','c']}}"));
        assertEquals(People.json("{'groups':['a','b']}"), added("{'extraClaims':{'groups':'a'}}",
                "{'extraClaims':{'groups':['b','a']}}"));
        assertEquals(People.json("{'groups':['a','b']}"), added("{'extraClaims':{'groups':['a']}}",
                "{'extraClaims':{'groups':'b'}}"));
        assertEquals(People.json("{'level':1}"), added("{'extraClaims':{'level':1}}", "{'extraClaims':{'level':2}}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sub", "aud", "exp", "iat", "iss", "jti", "nbf", "nonce", "username", "email", "key",
        "addresses", "nid", "node", "tailnet", "tags", "user", "uid", "azp", "scope", "client_id", "cnf", "act",
        "may_act", "sid", "auth_time", "acr", "amr", "at_hash", "c_hash", "s_hash", "sub_id", "sub_jwk", "events",
        "active", "token_type", "authorization_details", "_claim_names", "_claim_sources", "Sub", "EMAIL", "Client_Id",
        "\u017fub", "to\u212aen_type"})
    void aRuleLosesAProtectedClaimAndKeepsTheOthers(String claim) {
        String rule = "{'extraClaims':{'" + claim + "':'x','level':1}}";
        assertEquals(People.json("{'level':1}"), added(rule));
        assertEquals(List.of("extraClaims of a rule of tailscale.com/cap/tsidp sets protected claims, which are left"
                + " out: " + claim), People.alice(rule).capabilities().faults());
    }

    @ParameterizedTest
    @ValueSource(strings = {"preferred_username", "picture", "name", "email_verified", "phone_number", "upn", "roles",
        "groups", "subject", "emails", "nodes"})
    void whatOnlyDescribesThePersonIsARulesToSet(String claim) {
        String rule = "{'extraClaims':{'" + claim + "':'x'}}";
        assertEquals(People.json("{'" + claim + "':'x'}"), added(rule));
        assertEquals(List.of(), People.alice(rule).capabilities().faults());
    }

    @Test
    void severalProtectedClaimsAreNamedTogetherAndTakeNoRoom() {
        String rule = "{'extraClaims':{'sub':'" + "x".repeat(20_000) + "','aud':1,'level':1}}";
        assertEquals(People.json("{'level':1}"), added(rule));
        assertTrue(People.alice(rule).capabilities().faults().getFirst().endsWith(": sub aud"));
    }

    @Test
    void userInfoHasTheClaimsOfTheRulesThatSaySo() {
        Capabilities capabilities = People.alice("{'extraClaims':{'a':1},'includeInUserInfo':true}",
                "{'extraClaims':{'b':1},'includeInUserInfo':false}", "{'extraClaims':{'c':1}}").capabilities();
        assertEquals(People.json("{'x':0,'a':1}"), capabilities.addToUserInfo(People.json("{'x':0}")));
        assertEquals(People.json("{'x':0,'a':1,'b':1,'c':1}"), capabilities.addTo(People.json("{'x':0}")));
    }

    @Test
    void claimsBeyondTheLimitAreIgnoredWithTheirRule() {
        String large = "{'extraClaims':{'a':'" + "x".repeat(8_000) + "'}}";
        String more = "{'extraClaims':{'b':'" + "&".repeat(1_400) + "'}}";
        assertEquals(Set.of("a"), added(large, more).members().keySet(), "& is written as six bytes");
        assertEquals(List.of("a rule of tailscale.com/cap/tsidp is ignored: extraClaims of all rules together exceed"
                + " 16384 bytes"), People.alice(large, more).capabilities().faults());
        assertEquals(Set.of("a", "c"), added(large, more, "{'extraClaims':{'c':1}}").members().keySet());
    }
}
