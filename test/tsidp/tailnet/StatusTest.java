package tsidp.tailnet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.fake.FakeTailnet;
import tsidp.person.People;
import tsidp.tailnet.TailnetException.Kind;

class StatusTest {

    private final FakeTailnet tailnet = FakeTailnet.start();
    private final LocalApi localApi = new LocalApi(tailnet.socket());

    @AfterEach
    void stop() {
        localApi.close();
        tailnet.close();
    }

    @ParameterizedTest
    @CsvSource({
        "NoState,          NO_STATE,           NOT_ANSWERING,  still starting",
        "Starting,         STARTING,           NOT_ANSWERING,  still starting",
        "Stopped,          STOPPED,            STOPPED,        run `tailscale up`",
        "NeedsLogin,       NEEDS_LOGIN,        NEEDS_LOGIN,    run `tailscale up` and open the address it prints",
        "NeedsMachineAuth, NEEDS_MACHINE_AUTH, NEEDS_APPROVAL, Machines page of the Tailscale admin console",
        "InUseOtherUser,   UNKNOWN,            BAD_ANSWER,     `tailscale status`",
        "Dreaming,         UNKNOWN,            BAD_ANSWER,     update tsidp",
    })
    void everyOtherStateSaysHowToGetToRunning(String name, BackendState state, Kind kind, String words)
            throws Exception {
        tailnet.state(name);
        Status status = localApi.status();
        assertEquals(state, status.backendState());
        var failure = assertThrows(TailnetException.class, status::requireRunning);
        assertEquals(kind, failure.kind());
        assertTrue(failure.getMessage().contains(words), failure.getMessage());
        tailnet.state("Running");
        localApi.status().requireRunning();
    }

    @Test
    void theLoginAddressIsGivenButInNoMessage() throws Exception {
        tailnet.state("NeedsLogin");
        Status status = localApi.status();
        assertEquals("https://login.example.com/a/1", status.authUrl().orElseThrow());
        var failure = assertThrows(TailnetException.class, status::requireRunning);
        assertFalse(failure.getMessage().contains("https:"));
    }

    @Test
    void runningWithoutNameOrAddressIsNotEnough() throws Exception {
        tailnet.dnsName("");
        assertThrows(TailnetException.class, localApi.status()::requireRunning);
        tailnet.dnsName("idp.ts.net.");
        localApi.status().requireRunning();
        tailnet.addresses();
        assertThrows(TailnetException.class, localApi.status()::requireRunning);
    }

    @Test
    void certDomainsAreGiven() throws Exception {
        assertEquals(List.of(FakeTailnet.DNS_NAME), localApi.status().certDomains());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{}", "{\"BackendState\":1}", "{\"BackendState\":\"Running\",\"Self\":{\"DNSName\":\"a/b.\"}}",
        "{\"BackendState\":\"Running\",\"Self\":{\"DNSName\":\"a@evil.example.\"}}",
        "{\"BackendState\":\"Running\",\"Self\":{\"DNSName\":\"a:1.\"}}",
        "{\"BackendState\":\"Running\",\"TailscaleIPs\":\"100.64.0.1\"}",
        "{\"BackendState\":\"Running\",\"TailscaleIPs\":[\"host.example.com\"]}",
        "{\"BackendState\":\"Running\",\"CertDomains\":[1]}",
    })
    void anIllTypedStatusIsBad(String body) {
        tailnet.answer(200, body);
        assertEquals(Kind.BAD_ANSWER, assertThrows(TailnetException.class, localApi::status).kind());
    }

    @Test
    void aGrantCallsThisMachineByItsTagOrElseByItsAddress() throws Exception {
        String start = "{'BackendState': 'Running', 'TailscaleIPs': ['100.64.0.9', 'fd7a:115c:a1e0::9'], 'Self': {";
        assertEquals("100.64.0.9", Status.of(People.json(start + "}}")).destination());
        assertEquals("100.64.0.9", Status.of(People.json(start + "'Tags': []}}")).destination());
        assertEquals("tag:idp", Status.of(People.json(start + "'Tags': ['tag:idp', 'tag:b']}}")).destination());
        assertEquals("*", Status.of(People.json("{'BackendState': 'NeedsLogin'}")).destination());
    }
}
