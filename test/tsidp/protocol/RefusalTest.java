package tsidp.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefusalTest {

    /// Anybody can be refused as often as they like: one must cost no walk over the stack.
    @Test
    void itHasNoStackTrace() {
        var refusal = new Refusal(OAuthError.INVALID_REQUEST, "it is refused");
        var granted = Refusal.notGranted(MissingCapability.NONE, "do this", "");
        for (Refusal each : List.of(refusal, refusal.of("client x"), granted)) {
            assertEquals(0, each.getStackTrace().length);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a \"quoted\" word", "back\\slash", "two\nlines", "\u20ac", "\u007f"})
    void aDescriptionHasOnlyTheCharactersOfRfc6749(String description) {
        assertThrows(IllegalArgumentException.class, () -> new Refusal(OAuthError.INVALID_REQUEST, description));
    }
}
