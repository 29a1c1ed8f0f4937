package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;

/// The lines from which an operator can later see who did what, at which client, and why something was refused.
@Timeout(60)
class AuditLogTest {

    private static final String NODE = "alice-laptop.fake-tailnet.ts.net.";
    private static final String CALLBACK = "https://app.example.com/cb";
    private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);
    private static final Client CLIENT = SERVER.client(CALLBACK);

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true}",
                "{'users': ['*'], 'resources': ['*']}");
    }

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);
    private final RelyingParty party = new RelyingParty(alice, CLIENT);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    /// The only line with this event since a mark; it must have all of these fields.
    private static void assertLogged(int mark, String event, String... fields) {
        String msg = event.contains(" ") ? "msg=\"" + event + "\"" : "msg=" + event;
        List<String> lines = SERVER.log().substring(mark).lines()
                .filter(line -> line.contains(" " + msg + " ")).toList();
        assertEquals(1, lines.size(), event + " of\n" + SERVER.log().substring(mark));
        String line = lines.getFirst();
        assertTrue(line.matches("time=\\S+Z level=[A-Z]+ .*"), line);
        for (String field : fields) {
            assertTrue((line + " ").contains(field), field + " is not in " + line);
        }
    }

    private static int mark() {
        return SERVER.log().length();
    }

    private static String form(String name, String uri) {
        return Browser.form(Map.of("name", name, "redirect_uri", uri));
    }

    @Test
    void aLoginSaysWhoWhereAndToWhat() {
        int mark = mark();
        party.authorize();
        assertLogged(mark, "login", "user=alice@example.com", "node=" + NODE, "client=" + CLIENT.id(),
                "application=Test", "to=app.example.com");
    }

    @Test
    void aRefusedLoginSaysWhy() {
        int mark = mark();
        party.authorize("response_type", "token");
        assertLogged(mark, "login refused", "user=alice@example.com", "node=" + NODE, "client=" + CLIENT.id(),
                "error=unsupported_response_type", "why=\"response_type must be code\"");
    }

    @Test
    void aTokenSaysForWhomToWhomAndForWhat() {
        int mark = mark();
        party.login("resource", "urn:api", "scope", "openid");
        assertLogged(mark, "token", "grant=authorization_code", "user=alice@example.com", "node=" + NODE,
                "client=" + CLIENT.id(), "audience=\"" + CLIENT.id() + " urn:api\"", "scope=openid ");
        Reply tokens = party.login();
        int next = mark();
        party.refresh(tokens.string("refresh_token"));
        assertLogged(next, "token", "grant=refresh_token", "user=alice@example.com", "client=" + CLIENT.id());
    }

    @Test
    void anExchangeSaysForWhatAndWhoActs() {
        String token = party.login().string("access_token");
        var bobs = new RelyingParty(SERVER.plain(FakeTailnet.BOB), CLIENT).login().string("access_token");
        int mark = mark();
        alice.post("/token", Map.of("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange", "client_id",
                CLIENT.id(), "client_secret", CLIENT.secret(), "subject_token", token, "subject_token_type",
                ACCESS_TOKEN, "audience", "backend", "actor_token", bobs, "actor_token_type", ACCESS_TOKEN));
        assertLogged(mark, "token", "grant=urn:ietf:params:oauth:grant-type:token-exchange", "user=alice@example.com",
                "node=" + NODE, "client=" + CLIENT.id(), "audience=backend", "actor=userid:1002");
    }

    @Test
    void aRefusedTokenSaysWhichClientAndWhy() {
        int mark = mark();
        party.redeem("0".repeat(32));
        assertLogged(mark, "refused", "path=/token", "from=100.64.0.2", "status=400", "error=invalid_grant",
                "why=\"the code is unknown, expired or used\"", "client " + CLIENT.id());
        int next = mark();
        alice.post("/token", Map.of("grant_type", "authorization_code", "client_id", CLIENT.id(), "client_secret",
                "guessed-secret"));
        assertLogged(next, "refused", "path=/token", "status=401", "error=invalid_client", "client " + CLIENT.id());
        assertFalse(SERVER.log().contains("guessed-secret"));
    }

    @Test
    void whoIsNotLetInIsNamed() {
        int mark = mark();
        SERVER.plain(FakeTailnet.BOB).get("/clients/");
        assertLogged(mark, "refused", "path=/clients/", "status=403", "error=access_denied", "bob@example.com",
                "allow_admin_ui");
        int next = mark();
        SERVER.plain(FakeTailnet.PRINTER).get("/authorize");
        assertLogged(next, "refused", "path=/authorize", "printer.fake-tailnet.ts.net.", "tag:printer");
        int last = mark();
        SERVER.nobody().get("/authorize");
        assertLogged(last, "refused", "path=/authorize", "from=127.0.0.1", "does not come from a known device");
    }

    @Test
    void eachChangeOfAClientSaysByWhom() {
        int mark = mark();
        String id = alice.post("/clients/new", form("Wiki", CALLBACK)).string("client_id");
        alice.put("/clients/" + id, "name", "Docs", "redirect_uri", CALLBACK);
        alice.post("/clients/" + id + "/regenerate-secret", "");
        alice.send("DELETE", "/clients/" + id, new byte[0]);
        String by = "by=\"alice@example.com at " + NODE + "\"";
        assertLogged(mark, "client added", "client=" + id, "application=Wiki", by);
        assertLogged(mark, "client changed", "client=" + id, "application=Docs", by);
        assertLogged(mark, "client secret regenerated", "client=" + id, by);
        assertLogged(mark, "client removed", "client=" + id, by);
    }

    @Test
    void whatTheCommandChangesIsLoggedToo() {
        int mark = mark();
        TestServer.command(SERVER.directory(), "add", "-name", "Cli", "-redirect-uri", CALLBACK);
        assertLogged(mark, "client added", "application=Cli", "by=\"tsidp client\"");
    }

    @Test
    void aRegistrationAndWhatBecomesOfItIsLogged() {
        int mark = mark();
        Reply registered = Dcr.register(alice, "{'redirect_uris': ['" + CALLBACK + "'], 'client_name': 'Agent'}");
        String id = registered.string("client_id");
        Dcr.update(alice, registered, "{'client_id': '" + id + "', 'redirect_uris': ['" + CALLBACK
                + "'], 'client_name': 'Agent 2'}");
        Dcr.remove(alice, registered);
        assertLogged(mark, "client registered", "client=" + id, "application=Agent", "by=alice@example.com",
                "node=" + NODE);
        assertLogged(mark, "client changed", "client=" + id, "application=\"Agent 2\"", "by=itself");
        assertLogged(mark, "client removed", "client=" + id, "by=itself");
        int next = mark();
        Dcr.register(alice, "{'redirect_uris': ['http://evil.example/']}");
        assertLogged(next, "refused", "path=/register", "error=invalid_redirect_uri", "http://evil.example/");
    }

    @Test
    void aDecisionSaysWhoWhatAndWhere() {
        Reply registered = Dcr.register(alice, "{'redirect_uris': ['" + CALLBACK + "'], 'client_name': 'Agent'}");
        RelyingParty agent = Dcr.party(alice, registered);
        String[] fields = {"user=alice@example.com", "node=" + NODE, "client=" + agent.client().id(),
            "application=Agent", "to=app.example.com"};
        int mark = mark();
        Form form = Form.of(agent.authorize());
        form.with("decision", "deny").send(alice);
        form.with("decision", "allow").send(alice);
        assertLogged(mark, "consent denied", fields);
        assertLogged(mark, "consent", fields);
        int next = mark();
        Form.of(alice.get("/consent")).with("client_id", agent.client().id()).with("decision", "revoke").send(alice);
        assertLogged(next, "consent revoked", "user=alice@example.com", "node=" + NODE,
                "client=" + agent.client().id());
    }

    @Test
    void nobodysNameForgesALine() {
        int mark = mark();
        alice.post("/clients/new", form("x\" level=INFO msg=login user=mallory", CALLBACK));
        party.authorize("response_type", "token\nlevel=INFO msg=login");
        assertFalse(SERVER.log().substring(mark).lines().anyMatch(line -> line.matches(".* msg=login .*")
                && !line.contains("\\\"")));
    }

    @Test
    void noSecretCodeOrTokenIsInAnyLine() {
        var secrets = new LinkedHashMap<String, String>();
        String code = party.code("state", "the-state-value", "nonce", "the-nonce-value");
        secrets.put("code", code);
        Reply tokens = party.redeem(code, "client_secret", CLIENT.secret());
        keep(secrets, "login", tokens, "access_token", "refresh_token", "id_token");
        party.redeem(code);
        Reply again = party.login();
        keep(secrets, "again", again, "access_token", "refresh_token", "id_token");
        keep(secrets, "refreshed", party.refresh(again.string("refresh_token")), "access_token", "refresh_token",
                "id_token");
        party.refresh(again.string("refresh_token") + "x");
        party.userInfo(again.string("access_token"));
        party.userInfo(again.string("access_token") + "x");
        party.introspect(again.string("access_token"));
        String basic = RelyingParty.basic(CLIENT.id(), CLIENT.secret());
        secrets.put("basic", basic);
        alice.post("/token", Map.of("grant_type", "nonsense"), "Authorization", basic);
        Reply made = alice.post("/clients/new", form("Wiki", CALLBACK));
        keep(secrets, "made", made, "client_secret");
        keep(secrets, "regenerated", alice.post("/clients/" + made.string("client_id") + "/regenerate-secret", ""),
                "client_secret");
        Reply registered = Dcr.register(alice, "{'redirect_uris': ['" + CALLBACK + "']}");
        keep(secrets, "registered", registered, "client_secret", "registration_access_token");
        Dcr.read(alice, registered);
        alice.get(Dcr.path(registered), "Authorization", "Bearer " + Dcr.token(registered) + "x");
        Reply page = Dcr.party(alice, registered).authorize();
        secrets.put("form", Form.of(page).fields().get("form_token"));
        Form.of(page).with("decision", "allow").send(alice);
        Form.of(page).with("decision", "allow").with("form_token", "x").send(alice);
        secrets.put("signing key", "PRIVATE KEY");
        secrets.put("own secret", CLIENT.secret());
        String log = SERVER.log();
        var found = new ArrayList<String>();
        secrets.forEach((what, secret) -> {
            assertTrue(secret.length() > 10, what);
            // Half of it would be enough.
            if (log.contains(secret.substring(0, secret.length() / 2))
                    || log.contains(secret.substring(secret.length() / 2))) {
                found.add(what);
            }
        });
        assertEquals(List.of(), found);
        assertFalse(log.contains("the-state-value") || log.contains("the-nonce-value"));
    }

    private static void keep(Map<String, String> secrets, String what, Reply reply, String... names) {
        for (String name : names) {
            secrets.put(what + " " + name, reply.string(name));
        }
    }
}
