package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// A resource is the same however its URI is written (RFC 3986 §6.2), wherever it is compared; the token says it as the
/// client did.
@Timeout(60)
class SameResourceTest {

    private static final String MCP = "https://mcp.example.com";
    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final Client CLIENT = SERVER.client("https://app.example.com/cb");

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'users': ['*'], 'resources': ['" + MCP
                + "', 'HTTPS://B.Example.com:443/%7Ea']}");
    }

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);
    private final RelyingParty app = new RelyingParty(alice, CLIENT);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private static List<String> audience(RelyingParty party, Reply tokens) {
        assertEquals(200, tokens.status(), tokens.toString());
        return party.introspect(tokens.string("access_token")).json().strings("aud").orElseThrow();
    }

    private static Reply exchange(Client client, String token, String... others) {
        var parameters = new LinkedHashMap<>(Map.of("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange",
                "client_id", client.id(), "client_secret", client.secret(), "subject_token", token,
                "subject_token_type", "urn:ietf:params:oauth:token-type:access_token"));
        for (int i = 0; i < others.length; i += 2) {
            parameters.put(others[i], others[i + 1]);
        }
        return SERVER.nobody().post("/token", parameters);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://mcp.example.com/", "https://mcp.example.com", "HTTPS://MCP.example.com:443",
        "https://b.example.com/~a"})
    void aGrantIsForAll(String resource) {
        assertEquals(List.of(CLIENT.id(), resource), audience(app, app.login("resource", resource)));
        assertEquals(List.of(CLIENT.id(), resource), audience(app, app.redeem(app.code(), "resource", resource)));
        String token = app.login().string("access_token");
        assertEquals(200, exchange(CLIENT, token, "audience", resource).status());
        assertEquals(200, exchange(CLIENT, token, "resource", resource).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://mcp.example.com/mcp", "http://mcp.example.com/", "https://mcp.example.com:8443/",
        "https://mcp.example.com/?x", "https://mcp.example.com.evil.example/", "https://u@mcp.example.com/",
        "https://b.example.com/~A"})
    void andForNoOther(String resource) {
        assertEquals("invalid_target", app.authorize("resource", resource).parameters().get("error"));
        assertEquals("invalid_target", exchange(CLIENT, app.login().string("access_token"), "audience", resource)
                .string("error"));
    }

    @Test
    void whatWasGrantedIsAskedForInEitherForm() {
        String code = app.code("resource", MCP + "/");
        Reply tokens = app.redeem(code, "resource", MCP);
        assertEquals(List.of(CLIENT.id(), MCP), audience(app, tokens));
        Reply refreshed = app.refresh(tokens.string("refresh_token"), "resource", MCP + ":443/");
        assertEquals(List.of(CLIENT.id(), MCP + ":443/"), audience(app, refreshed));
    }

    @Test
    void twoFormsOfOneAreOne() {
        Reply reply = alice.get("/authorize?" + Browser.form(app.request("resource", MCP + "/")) + "&resource=" + MCP);
        assertEquals(List.of(CLIENT.id(), MCP + "/"), audience(app, app.redeem(reply.parameters().get("code"))));
        Reply exchanged = exchange(CLIENT, app.login().string("access_token"), "audience", MCP, "resource", MCP + "/");
        assertEquals(200, exchanged.status(), exchanged.toString());
        String token = exchanged.string("access_token");
        assertEquals(List.of(MCP), alice.post("/introspect", Map.of("client_id", CLIENT.id(), "client_secret",
                CLIENT.secret(), "token", token)).json().strings("aud").orElseThrow());
    }

    @Test
    void whoAllowedItInOneFormIsNotAskedInAnother() {
        RelyingParty party = Dcr.party(alice, Dcr.register(alice, "{'redirect_uris': ['https://app.example.com/cb']}"));
        Reply page = party.authorize("resource", MCP);
        assertEquals(302, Form.of(page).with("decision", "allow").send(alice).status());
        Reply tokens = party.login("resource", MCP + "/");
        assertEquals(200, party.redeem(party.code("resource", MCP + "/"), "resource", MCP).status());
        String narrower = exchange(party.client(), tokens.string("access_token"), "audience", MCP).string("error");
        assertEquals("", narrower);
        SERVER.restart();
        assertEquals(302, party.authorize("resource", MCP + ":443").status());
        assertEquals(200, party.authorize("resource", "https://b.example.com/~a").status());
    }
}
