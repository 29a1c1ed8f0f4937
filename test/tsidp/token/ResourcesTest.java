package tsidp.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.client.Client;
import tsidp.client.ClientMetadata;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.person.People;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;

class ResourcesTest {

    private static final Client ADMINISTRATORS = Client.create("a", "s", new ClientMetadata("A",
            List.of("https://a.example/"), "", JsonObject.EMPTY), "");
    private static final Client DYNAMIC = Client.create("d", "s", new ClientMetadata("D",
            List.of("https://d.example/"), "", JsonObject.EMPTY.with("dynamically_registered", JsonBoolean.TRUE)), "");

    private static List<String> requested(String query) throws Refusal {
        return Resources.requested(Parameters.parse(query));
    }

    private static void assertRefused(String query) {
        assertEquals(OAuthError.INVALID_TARGET, assertThrows(Refusal.class, () -> requested(query)).error());
    }

    @Test
    void eachIsTakenOnceInItsOrder() throws Refusal {
        assertEquals(List.of(), requested("resource="));
        assertEquals(List.of("https://b.example", "urn:a"),
                requested("resource=https://b.example&resource=urn:a&resource=https://b.example"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"relative", "/path", "https://a.example%23f", "https://a.example/%23", "%25", "//a.example",
        "https://a%20b"})
    void whatIsNoAbsoluteUriWithoutFragmentIsRefused(String resource) {
        assertRefused("resource=" + resource);
        assertRefused("resource=urn:a&resource=" + resource);
    }

    @Test
    void thereAreLimits() throws Refusal {
        var sixteen = new StringBuilder();
        for (int i = 0; i < 16; i++) {
            sixteen.append("&resource=urn:").append(i);
        }
        assertEquals(16, requested(sixteen.toString()).size());
        assertRefused(sixteen + "&resource=urn:16");
        assertEquals(1, requested("resource=urn:" + "a".repeat(508)).size());
        assertRefused("resource=urn:" + "a".repeat(509));
        String four = "&resource=urn:1" + "a".repeat(500) + "&resource=urn:2" + "a".repeat(500) + "&resource=urn:3"
                + "a".repeat(500) + "&resource=urn:4" + "a".repeat(500);
        assertEquals(4, requested(four).size());
        assertRefused(four + "&resource=urn:5" + "a".repeat(30));
        assertEquals(1, requested("resource=urn:" + "%26".repeat(330)).size(), "as written, & takes six bytes");
        assertRefused("resource=urn:" + "%26".repeat(341));
    }

    private static List<String> redeemed(Client client, List<String> granted, String... requested) throws Refusal {
        return Resources.redeemed(client, granted,
                List.of(requested));
    }

    private static void assertBeyond(Client client, List<String> granted, String... requested) {
        assertEquals(OAuthError.INVALID_TARGET,
                assertThrows(Refusal.class, () -> redeemed(client, granted, requested)).error());
    }

    @Test
    void aTokenIsForNoMoreThanItsGrant() throws Refusal {
        List<String> granted = List.of("urn:a", "urn:b");
        for (Client client : List.of(ADMINISTRATORS, DYNAMIC)) {
            assertEquals(granted, redeemed(client, granted));
            assertEquals(List.of("urn:b"), redeemed(client, granted, "urn:b"));
            assertBeyond(client, granted, "urn:b", "urn:c");
        }
    }

    @Test
    void whereNothingWasGrantedOnlyAnAdministratorsClientMayAsk() throws Refusal {
        assertEquals(List.of("urn:a"), redeemed(ADMINISTRATORS, List.of(), "urn:a"));
        assertEquals(List.of(), redeemed(DYNAMIC, List.of()));
        assertBeyond(DYNAMIC, List.of(), "urn:a");
    }

    @Test
    void whatNoRuleAllowsIsRefused() throws Refusal {
        Person alice = People.alice("{'users':['alice@example.com'],'resources':['urn:a']}");
        assertEquals(List.of("urn:a"), Resources.allowed(alice, List.of("urn:a", "urn:b")));
        assertEquals(List.of(), Resources.allowed(alice, List.of()));
        assertEquals(OAuthError.INVALID_TARGET,
                assertThrows(Refusal.class, () -> Resources.allowed(alice, List.of("urn:b"))).error());
    }
}
