package tsidp.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tsidp.TestServer;
import tsidp.fake.Browser;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Reply;

/// The pages have the words that Tailscale's guide of tsidp leads its readers by.
class GuidedPagesTest {

    private static final String[] HTML = {"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"};

    private static final FakeTailnet TAILNET = FakeTailnet.start();
    private static final TestServer SERVER = TestServer.start(TAILNET);

    static {
        TAILNET.policy(FakeTailnet.ALICE, "{'allow_admin_ui': true}");
    }

    private final Browser alice = SERVER.plain(FakeTailnet.ALICE);

    @AfterAll
    static void stop() {
        SERVER.close();
        TAILNET.close();
    }

    private static void assertTitled(String title, Reply page) {
        assertEquals(200, page.status());
        assertTrue(page.text().contains("<title>" + title + " · tsidp</title>"), page.text());
        assertTrue(page.text().contains("<h1>" + title + "</h1>"), page.text());
        assertTrue(page.text().matches("(?s).*<footer class=\"foot\">tsidp \\d+\\.\\d+\\.\\d+.*"), page.text());
    }

    @Test
    void theTitlesAndAnEditControlForEachClient() {
        String path = "/edit/" + alice.post("/clients/new", "name=A%26B&redirect_uri=https%3A%2F%2Fapp.example.com%2F")
                .string("client_id");
        Reply list = alice.get("/", HTML);
        assertTitled("Tailscale OIDC Identity Provider", list);
        assertTrue(list.text().contains("href=\"" + path + "\" aria-label=\"Edit A&amp;B\">Edit</a>"), list.text());
        assertTitled("Add New OIDC Client", alice.get("/new", HTML));
        assertTitled("Edit OIDC Client", alice.get(path, HTML));
    }

    @Test
    void theGrantToPasteIsForThisNode() {
        Reply refused = SERVER.plain(FakeTailnet.BOB).get("/", HTML);
        assertEquals(403, refused.status());
        assertTrue(refused.text().contains("\"dst\": [&quot;100.64.0.1&quot;]"), refused.text());
    }
}
