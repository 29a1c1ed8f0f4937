package tsidp.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tsidp.json.Seed;

class UrisTest {

    @ParameterizedTest
    @ValueSource(strings = {
        "https://mcp.example.com             https://mcp.example.com/",
        "https://mcp.example.com             HTTPS://MCP.Example.COM",
        "https://mcp.example.com             https://mcp.example.com:443/",
        "https://mcp.example.com             https://mcp.example.com:/",
        "http://mcp.example.com:80/a         http://mcp.example.com/a",
        "https://mcp.example.com?a=1         https://mcp.example.com/?a=1",
        "https://mcp.example.com#a           https://mcp.example.com/#a",
        "https://mcp.example.com/~a          https://mcp.example.com/%7Ea",
        "https://mcp.example.com/%2f         https://mcp.example.com/%2F",
        "https://mcp.example.com/?a=%61      https://mcp.example.com/?a=a",
        "https://mcp.example.com/a/./b/../c  https://mcp.example.com/a/c",
        "https://mcp.example.com/../a        https://mcp.example.com/a",
        "https://mcp.example.com/a/..        https://mcp.example.com/",
        "https://mcp.example.com/a/b/..      https://mcp.example.com/a/",
        "https://mcp.example.com/%2E%2e/a    https://mcp.example.com/a",
        "https://u@mcp.example.com           https://u@MCP.example.com/",
        "https://[FD7A:115C::1]:443          https://[fd7a:115c::1]/",
        "api://Default                       API://default/",
        "URN:a:b                             urn:a:b"})
    void theseAreTheSame(String pair) {
        String one = pair.split(" +")[0];
        String other = pair.split(" +")[1];
        assertEquals(Uris.normal(one), Uris.normal(other));
        assertTrue(Uris.contains(List.of("x", one), other));
        assertEquals(List.of(one), Uris.distinct(List.of(one, other)));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "https://mcp.example.com             http://mcp.example.com",
        "https://mcp.example.com             https://mcp.example.com:8443",
        "https://mcp.example.com             https://mcp.example.com:80",
        "http://mcp.example.com              http://mcp.example.com:443",
        "https://mcp.example.com             https://mcp.example.com.evil.example",
        "https://mcp.example.com             https://mcp.example.com@evil.example",
        "https://mcp.example.com             https://u@mcp.example.com",
        "https://mcp.example.com             https://mcp.example.com//",
        "https://mcp.example.com/mcp         https://mcp.example.com/mcp/",
        "https://mcp.example.com/mcp         https://mcp.example.com/MCP",
        "https://mcp.example.com/a/b         https://mcp.example.com/a%2Fb",
        "https://mcp.example.com/a           https://mcp.example.com/a?",
        "https://mcp.example.com/a?x=A       https://mcp.example.com/a?x=a",
        "api://default:443                   api://default",
        "urn:a:b                             urn:A:b",
        "mcp.example.com                     mcp.example.com/",
        "gateway                             GATEWAY"})
    void theseAreNot(String pair) {
        String one = pair.split(" +")[0];
        String other = pair.split(" +")[1];
        assertFalse(Uris.contains(List.of(one), other));
        assertEquals(List.of(one, other), Uris.distinct(List.of(one, other)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "openid", "a client", "0123456789abcdef", "/path", "http:", "%", "a:%zz",
        "http://a:b:c/", "http://a@b@c:x/", "https://[::1"})
    void whatIsNoUriStaysAsItIs(String text) {
        assertEquals(text, Uris.normal(text));
    }

    @Test
    void aNormalFormIsItsOwn() {
        Random random = Seed.random();
        String alphabet = "https://aA1.~%2eE7f@:[]?#-_";
        for (int i = 0; i < 50_000; i++) {
            var text = new StringBuilder(random.nextBoolean() ? "http://" : "");
            for (int length = random.nextInt(20); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String normal = Uris.normal(text.toString());
            if (!normal.contains("%")) {
                assertEquals(normal, Uris.normal(normal), () -> text + " " + Seed.again());
            }
        }
    }
}
