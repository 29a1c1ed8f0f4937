package tsidp.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tsidp.json.JsonObject;
import tsidp.person.People;
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.Scopes;
import tsidp.store.SteadyClock;
import tsidp.tailnet.Peer;
import tsidp.tailnet.UserProfile;

class ClaimsTest {

    private static final Issuer ISSUER = new Issuer("idp.example.ts.net", 443);
    private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");

    private final Claims claims = new Claims(ISSUER, SteadyClock.system());

    private static AccessToken token(String scope, String... resources) {
        List<String> audience = Stream.concat(Stream.of("client"), Stream.of(resources)).toList();
        return new AccessToken("hash", "id", "client", Scopes.requested(Optional.of(scope)), audience,
                JsonObject.EMPTY, NOW, NOW.plusSeconds(300));
    }

    private static SignIn signIn(Person person, AccessToken token) {
        return new SignIn("grant", "client", person, token.scopes(), List.of(),
                new Session("session", NOW.minusSeconds(9), false), List.of(token),
                new RefreshToken("hash", NOW), List.of());
    }

    private JsonObject idToken(Person person, AccessToken token) {
        return claims.idToken(signIn(person, token), token, "", "half");
    }

    @ParameterizedTest
    @CsvSource({"alice@example.com,alice@example.com,alice", "bob@github,bob@github.idp.example.ts.net,bob",
        "carol@passkey,carol@passkey.idp.example.ts.net,carol", "d@e@example.com,d@e@example.com,d",
        "x@mygithub,x@mygithub,x"})
    void aLoginNameBecomesEmailAndUsername(String loginName, String email, String username) {
        Person person = People.person(loginName, 7);
        JsonObject json = idToken(person, token("openid email profile"));
        assertEquals(email, json.string("email").orElseThrow());
        assertEquals(username, json.string("preferred_username").orElseThrow());
        assertEquals(email, claims.userInfo(person, Scopes.STANDARD).string("email").orElseThrow());
        assertEquals(username, claims.userInfo(person, Scopes.STANDARD).string("username").orElseThrow());
    }

    @ParameterizedTest
    @CsvSource({"Alice Example,Alice,Example", "Alice,,", "Ana de Armas,,", " Bob  Smith ,Bob,Smith", "'',,"})
    void twoWordsAreAGivenAndAFamilyName(String name, String given, String family) {
        var user = new UserProfile(1007, "x@example.com", name, "", List.of(), 0);
        Person person = Person.at(new Peer(People.person("x@example.com", 7).peer().node(), user, List.of(), 0));
        for (JsonObject json : List.of(idToken(person, token("openid profile")),
                claims.userInfo(person, Scopes.STANDARD))) {
            assertEquals(Optional.of(name).filter(text -> !text.isEmpty()), json.string("name"));
            assertEquals(Optional.ofNullable(given), json.string("given_name"));
            assertEquals(Optional.ofNullable(family), json.string("family_name"));
        }
        assertTrue(idToken(person, token("openid email")).get("name").isEmpty());
    }

    @Test
    void theDevicesClaimsAreTheGoPrograms() {
        JsonObject json = idToken(People.person("alice@example.com", 7), token("openid"));
        assertEquals("userid:1007", json.string("sub").orElseThrow());
        assertEquals(7, json.integer("nid").orElseThrow());
        assertEquals(1007, json.integer("uid").orElseThrow());
        assertEquals("laptop-7.example.ts.net.", json.string("node").orElseThrow());
        assertEquals("example.ts.net.", json.string("tailnet").orElseThrow());
        assertEquals(NOW.minusSeconds(300).getEpochSecond(), json.integer("nbf").orElseThrow());
        assertEquals(NOW.minusSeconds(9).getEpochSecond(), json.integer("auth_time").orElseThrow());
        assertFalse(json.get("nonce").isPresent());
        assertFalse(json.get("azp").isPresent());
    }

    @Test
    void severalAudiencesBringAzp() {
        AccessToken token = token("openid", "urn:a", "urn:b");
        JsonObject json = idToken(People.alice(), token);
        assertEquals(Optional.of(List.of("client", "urn:a", "urn:b")), json.strings("aud"));
        assertEquals("client", json.string("azp").orElseThrow());
        JsonObject introspection = claims.introspection(signIn(People.alice(), token), token, token.scopes());
        assertEquals(json.get("aud"), introspection.get("aud"));
        assertEquals(json.get("jti"), introspection.get("jti"));
    }

    @ParameterizedTest
    @CsvSource({"443,https://idp.example.ts.net", "8443,https://idp.example.ts.net:8443"})
    void theIssuerNamesItsPortUnlessItIs443(int port, String url) {
        assertEquals(url, new Issuer("idp.example.ts.net", port).url());
    }
}
