package tsidp.oauth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourcesTest {

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
    }

    @Test
    void aTokenIsForNoMoreThanItsGrant() throws Refusal {
        List<String> granted = List.of("urn:a", "urn:b");
        assertEquals(granted, Resources.narrowed(granted, List.of()));
        assertEquals(List.of("urn:b"), Resources.narrowed(granted, List.of("urn:b")));
        assertThrows(Refusal.class, () -> Resources.narrowed(granted, List.of("urn:b", "urn:c")));
    }

    @Test
    void whatNoRuleAllowsIsRefused() throws Refusal {
        Person alice = People.alice("{'users':['alice@example.com'],'resources':['urn:a']}");
        assertEquals(List.of("urn:a"), Resources.allowed(alice, List.of("urn:a", "urn:b"), _ -> { }));
        assertEquals(List.of(), Resources.allowed(alice, List.of(), _ -> { }));
        assertEquals(OAuthError.INVALID_TARGET,
                assertThrows(Refusal.class, () -> Resources.allowed(alice, List.of("urn:b"), _ -> { })).error());
    }
}
