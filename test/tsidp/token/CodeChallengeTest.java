package tsidp.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.json.JsonObject;
import tsidp.json.Vectors;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;

class CodeChallengeTest {

    private static final String VERIFIER = "a".repeat(43);

    private static CodeChallenge of(String query) throws Refusal {
        return CodeChallenge.of(Parameters.parse(query));
    }

    private static OAuthError error(CodeChallenge challenge, String verifier) {
        return assertThrows(Refusal.class, () -> challenge.verify(Optional.ofNullable(verifier))).error();
    }

    @Test
    void theVectorOfRfc7636AppendixBIsRight() throws Exception {
        JsonObject vector = Vectors.object("rfc7636/appendix-b.json");
        String verifier = vector.string("code_verifier").orElseThrow();
        CodeChallenge challenge = of("code_challenge_method=" + vector.string("code_challenge_method").orElseThrow()
                + "&code_challenge=" + vector.string("code_challenge").orElseThrow());
        challenge.verify(Optional.of(verifier));
        for (int i = 0; i < verifier.length(); i++) {
            char other = verifier.charAt(i) == 'A' ? 'B' : 'A';
            String wrong = verifier.substring(0, i) + other + verifier.substring(i + 1);
            assertEquals(OAuthError.INVALID_GRANT, error(challenge, wrong));
        }
        assertEquals(OAuthError.INVALID_GRANT, error(challenge, vector.string("code_challenge").orElseThrow()));
    }

    @Test
    void theMethodIsPlainWhereNoneIsSaid() throws Refusal {
        CodeChallenge challenge = of("code_challenge=" + VERIFIER);
        assertEquals(CodeChallenge.Method.PLAIN, challenge.method());
        challenge.verify(Optional.of(VERIFIER));
        assertEquals(OAuthError.INVALID_GRANT, error(challenge, "b".repeat(43)));
    }

    @Test
    void aVerifierMustComeWhereThereIsAChallengeAndOnlyThere() throws Refusal {
        assertEquals(OAuthError.INVALID_REQUEST, error(of("code_challenge=" + VERIFIER), null));
        assertEquals(OAuthError.INVALID_GRANT, error(CodeChallenge.NONE, VERIFIER));
        CodeChallenge.NONE.verify(Optional.empty());
        assertEquals(CodeChallenge.NONE, of(""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"code_challenge_method=S256", "code_challenge_method=plain&code_challenge="})
    void aMethodAloneIsRefused(String query) {
        assertEquals(OAuthError.INVALID_REQUEST, assertThrows(Refusal.class, () -> of(query)).error());
    }

    @ParameterizedTest
    @ValueSource(strings = {"s256", "S512", "PLAIN", "none", "S256%20"})
    void anotherMethodIsRefused(String method) {
        assertEquals(OAuthError.INVALID_REQUEST, assertThrows(Refusal.class,
                () -> of("code_challenge=" + VERIFIER + "&code_challenge_method=" + method)).error());
    }

    @Test
    void theGrammarIsThatOfTheStandard() throws Refusal {
        String shortest = "A".repeat(43);
        String longest = "AZaz09-._~".repeat(13).substring(0, 128);
        for (String good : new String[] {shortest, longest}) {
            of("code_challenge=" + good).verify(Optional.of(good));
        }
        CodeChallenge challenge = of("code_challenge=" + shortest);
        for (String bad : new String[] {"A".repeat(42), "A".repeat(129), "A".repeat(42) + "+", "A".repeat(42) + "=",
            "A".repeat(42) + "/", "A".repeat(42) + "\u00e9", "A".repeat(43) + "\n"}) {
            assertThrows(Refusal.class, () -> of("code_challenge=" + java.net.URLEncoder.encode(bad,
                    java.nio.charset.StandardCharsets.UTF_8)), bad);
            assertEquals(OAuthError.INVALID_REQUEST, error(challenge, bad));
        }
    }
}
