package tsidp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.json.JsonObject;
import tsidp.json.Seed;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

class RedirectUriTest {

    @ParameterizedTest
    @ValueSource(strings = {"https://app.example.com/callback", "https://app.example.com", "https://host:8006",
        "https://app.example.com/cb?tenant=1", "http://app.example.com/cb", "http://localhost/callback",
        "http://127.0.0.1:8080/cb", "http://[::1]/cb", "app.immich:///oauth-callback", "com.example.app:/callback",
        "com.example.app:callback", "cursor://anysphere.cursor-retrieval/oauth/callback",
        "https://app.example.com/a%20b", "HTTPS://APP.example.com/cb"})
    void theseCanBeRegistered(String uri) {
        assertEquals("", RedirectUri.fault(uri));
        assertTrue(RedirectUri.matches(uri, uri));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/callback", "callback", "//app.example.com/cb", "https:", "https:///cb", "https:cb",
        "https://app.example.com/cb#", "https://app.example.com/cb#x", "https://user@app.example.com/cb",
        "https://user:pw@app.example.com/", "http://localhost:1@evil.example/", "https://*.example.com/cb",
        "https://app.example.com/*", "http://localhost:*", "javascript:alert(1)", "JavaScript:alert(1)",
        "data:text/html,x", "vbscript:x", "file:///etc/passwd", "about:blank", "blob:https://x/y", "mailto:a@b",
        "https://app.example.com\\@evil.example/", "https:\\\\app.example.com", "https://app.example.com/a b",
        "https://app.example.com/\t", "https://app.example.com/\n", "https://app.example.com/\u00e9",
        "https://app.example.com/\0", "https://app.example.com:port/", "https://[::1/cb", "https://a..b:x@c/",
        "https://app.example.com/%zz", "view-source:https://x"})
    void theseCanNot(String uri) {
        assertFalse(RedirectUri.fault(uri).isEmpty(), uri);
    }

    @Test
    void aVeryLongOneCanNot() {
        assertEquals("", RedirectUri.fault("https://a/".concat("b".repeat(2038))));
        assertFalse(RedirectUri.fault("https://a/".concat("b".repeat(2039))).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "https://app.example.com/cb     https://app.example.com/cb/",
        "https://app.example.com/cb     https://app.example.com/CB",
        "https://app.example.com/cb     https://app.example.com/cb?x=1",
        "https://app.example.com/cb     https://app.example.com/cb?",
        "https://app.example.com/cb?x=1 https://app.example.com/cb",
        "https://app.example.com/cb?x=1 https://app.example.com/cb?x=2",
        "https://app.example.com/cb?x=1 https://app.example.com/cb?x=1&y=2",
        "https://app.example.com/cb     https://app.example.com/cb#f",
        "https://app.example.com/cb     https://app.example.com:443/cb",
        "https://app.example.com/cb     https://app.example.com:8443/cb",
        "https://app.example.com/cb     http://app.example.com/cb",
        "https://app.example.com/cb     HTTPS://app.example.com/cb",
        "https://app.example.com/cb     https://APP.example.com/cb",
        "https://app.example.com/cb     https://app.example.com.evil.example/cb",
        "https://app.example.com/cb     https://evil.example/cb",
        "https://app.example.com/cb     https://app.example.com@evil.example/cb",
        "https://app.example.com/cb     https://evil.example\\@app.example.com/cb",
        "https://app.example.com/cb     https://app.example.com/../cb",
        "https://app.example.com/cb     https://app.example.com/./cb",
        "https://app.example.com/cb     https://app.example.com/%63b",
        "https://app.example.com/cb     //app.example.com/cb",
        "https://app.example.com        https://app.example.com/",
        "https://localhost/cb           https://localhost:1234/cb",
        "http://localhost/cb            http://localhost/other",
        "http://localhost/cb            http://localhost:1/cb?x",
        "http://localhost/cb            http://127.0.0.1/cb",
        "http://localhost/cb            http://[::1]/cb",
        "http://127.0.0.1/cb            http://localhost:99/cb",
        "http://127.0.0.1/cb            http://127.0.0.2:99/cb",
        "http://127.0.0.1/cb            http://127.1:99/cb",
        "http://127.0.0.1/cb            http://2130706433:99/cb",
        "http://[::1]/cb                http://[0:0:0:0:0:0:0:1]:99/cb",
        "http://localhost/cb            http://localhost:1@evil.example/cb",
        "http://localhost/cb            http://localhost:1:2/cb",
        "http://localhost/cb            http://localhost.evil.example/cb",
        "http://localhost/cb            http://localhost:x/cb",
        "http://localhost/cb            https://localhost:99/cb",
        "http://localhost/cb            http://user@localhost:99/cb",
        "http://localhost/cb            http://localhost:99/cb#x",
        "http://localhost/cb            http://localhost:99\\cb",
        "http://app.example.com/cb      http://app.example.com:99/cb",
        "app:/cb                        app:/cb2",
        "app:/cb                        APP:/cb",
        "app://localhost/cb             app://localhost:99/cb"})
    void theseAreNotTheSame(String pair) {
        assertFalse(RedirectUri.matches(pair.split(" +")[0], pair.split(" +")[1]));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "http://localhost/cb          http://localhost:49152/cb",
        "http://localhost:8085/cb     http://localhost/cb",
        "http://localhost:8085/cb     http://localhost:1/cb",
        "http://127.0.0.1/cb          http://127.0.0.1:49152/cb",
        "http://[::1]/cb              http://[::1]:49152/cb",
        "http://localhost             http://localhost:49152",
        "http://localhost             http://localhost:49152/",
        "http://127.0.0.1:8080/       http://127.0.0.1",
        "http://[::1]                 http://[::1]:49152/",
        "http://localhost/cb          http://LocalHost:49152/cb",
        "HTTP://LOCALHOST/cb          http://localhost:49152/cb",
        "http://localhost/~a          http://localhost:49152/%7Ea",
        "http://localhost/cb?x=1      http://localhost:49152/cb?x=1"})
    void aLoopbackAddressMatchesWithAnyPort(String pair) {
        assertTrue(RedirectUri.matches(pair.split(" +")[0], pair.split(" +")[1]));
    }

    @Test
    void nothingButWhatIsRegisteredCanBeATarget() throws Refusal {
        var issuer = new Issuer("idp.example.ts.net", 443);
        Client client = Client.create("id", "secret", new ClientMetadata("Name",
                List.of("https://a.example/cb", "https://b.example/cb?x=1"), "", JsonObject.EMPTY),
                "2026-01-01T00:00:00Z");
        RedirectTarget plain = RedirectTarget.of(client, "https://a.example/cb", issuer);
        assertEquals("https://a.example/cb?code=c&iss=https%3A%2F%2Fidp.example.ts.net",
                plain.url(ResponseMode.QUERY, plain.code("c", Optional.empty())));
        RedirectTarget queried = RedirectTarget.of(client, "https://b.example/cb?x=1", issuer);
        assertEquals("https://b.example/cb?x=1&code=c&state=a+%26+b&iss=https%3A%2F%2Fidp.example.ts.net",
                queried.url(ResponseMode.QUERY, queried.code("c", Optional.of("a & b"))));
        Refusal refusal = assertThrows(Refusal.class,
                () -> RedirectTarget.of(client, "https://evil.example/cb", issuer));
        assertEquals(OAuthError.INVALID_REQUEST, refusal.error());
        assertFalse(refusal.description().contains("evil"));
    }

    @Test
    void aChangedLoopbackUriNeverMatchesAnotherHost() {
        Random random = Seed.random();
        String base = "http://localhost:8080/cb";
        String alphabet = "@:/\\#?[]%.a1*&;\u00e9 ";
        for (int i = 0; i < 50_000; i++) {
            var changed = new StringBuilder(base);
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                changed.insert(random.nextInt(changed.length() + 1),
                        alphabet.charAt(random.nextInt(alphabet.length())));
            }
            if (RedirectUri.matches("http://localhost/cb", changed.toString())) {
                URI uri = URI.create(changed.toString());
                assertEquals("localhost", uri.getHost(), changed + " " + Seed.again());
                assertEquals("/cb", uri.normalize().getRawPath(), changed + " " + Seed.again());
            }
        }
    }
}
