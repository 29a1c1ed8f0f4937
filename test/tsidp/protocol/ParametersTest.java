package tsidp.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.json.Seed;

class ParametersTest {

    private static Optional<String> a(String encoded) throws Refusal {
        return Parameters.parse(encoded).get("a");
    }

    private static void assertInvalid(Refusal refusal) {
        assertEquals(OAuthError.INVALID_REQUEST, refusal.error());
    }

    @Test
    void aValueIsDecoded() throws Refusal {
        assertEquals(Optional.of("b c"), a("a=b+c"));
        assertEquals(Optional.of("b c+&="), a("a=b%20c%2B%26%3d"));
        assertEquals(Optional.of("=b="), a("a==b="));
        assertEquals(Optional.of("\u20ac\ud83d\ude00"), a("a=%E2%82%AC%F0%9F%98%80"));
        assertEquals(Optional.of("1"), a("%61=1"));
        assertEquals(Optional.of("1"), a("&&a=1&&"));
        assertEquals(Optional.of("l1\r\n\tl2"), a("a=l1%0D%0A%09l2"));
    }

    @Test
    void aParameterWithoutAValueCountsAsAbsent() throws Refusal {
        assertEquals(Optional.empty(), a("a="));
        assertEquals(Optional.empty(), a("a"));
        assertEquals(Optional.empty(), a(""));
        assertInvalid(assertThrows(Refusal.class, () -> Parameters.parse("a=").require("a")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=%", "a=%4", "a=%zz", "a=%+1", "a=%-1", "a=%4\uff11", "a=%C0%80", "a=%ED%A0%80", "a=%FF",
        "a=%E2%82", "a=%F4%90%80%80", "a=%00", "a=%1B", "a=%7F", "a=%C2%85", "a=b c", "a=b\r\n", "a=\u00e9", "a=\u20ac",
        "%=1", "%FF=1"})
    void whatIsNotEncodedAsTheStandardSaysIsRefused(String encoded) {
        assertInvalid(assertThrows(Refusal.class, () -> Parameters.parse(encoded)));
    }

    @Test
    void aNameThatStandsTwiceHasNoValue() throws Refusal {
        for (String encoded : List.of("a=1&a=2", "a=1&a=1", "a=1&%61=2", "a=1&b=2&a=3")) {
            Parameters parameters = Parameters.parse(encoded);
            assertInvalid(assertThrows(Refusal.class, () -> parameters.get("a")));
            assertInvalid(assertThrows(Refusal.class, () -> parameters.require("a")));
            assertEquals(Optional.empty(), parameters.once("a"));
            parameters.refuseRepeated();
        }
        for (String encoded : List.of("a=&a=1", "a&a=1", "a=1&b=2&a=")) {
            assertEquals(Optional.of("1"), a(encoded), "without a value it is as if omitted");
        }
        assertEquals(Optional.of("2"), Parameters.parse("a=1&b=2&a=3").get("b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"client_id", "scope", "state", "login_hint", "display", "ui_locales", "code_verifier",
        "token_type_hint", "actor_token", "client_assertion"})
    void whatAStandardDefinesIsNotRepeated(String name) throws Refusal {
        Parameters.parse(name + "=&" + name + "=1").refuseRepeated();
        assertInvalid(assertThrows(Refusal.class,
                () -> Parameters.parse(name + "=1&x=1&" + name + "=1").refuseRepeated()));
    }

    @Test
    void resourceMayStandMoreThanOnce() throws Refusal {
        Parameters parameters = Parameters.parse("resource=1&resource=2&resource=");
        parameters.refuseRepeated();
        assertEquals(List.of("1", "2"), parameters.all("resource"));
    }

    @Test
    void thereAreLimits() throws Refusal {
        assertEquals(8192, a("a=" + "b".repeat(8192)).orElseThrow().length());
        assertInvalid(assertThrows(Refusal.class, () -> Parameters.parse("a=" + "b".repeat(8193))));
        assertInvalid(assertThrows(Refusal.class, () -> Parameters.parse("b".repeat(8193) + "=a")));
        assertInvalid(assertThrows(Refusal.class, () -> Parameters.parse("a=" + "%62".repeat(8193))));
        Parameters.parse("b&".repeat(64));
        assertInvalid(assertThrows(Refusal.class, () -> Parameters.parse("b&".repeat(65))));
    }

    @Test
    void noRefusalRepeatsWhatWasSent() {
        for (String encoded : List.of("hunter2=%zz", "state=hunter2&state=b", "hunter2=%FF")) {
            Refusal refusal = assertThrows(Refusal.class, () -> Parameters.parse(encoded).refuseRepeated());
            assertTrue(!refusal.description().contains("hunter2"), refusal.description());
        }
    }

    @Test
    void anythingIsParametersOrARefusal() {
        Random random = Seed.random();
        String alphabet = "a=&%+0123456789abcdefABCDEF;?#/\\\"'<> \t\r\n\0\u007f\u0080\u00ff\u20ac\ud800";
        for (int i = 0; i < 100_000; i++) {
            var encoded = new StringBuilder();
            for (int length = random.nextInt(24); length > 0; length--) {
                encoded.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                Parameters parameters = Parameters.parse(encoded.toString());
                parameters.all("a").forEach(value -> assertTrue(value.chars().noneMatch(c -> c == 0), Seed.again()));
                parameters.get("a");
            } catch (Refusal refusal) {
                assertInvalid(refusal);
            } catch (RuntimeException bug) {
                throw new AssertionError(encoded + " " + Seed.again(), bug);
            }
        }
    }
}
