package tsidp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who may register what as a redirect URI: RFC 8252 §7 and RFC 9700 §2.1 as a table.
class RedirectUriRegistrationTest {

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
}
