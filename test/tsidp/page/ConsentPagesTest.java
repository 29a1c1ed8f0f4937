package tsidp.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.Reply;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;

@Timeout(60)
class ConsentPagesTest {

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final String CALLBACK = "https://notes.example.com/callback";

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);
    private final Browser bob = SERVER.plain(FakeTailnet.BOB);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    @BeforeEach
    void bobRegisters() {
        TAILNET.grant(FakeTailnet.BOB, JsonObject.EMPTY.with("allow_dcr", JsonBoolean.TRUE));
        TAILNET.grant(FakeTailnet.ALICE);
    }

    private String registered(String name, String... redirectUris) {
        return registration(name, redirectUris).string("client_id").orElseThrow();
    }

    private JsonObject registration(String name, String... redirectUris) {
        byte[] body = JsonWriter.writeBytes(JsonObject.EMPTY.with("client_name", JsonValue.of(name))
                .with("redirect_uris", JsonValue.of(List.of(redirectUris))));
        Reply reply = bob.send("POST", "/register", body, "Content-Type", "application/json");
        assertEquals(201, reply.status(), reply.toString());
        return reply.json();
    }

    private static Map<String, String> request(String clientId, String redirectUri) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("response_type", "code");
        parameters.put("client_id", clientId);
        parameters.put("redirect_uri", redirectUri);
        parameters.put("scope", "openid email");
        parameters.put("state", "a state & more");
        return parameters;
    }

    private Reply asked(String clientId) {
        Reply page = alice.get("/authorize", request(clientId, CALLBACK));
        assertEquals(200, page.status(), page.toString());
        return page;
    }

    private Reply allow(String clientId) {
        Reply reply = Form.of(asked(clientId)).with("decision", "allow").send(alice);
        assertEquals(302, reply.status(), reply.toString());
        return alice.get(reply.header("Location"));
    }

    @Test
    void aPersonIsAskedOnceAndThenSignedIn() {
        String id = registered("Once", CALLBACK);
        String page = asked(id).text();
        assertTrue(page.contains("<bdi>Once</bdi>")
                && page.contains(">https://<strong>notes.example.com</strong>/callback</bdi>"), page);
        assertTrue(page.contains("your e-mail address alice@example.com"), page);
        Reply code = allow(id);
        assertEquals(CALLBACK, code.target());
        assertTrue(code.parameters().containsKey("code"));
        assertEquals("a state & more", code.parameters().get("state"));
        assertTrue(alice.get("/authorize", request(id, CALLBACK)).parameters().containsKey("code"));
        assertEquals(200, bob.get("/authorize", request(id, CALLBACK)).status(), "each person decides for themselves");
    }

    @Test
    void whoDeniesIsAskedAgain() {
        String id = registered("Denied", CALLBACK);
        Reply denied = Form.of(asked(id)).with("decision", "deny").send(alice);
        assertEquals(CALLBACK, denied.target());
        assertEquals("access_denied", denied.parameters().get("error"));
        assertEquals("a state & more", denied.parameters().get("state"));
        assertEquals(SERVER.issuer().url(), denied.parameters().get("iss"));
        asked(id);
    }

    @Test
    void anythingButAllowDenies() {
        String id = registered("Unclear", CALLBACK);
        Reply denied = Form.of(asked(id)).with("decision", "Allow").send(alice);
        assertEquals("access_denied", denied.parameters().get("error"));
        assertEquals(400, Form.of(asked(id)).send(alice).status());
        asked(id);
    }

    @Test
    void aClientThatAnAdministratorMadeIsNotAskedAbout() {
        assertEquals(302, alice.get("/authorize", request(SERVER.client(CALLBACK).id(), CALLBACK)).status());
    }

    @Test
    void anotherHostIsAnotherQuestion() {
        String elsewhere = "https://elsewhere.example.com/callback";
        String id = registered("Two hosts", CALLBACK, elsewhere);
        allow(id);
        assertEquals(302, alice.get("/authorize", request(id, CALLBACK)).status());
        assertEquals(200, alice.get("/authorize", request(id, elsewhere)).status());
    }

    @Test
    void whatIsRevokedIsAskedAboutAgainAndItsTokensEnd() {
        JsonObject client = registration("Revoked", CALLBACK);
        String id = client.string("client_id").orElseThrow();
        String code = allow(id).parameters().get("code");
        var credentials = Map.of("client_id", id, "client_secret", client.string("client_secret").orElseThrow());
        var redemption = new LinkedHashMap<>(credentials);
        redemption.putAll(Map.of("grant_type", "authorization_code", "code", code, "redirect_uri", CALLBACK));
        var token = new LinkedHashMap<>(credentials);
        token.put("token", alice.post("/token", redemption).string("access_token"));
        assertTrue(alice.post("/introspect", token).json().isTrue("active"));
        Reply list = alice.get("/consent");
        assertTrue(list.text().contains("<bdi>Revoked</bdi>"), list.text());
        assertFalse(bob.get("/consent").text().contains("Revoked"));
        Form form = Form.of(list).with("client_id", id).with("decision", "revoke");
        assertEquals("/consent", form.send(alice).header("Location"));
        assertFalse(alice.post("/introspect", token).json().isTrue("active"));
        String after = alice.get("/consent").text();
        assertTrue(after.contains("Revoked must ask you again."), after);
        assertFalse(after.contains("<bdi>Revoked</bdi>"), after);
        asked(id);
    }

    @Test
    void aConsentOutlivesARestart() {
        String id = registered("Kept", CALLBACK);
        allow(id);
        SERVER.restart();
        assertEquals(302, alice.get("/authorize", request(id, CALLBACK)).status());
    }

    @Test
    void aHostileNameIsText() {
        String id = registered("</title><script>alert(1)</script>\"'&lt;", CALLBACK);
        allow(id);
        for (String text : List.of(bob.get("/authorize", request(id, CALLBACK)).text(), alice.get("/consent").text())) {
            assertFalse(text.contains("<script>"), text);
            assertTrue(text.contains("<bdi>titlescriptalert(1)script&#39;&amp;lt</bdi>"), text);
        }
    }

    @Test
    void aHostileStateIsTextAndComesBackWhole() {
        String id = registered("State", CALLBACK);
        var request = request(id, CALLBACK);
        String state = "\"><script>alert(1)</script>&decision=allow#" + "x".repeat(7000);
        request.put("state", state);
        Reply page = alice.get("/authorize", request);
        assertFalse(page.text().contains("<script>"), page.text());
        Reply reply = Form.of(page).with("decision", "allow").send(alice);
        assertEquals(state, alice.get(reply.header("Location")).parameters().get("state"));
    }

    @Test
    void onlyTheFormsOwnPersonCanAllow() {
        String id = registered("Whose", CALLBACK);
        Form alices = Form.of(asked(id)).with("decision", "allow");
        Form bobs = Form.of(bob.get("/authorize", request(id, CALLBACK))).with("decision", "allow");
        assertEquals(403, bobs.send(alice).status());
        assertEquals(403, alices.without("form_token").send(alice).status());
        assertEquals(403, alices.send(SERVER.nobody()).status());
        assertEquals(403, alices.send(SERVER.plain(FakeTailnet.PRINTER)).status());
        asked(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site", "none"})
    void aFormOfAnotherSiteCantAllow(String site) {
        String id = registered("Cross " + site, CALLBACK);
        Reply reply = Form.of(asked(id)).with("decision", "allow").send(alice, "Sec-Fetch-Site", site,
                "Origin", "https://notes.example.com", "Accept", "text/html");
        assertEquals(403, reply.status());
        assertTrue(reply.text().contains("Your changes were not saved"), reply.text());
        asked(id);
    }

    @Test
    void aFormCantBeSentWithAnotherRequest() {
        String id = registered("Mine", CALLBACK);
        String token = Form.of(asked(id)).fields().get("form_token");
        var fields = Map.of("form_token", token, "decision", "allow");
        for (var request : List.of(request("nobody", CALLBACK), request(id, "https://evil.example/"),
                request(id, CALLBACK + "/more"))) {
            Reply reply = alice.post("/consent?" + Browser.form(request), fields, "Accept", "text/html");
            assertEquals(400, reply.status(), reply.toString());
            assertEquals("", reply.header("Location"));
        }
        String twice = Browser.form(request(id, CALLBACK)) + "&redirect_uri=https%3A%2F%2Fevil.example%2F";
        assertEquals(400, alice.post("/consent?" + twice, fields).status());
    }

    @Test
    void theFormMayLeadToTheApplicationAndNowhereElse() {
        String policy = asked(registered("Policy", CALLBACK)).header("Content-Security-Policy");
        assertTrue(policy.contains("form-action 'self' https://notes.example.com;"), policy);
        assertTrue(alice.get("/consent").header("Content-Security-Policy").contains("form-action 'self';"));
    }

    @Test
    void promptNoneAsksNobody() {
        var request = request(registered("Silent", CALLBACK), CALLBACK);
        request.put("prompt", "none");
        assertEquals("consent_required", alice.get("/authorize", request).parameters().get("error"));
    }

    @Test
    void whatTheTailnetAddsIsToldToo() {
        TAILNET.grant(FakeTailnet.ALICE, JsonObject.EMPTY.with("extraClaims",
                JsonObject.EMPTY.with("groups", JsonValue.of(List.of("staff")))));
        assertTrue(asked(registered("Groups", CALLBACK)).text().contains("policy says about you: groups"));
    }
}
