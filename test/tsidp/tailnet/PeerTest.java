package tsidp.tailnet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.fake.FakeTailnet;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;

class PeerTest {

    /// All required members, and one of each kind that is not.
    private static final String GOOD = """
            {"Node":{"ID":11,"StableID":"n11","Name":"a.ts.net.","User":7,"Key":"nodekey:1",\
            "Addresses":["100.64.0.2/32"],"Tags":null,"Hostinfo":{}},\
            "UserProfile":{"ID":7,"LoginName":"a@b","DisplayName":"A","ProfilePicURL":"",\
            "Groups":["group:eng"]},\
            "CapMap":{"tailscale.com/cap/tsidp":[{"users":["*"]}],"https://tailscale.com/cap/other":null}}""";

    private static Peer peer(String json) {
        try {
            return Peer.fromJson(JsonReader.readObject(json.getBytes(StandardCharsets.UTF_8)));
        } catch (JsonException malformed) {
            throw new AssertionError(json, malformed);
        }
    }

    private static String changed(String from, String to) {
        assertTrue(GOOD.contains(from), from);
        return GOOD.replace(from, to);
    }

    @Test
    void whoisIsRead() {
        Peer peer = peer(GOOD);
        assertEquals(new Node(11, "n11", "a.ts.net.", 7, "nodekey:1", List.of("100.64.0.2/32"), List.of(), false),
                peer.node());
        assertEquals(new UserProfile(7, "a@b", "A", "", List.of("group:eng"), 0), peer.user());
        assertEquals(List.of(new JsonObject(Map.of("users", JsonValue.of(List.of("*"))))), peer.capabilities());
        assertEquals(0, peer.ignoredCapabilities());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "'Node':{|'Nope':{", "'UserProfile':{|'Nope':{", "'ID':11,|", "'ID':11|'ID':0", "'ID':11|'ID':-1",
        "'ID':11|'ID':'11'", "'ID':11|'ID':11.0", "'ID':11|'ID':92233720368547758080", "'StableID':'n11',|",
        "'StableID':'n11'|'StableID':''", "'StableID':'n11'|'StableID':11", "'Name':'a.ts.net.'|'Name':null",
        "'User':7,|", "'User':7|'User':0", "'User':7|'User':8", "'User':7|'User':'7'", "'Key':'nodekey:1',|",
        "'Key':'nodekey:1'|'Key':{}", "'Addresses':['100.64.0.2/32'],|",
        "'Addresses':['100.64.0.2/32']|'Addresses':null", "'Addresses':['100.64.0.2/32']|'Addresses':[1]",
        "'Addresses':['100.64.0.2/32']|'Addresses':['a.ts.net']",
        "'Tags':null|'Tags':'tag:a'", "'Tags':null|'Tags':{'tag:a':1}", "'Tags':null|'Tags':[1]",
        "'Tags':null|'Tags':['tag:a',null]", "'Tags':null|'Tags':false", "{'ID':7,|{", "{'ID':7|{'ID':0",
        "{'ID':7|{'ID':null", "'LoginName':'a@b',|", "'LoginName':'a@b'|'LoginName':''",
        "'LoginName':'a@b'|'LoginName':['a@b']", "'DisplayName':'A'|'DisplayName':1",
        "'ProfilePicURL':''|'ProfilePicURL':{}", "['group:eng']|'group:eng'",
        "['group:eng']|[7]", "'CapMap':{|'CapMap':[],'Nope':{",
        "'tailscale.com/cap/tsidp':[|'tailscale.com/cap/tsidp':{},'x':[",
    })
    void whatIsMissingOrIllTypedMakesItNobody(String change) {
        String[] fromTo = change.replace('\'', '"').split("\\|", -1);
        var fault = assertThrows(IllegalArgumentException.class, () -> peer(changed(fromTo[0], fromTo[1])));
        assertFalse(fault.getMessage().contains("a@b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"'Tags':null,|", "'Tags':null|'Tags':[]", "'DisplayName':'A',|", ",'ProfilePicURL':''|",
        ",'Groups':['group:eng']|", "'Groups':['group:eng']|'Groups':null", "'Groups':['group:eng']|'Groups':[]",
        "'Hostinfo':{}|'Hostinfo':1", "'CapMap':{|'CapMap':null,'Nope':{",
        "'tailscale.com/cap/tsidp':[|'tailscale.com/cap/tsidp':null,'x':["})
    void whatNeedNotBeThereNeedNot(String change) {
        String[] fromTo = change.replace('\'', '"').split("\\|", -1);
        assertFalse(peer(changed(fromTo[0], fromTo[1])).node().tagged());
    }

    @Test
    void aRuleThatIsNoObjectGrantsNothingAndIsCounted() {
        Peer peer = peer(changed("[{\"users\":[\"*\"]}]", "[1,{\"a\":true},null,\"x\",[]]"));
        assertEquals(List.of(new JsonObject(Map.of("a", JsonValue.of(true)))), peer.capabilities());
        assertEquals(4, peer.ignoredCapabilities());
    }

    private static Peer withRules(String... rules) {
        return peer(changed("[{\"users\":[\"*\"]}]", List.of(rules).toString()));
    }

    private static String nested(int levels) {
        return "{\"extraClaims\":" + "{\"a\":".repeat(levels - 1) + "1" + "}".repeat(levels);
    }

    @Test
    void aRuleThatIsNestedTooDeeplyGrantsNothingAndIsCounted() {
        assertEquals(1, withRules(nested(16)).capabilities().size());
        Peer peer = withRules(nested(17), "{\"a\":true}", nested(58));
        assertEquals(List.of(new JsonObject(Map.of("a", JsonValue.of(true)))), peer.capabilities());
        assertEquals(2, peer.ignoredCapabilities());
    }

    /// A list of digits takes about 40 times as much heap as its text.
    @Test
    void rulesTakeABoundedPartOfTheHeap() {
        String digits = "{\"extraClaims\":{\"a\":[0" + ",0".repeat(500) + "]}}";
        Peer peer = withRules(digits, digits, "{\"a\":true}");
        assertEquals(2, peer.capabilities().size());
        assertEquals(1, peer.ignoredCapabilities());
        assertTrue(peer.weight() < 80 << 10, "" + peer.weight());
        String text = "{\"extraClaims\":{\"a\":\"" + "x".repeat(60_000) + "\"}}";
        assertEquals(1, withRules(text, text).capabilities().size());
        assertEquals(99, withRules("1" + ",1".repeat(300_000)).ignoredCapabilities());
    }

    @Test
    void namesOfAMachineAndItsUserAreBounded() {
        String long16 = "x".repeat(16 << 10);
        for (String name : List.of("n11", "a.ts.net.", "nodekey:1", "100.64.0.2/32", "a@b", "A")) {
            assertThrows(IllegalArgumentException.class, () -> peer(changed("\"" + name + "\"", "\"" + long16 + "\"")));
        }
    }

    /// Those that fit are kept: the others grant nothing, and are counted.
    @Test
    void groupsTakeABoundedPartOfTheHeap() throws Exception {
        String group = "\"" + "g".repeat(1000) + "\"";
        Peer peer = peer(changed("\"group:eng\"", "\"group:eng\"" + ("," + group).repeat(40)));
        assertEquals("group:eng", peer.user().groups().getFirst());
        assertEquals(41, peer.user().groups().size() + peer.user().ignoredGroups());
        assertTrue(peer.user().groups().size() > 10 && peer.weight() < 18 << 10, "" + peer.weight());
        assertEquals(peer.user().groups(), Peer.fromJson(peer.toJson()).user().groups());
    }

    @Test
    void aTaggedNodesUserNeedNotBeItsOwn() {
        String tagged = changed("\"Tags\":null", "\"Tags\":[\"tag:a\"]").replace("\"User\":7", "\"User\":9");
        assertTrue(peer(tagged).node().tagged());
    }

    @Test
    void whatIsWrittenReadsBackEqual() throws Exception {
        List<String> texts = List.of(GOOD, changed("\"Tags\":null", "\"Tags\":[\"tag:a\",\"tag:b\"]"),
                changed("[{\"users\":[\"*\"]}]", "[1,{\"a\":true},null]"), changed("\"CapMap\":{", "\"Nope\":{"),
                changed("\"A\"", "\"\\u00c4 \\ud83d\\ude00\""));
        for (String text : texts) {
            Peer peer = peer(text);
            assertEquals(peer, Peer.fromJson(JsonReader.readObject(JsonWriter.writeBytes(peer.toJson()))));
        }
    }

    @Test
    void whatIsWrittenIsCompact() {
        assertFalse(JsonWriter.write(peer(GOOD).toJson()).contains("Hostinfo"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "null", "{\"Node\":{},\"UserProfile\":{}}", "{\"Node\":null}", "", "\"\""})
    void anAnswerWithoutAPersonIsBad(String body) throws Exception {
        try (var tailnet = FakeTailnet.start(); var localApi = new LocalApi(tailnet.socket())) {
            tailnet.answer(200, body);
            var failure = assertThrows(TailnetException.class,
                    () -> localApi.whois(InetAddress.ofLiteral("100.64.0.2")));
            assertEquals(TailnetException.Kind.BAD_ANSWER, failure.kind());
        }
    }
}
