package tsidp.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Headers;
import java.net.InetAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tsidp.http.Answer.Page;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

class RefusalPageTest {

    @ParameterizedTest
    @EnumSource(OAuthError.class)
    void everyErrorHasAPageOfItsStatusWithoutScriptOrForeignAddress(OAuthError error) {
        Page page = page(new Refusal(error, "it is refused"));
        String html = page.html().toString();
        assertEquals(error.status(), page.status());
        assertTrue(html.contains("It is refused."), html);
        assertTrue(html.contains("(" + error.status() + ")"), html);
        assertFalse(html.matches("(?s).*(\\{\\{|<script|style=|://|<h1></h1>).*"), html);
    }

    @Test
    void aDescriptionIsTextWhateverItHolds() {
        String html = page(new Refusal(OAuthError.INVALID_REQUEST, "<img src=x onerror=alert(1)> & 'so'"))
                .html().toString();
        assertTrue(html.contains("&lt;img src=x onerror=alert(1)&gt; &amp; &#39;so&#39;."), html);
        assertFalse(html.contains("<img"), html);
    }

    @Test
    void theOperatorsDetailIsNotShown() {
        String html = page(new Refusal(OAuthError.ACCESS_DENIED, "it is refused", "node secret-name"))
                .html().toString();
        assertFalse(html.contains("secret-name"), html);
    }

    private static Page page(Refusal refusal) {
        var headers = new Headers();
        headers.set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        var caller = new Caller("/authorize", headers, InetAddress.getLoopbackAddress(), Optional.empty(), false);
        var request = new Request("GET", "", "", caller, new byte[0]);
        return (Page) RefusalStyle.PAGE.answer(request, refusal);
    }
}
