package tsidp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

class ClientNameTest {

    @ParameterizedTest
    @ValueSource(strings = {"App", "R&D wiki (test) #2", "Claude Code: it's 1.0, really!", "Añ app", "Bücher",
        "日本語 アプリ", "Приложение", "تطبيق", "แอปที่นี่", "हिन्दी", "Tiếng Việt", "C++ docs", "a_b-c"})
    void anHonestNameStaysAsItIs(String name) {
        assertEquals(name, ClientName.cleaned(name));
    }

    @Test
    void whatWouldSpeakForUsIsDropped() {
        assertEquals("App verified by your administrator",
                ClientName.cleaned("App \u2714\ufe0f verified by your administrator \u2705"));
        assertEquals("Approved by admin", ClientName.cleaned("Approved\u00a0\u3000\u2003 \t by\n\u2028admin \u2800"));
        assertEquals("evilgpj.app", ClientName.cleaned("evil\u202egpj\u2066.\u200f\u061capp\u2069"));
        assertEquals("ab", ClientName.cleaned("a\u200b\u200d\ufeff\u00ad\u2060\udb40\udc41b"));
        assertEquals("App b", ClientName.cleaned("App\u3164\u115f\u1160\uffa0 b"));
        assertEquals("Verified", ClientName.cleaned("\ud835\uddd5".replace("\ud835\uddd5",
                "\ud835\udde9\ud835\uddf2\ud835\uddff\ud835\uddf6\ud835\uddf3\ud835\uddf6\ud835\uddf2\ud835\uddf1")));
        assertEquals("ibAppib", ClientName.cleaned("<i><b>App</i></b>{{}}\"\\\u0000\u009b"));
        assertEquals("", ClientName.cleaned(" \u2714\ud83d\ude00\u0301 "));
    }

    @Test
    void signsDoNotPileUp() {
        // Normalized: the dot joins its letter, and marks below come before those above.
        assertEquals("\u1e93\u0337\u0337", ClientName.cleaned("z" + "\u0323\u033d\u0337".repeat(40)));
        assertEquals("a b", ClientName.cleaned("\u0337a \u0337b"));
        assertEquals("a\u0903b", ClientName.cleaned("a\u0903b\u20dd"));
    }

    @Test
    void sixtyFourCharactersAreKept() {
        assertEquals("a".repeat(64), ClientName.cleaned("a".repeat(2000)));
        assertEquals("\ud840\udc00".repeat(64), ClientName.cleaned("\ud840\udc00".repeat(65)));
        assertEquals("a".repeat(63), ClientName.cleaned("a".repeat(63) + " b"));
        assertTrue(ClientName.cleaned("\ufdfa".repeat(100)).codePointCount(0, 64) <= 64);
    }

    @Test
    void aNameThatCameInBeforeIsCleanedWhereverTheClientIsShown() {
        JsonObject json = JsonObject.EMPTY.with("client_id", JsonValue.of("a"))
                .with("client_name", JsonValue.of("App \u2714")).with("redirect_uris", JsonValue.of(List.of("urn:a")));
        assertEquals("App \u2714", Client.fromJson("a", json).name(), "an administrator's");
        Client dynamic = Client.fromJson("a", json.with("dynamically_registered", JsonBoolean.TRUE));
        assertEquals("App", dynamic.name());
        assertEquals("App", dynamic.withoutSecret().string("client_name").orElseThrow());
    }
}
