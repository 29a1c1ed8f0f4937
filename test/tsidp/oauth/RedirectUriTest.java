package tsidp.oauth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What may be registered, by whom, and what matches it: RFC 8252 and RFC 9700 §2.1 as tables.
class RedirectUriTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        // URI                                        | anybody | an administrator
        "https://app.example.com/cb                   | true  | true",
        "https://app.example.com                      | true  | true",
        "https://app.example.com:8443/cb?x=1&y=2      | true  | true",
        "https://[2001:db8::1]/cb                     | true  | true",
        "HTTPS://app.example.com/cb                   | true  | true",
        "http://127.0.0.1/cb                          | true  | true",
        "http://127.0.0.1:49152/cb                    | true  | true",
        "http://[::1]:49152/cb                        | true  | true",
        "http://localhost/cb                          | true  | true",
        "http://localhost:3000                        | true  | true",
        "com.example.app:/cb                          | true  | true",
        "com.example.app://cb                         | true  | true",
        "com.example.app:cb                           | true  | true",
        "http://app.example.com/cb                    | false | true",
        "http://192.168.1.10/cb                       | false | true",
        "http://127.0.0.2/cb                          | false | true",
        "http://127.0.0.1.evil.example/cb             | false | true",
        "http://localhost.evil.example/cb             | false | true",
        "http://evil.example#localhost                | false | false",
        "http://localhost:1@evil.example/cb           | false | false",
        "http://127.0.0.1@evil.example/cb             | false | false",
        "https://user@app.example.com/cb              | false | false",
        "https://app.example.com/cb#fragment          | false | false",
        "https://app.example.com/cb#                  | false | false",
        "https://*.example.com/cb                     | false | false",
        "https://app.example.com/*                    | false | false",
        "http://localhost:*/cb                        | false | false",
        "https://app_1.example.com/cb                 | false | true",
        "myapp:/cb                                    | false | true",
        "urn:ietf:wg:oauth:2.0:oob                    | false | true",
        "javascript:alert(1)                          | false | false",
        "JavaScript:alert(1)                          | false | false",
        "data:text/html,x                             | false | false",
        "vbscript:x                                   | false | false",
        "file:///etc/passwd                           | false | false",
        "blob:https://app.example.com/1               | false | false",
        "view-source:https://app.example.com          | false | false",
        "about:blank                                  | false | false",
        "/cb                                          | false | false",
        "app.example.com/cb                           | false | false",
        "//app.example.com/cb                         | false | false",
        "https:app.example.com                        | false | false",
        "https:/app.example.com                       | false | false",
        "https:///cb                                  | false | false",
        "https://:443/cb                              | false | false",
        "https://app.example.com/%zz                  | false | false",
        "https://app.example.com\\@evil.example       | false | false",
        "https://app.example.com/a b                  | false | false",
        "https://[::1                                 | false | false",
        "https://ev%69l.example/cb                    | false | false",
        ":                                            | false | false",
    }, quoteCharacter = '~')
    void whoMayRegisterWhat(String uri, boolean anybody, boolean administrator) {
        assertEquals(administrator, RedirectUri.fault(uri).isEmpty(), RedirectUri.fault(uri));
        assertEquals(anybody, RedirectUri.faultForAnybody(uri).isEmpty(), RedirectUri.faultForAnybody(uri));
    }

    @Test
    void charactersThatNoUriHasAreRefused() {
        for (int c : new int[] {0, '\t', '\n', '\r', ' ', 0x7f, 0xe9, 0x202e, '"', '<', '>', '\\', '^', '`', '{',
            '|'}) {
            String uri = "https://app.example.com/a" + Character.toString(c) + "b";
            assertEquals(false, RedirectUri.fault(uri).isEmpty(), "U+" + Integer.toHexString(c));
            assertEquals(false, RedirectUri.matches(uri, uri), "U+" + Integer.toHexString(c));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        // registered                     | requested                                | the same
        "https://app.example.com/cb       | https://app.example.com/cb               | true",
        "https://app.example.com/cb       | https://app.example.com/cb/              | false",
        "https://app.example.com/cb       | https://app.example.com/CB               | false",
        "https://app.example.com/cb       | https://APP.example.com/cb               | false",
        "https://app.example.com/cb       | https://app.example.com:443/cb           | false",
        "https://app.example.com/cb       | https://app.example.com/cb?x=1           | false",
        "https://app.example.com/cb       | https://app.example.com/x/../cb          | false",
        "https://app.example.com/cb       | https://app.example.com/%63b             | false",
        "https://app.example.com/cb       | http://app.example.com/cb                | false",
        "https://app.example.com/cb       | https://app.example.com.evil.example/cb  | false",
        "https://app.example.com/cb       | https://evil.example/?https://app.example.com/cb | false",
        "https://app.example.com/cb       | https://app.example.com/cb#x             | false",
        "http://app.lan/cb                | http://app.lan:81/cb                     | false",
        "http://127.0.0.1/cb              | http://127.0.0.1:49152/cb                | true",
        "http://127.0.0.1:1234/cb         | http://127.0.0.1:49152/cb                | true",
        "http://127.0.0.1:1234/cb         | http://127.0.0.1/cb                      | true",
        "http://[::1]/cb                  | http://[::1]:49152/cb                    | true",
        "http://localhost/cb              | http://localhost:49152/cb                | true",
        "http://localhost/cb?a=b          | http://localhost:49152/cb?a=b            | true",
        "http://localhost/cb              | http://127.0.0.1:49152/cb                | false",
        "http://localhost/cb              | http://localhost:49152/other             | false",
        "http://localhost/cb              | http://localhost:49152/cb?a=b            | false",
        "http://localhost/cb              | http://localhost:49152/cb/..             | false",
        "http://localhost/cb              | http://localhost:49152@evil.example/cb   | false",
        "http://localhost/cb              | http://localhost.evil.example/cb         | false",
        "http://localhost/cb              | https://localhost:49152/cb               | false",
        "https://localhost/cb             | https://localhost:49152/cb               | false",
        "http://127.0.0.1/cb              | http://127.0.0.2:49152/cb                | false",
        "com.example.app:/cb              | com.example.app:/cb                      | true",
        "com.example.app:/cb              | com.example.app://evil/cb                | false",
    }, quoteCharacter = '~')
    void aRequestNamesOneThatIsRegistered(String registered, String requested, boolean same) {
        assertEquals(same, RedirectUri.matches(registered, requested));
    }

    @Test
    void aLongOneIsRefused() {
        String longest = "https://app.example.com/" + "a".repeat(2048 - 24);
        assertEquals("", RedirectUri.fault(longest));
        assertEquals(false, RedirectUri.fault(longest + "a").isEmpty());
    }
}
