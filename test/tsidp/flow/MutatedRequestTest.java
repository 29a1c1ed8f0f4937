package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Form;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.Seed;

/// Valid requests to all kinds of endpoints, with some bytes changed: no answer is a 5xx.
@Timeout(120)
class MutatedRequestTest {

    private static final int ROUNDS = 60;

    private record Question(String method, String path, String type, String body, String token) {
    }

    @Test
    void noMutatedRequestIsAServerError() {
        Random random = Seed.random();
        try (var tailnet = FakeTailnet.start(); var server = TestServer.start(tailnet)) {
            tailnet.policy(FakeTailnet.ALICE, "{'allow_dcr': true, 'allow_admin_ui': true}",
                    "{'users': ['*'], 'resources': ['*']}");
            Browser alice = server.plain(FakeTailnet.ALICE);
            for (Question question : questions(server, alice)) {
                for (int i = 0; i < ROUNDS; i++) {
                    byte[] body = mutated(question.body().getBytes(StandardCharsets.UTF_8), random);
                    Reply reply = question.token().isEmpty()
                            ? alice.send(question.method(), question.path(), body, "Content-Type", question.type())
                            : alice.send(question.method(), question.path(), body, "Content-Type", question.type(),
                                    "Authorization", "Bearer " + question.token());
                    assertTrue(reply.status() < 500, () -> Seed.again() + question
                            + new String(body, StandardCharsets.ISO_8859_1) + reply);
                }
            }
            assertFalse(server.log().contains("msg=unexpected"), server.log());
        }
    }

    private static List<Question> questions(TestServer server, Browser alice) {
        String form = "application/x-www-form-urlencoded";
        String json = "application/json";
        Client client = server.client("https://app.example.com/cb");
        String token = new RelyingParty(alice, client).login().string("access_token");
        String metadata = "{\"redirect_uris\":[\"https://a.example/cb\",\"com.example.app:/cb\"],\"client_name\":\"x\","
                + "\"grant_types\":[\"authorization_code\"],\"token_endpoint_auth_method\":\"none\","
                + "\"contacts\":[\"y\"]}";
        Reply registered = Dcr.register(alice, metadata);
        Form consent = Form.of(Dcr.party(alice, registered).authorize("code_challenge", "c".repeat(43),
                "code_challenge_method", "S256")).with("decision", "allow");
        var questions = new ArrayList<Question>();
        questions.add(new Question("POST", "/register", json, metadata, ""));
        questions.add(new Question("PUT", Dcr.path(registered), json,
                metadata.replace("{", "{\"client_id\":\"" + registered.string("client_id") + "\","),
                Dcr.token(registered)));
        questions.add(new Question("POST", "/clients/new", form, "name=x&redirect_uri=https%3A%2F%2Fa.example%2F%0A",
                ""));
        questions.add(new Question("PUT", "/clients/" + client.id(), form, "name=%C3%A9&redirect_uri=http%3A%2F%2Fa",
                ""));
        questions.add(new Question("POST", consent.action(), form, Browser.form(consent.fields()), ""));
        questions.add(new Question("POST", "/token", form, Browser.form(Map.of("grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange", "client_id", client.id(), "client_secret",
                client.secret(), "subject_token", token, "subject_token_type",
                "urn:ietf:params:oauth:token-type:access_token", "resource", "urn:x", "actor_token", token)), ""));
        return questions;
    }

    /// Changes, drops, doubles or cuts off some bytes.
    private static byte[] mutated(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int times = random.nextInt(4); times >= 0 && bytes.length > 1; times--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = (byte) "\"\\{}[]:,&=%+#/\0\n".charAt(random.nextInt(16));
                case 2 -> bytes = java.util.Arrays.copyOf(bytes, at);
                default -> {
                    byte[] doubled = java.util.Arrays.copyOf(bytes, bytes.length + bytes.length - at);
                    System.arraycopy(bytes, at, doubled, bytes.length, bytes.length - at);
                    bytes = doubled;
                }
            }
        }
        return bytes;
    }
}
