package tsidp.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tsidp.TestServer;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Reply;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;

/// The list of a tailnet with more clients than any real one.
@Timeout(60)
class ClientListTest {

    private static final int COUNT = 10_000;
    private static final Pattern ROW = Pattern.compile("href=\"/edit/([0-9a-f]+)\" aria-label=\"Edit ([^\"]*)\"");

    private static FakeTailnet tailnet;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        var clients = new LinkedHashMap<String, JsonValue>();
        for (int i = COUNT - 1; i >= 0; i--) {
            String id = "%032x".formatted(i);
            clients.put(id, JsonObject.EMPTY.with("client_id", JsonValue.of(id))
                    .with("client_secret", JsonValue.of("%064x".formatted(i)))
                    .with("client_name", JsonValue.of("Application %05d".formatted(i)))
                    .with("redirect_uris", JsonValue.of(List.of("https://app" + i + ".example.com/callback",
                            "https://other.example.com/callback"))));
        }
        Path directory = Files.createTempDirectory("many");
        Files.write(directory.resolve("oidc-funnel-clients.json"), JsonWriter.writeBytes(new JsonObject(clients)));
        tailnet = FakeTailnet.start();
        tailnet.grant(FakeTailnet.ALICE, JsonObject.EMPTY.with("allow_admin_ui", JsonBoolean.TRUE));
        server = TestServer.start(tailnet, InstantSource.system(), directory);
    }

    @AfterAll
    static void stop() {
        server.close();
        tailnet.close();
    }

    private static Reply list(String query) {
        Reply reply = server.plain(FakeTailnet.ALICE).get("/" + query);
        assertEquals(200, reply.status());
        return reply;
    }

    private static List<String> names(Reply page) {
        var names = new ArrayList<String>();
        for (var row = ROW.matcher(page.text()); row.find();) {
            names.add(row.group(2));
        }
        return names;
    }

    @Test
    void thePagesHaveEachClientOnceByName() {
        var names = new ArrayList<String>();
        String query = "?from=0";
        Reply page = list(query);
        for (int pages = 1; pages <= COUNT / ClientListPage.SIZE; pages++) {
            names.addAll(names(page));
            String next = page.text().replaceAll("(?s).*href=\"/(\\?[^\"]*)\" rel=\"next\".*", "$1");
            if (next.equals(page.text())) {
                break;
            }
            page = list(next.replace("&amp;", "&"));
        }
        assertEquals(COUNT, names.size());
        assertEquals(names.stream().distinct().sorted().toList(), names);
    }

    @Test
    void theFirstAndTheLastPageHaveOneNeighbour() {
        String first = list("").text();
        assertTrue(first.contains("10,000 clients") && first.contains("1\u201350 of 10,000"), first);
        assertTrue(first.contains("rel=\"next\"") && !first.contains("rel=\"prev\""));
        String last = list("?from=999999").text();
        assertTrue(last.contains("9,951\u201310,000 of 10,000"), last);
        assertTrue(last.contains("rel=\"prev\"") && !last.contains("rel=\"next\""));
    }

    @Test
    void aSearchLooksAtNameIdAndEveryRedirectUri() {
        assertEquals(List.of("Application 04711"), names(list("?q=application+04711")));
        assertEquals(List.of("Application 04711"), names(list("?q=APP4711.example")));
        assertEquals(List.of("Application 04711"), names(list("?q=" + "%032x".formatted(4711))));
        Reply all = list("?q=other.example.com");
        assertEquals(ClientListPage.SIZE, names(all).size());
        assertTrue(all.text().contains("10,000 clients found"));
        assertTrue(all.text().contains("href=\"/?q=other.example.com&amp;from=50\""), all.text());
        assertEquals(List.of(), names(list("?q=" + "%064x".formatted(4711))), "a secret is not searched");
    }

    @Test
    void noSecretIsListed() {
        assertFalse(list("?q=04711").text().contains("%064x".formatted(4711)));
    }
}
