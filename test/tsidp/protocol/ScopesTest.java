package tsidp.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopesTest {

    private static Scopes requested(String scope) {
        return Scopes.requested(Optional.of(scope));
    }

    @ParameterizedTest
    @CsvSource({"openid,openid", "openid email,openid email", "email openid,email openid", "email,email",
        "openid address offline_access profile,openid profile", "address,openid", "openid groups,openid groups",
        "OPENID email,email",
        "openid  email,openid email", "'openid\temail',openid", "openid openid,openid", "' ',openid"})
    void whatWeKnowIsGrantedInItsOrder(String scope, String granted) {
        assertEquals(granted, requested(scope).toString());
    }

    @Test
    void noScopeMeansOpenid() {
        assertEquals("openid", Scopes.requested(Optional.empty()).toString());
    }

    @Test
    void aRefreshNarrowsAndNeverWidens() throws Refusal {
        Scopes granted = requested("openid email");
        assertEquals("openid email", granted.narrowed(Optional.empty()).toString());
        assertEquals("openid", granted.narrowed(Optional.of("openid")).toString());
        assertEquals("email", granted.narrowed(Optional.of("email offline_access")).toString());
        assertEquals(OAuthError.INVALID_SCOPE,
                assertThrows(Refusal.class, () -> granted.narrowed(Optional.of("openid profile"))).error());
        assertEquals(OAuthError.INVALID_SCOPE,
                assertThrows(Refusal.class, () -> requested("email").narrowed(Optional.of("groups"))).error());
    }

    @ParameterizedTest
    @CsvSource({"openid email,openid,openid", "openid email,email profile openid,email openid", "email,profile,email",
        "email,mcp:tools,email", "openid email,mcp:tools,openid", "openid email,,openid email"})
    void anExchangeNarrowsWhatItCan(String has, String asked, String gets) {
        assertEquals(gets, requested(has).exchanged(Optional.ofNullable(asked)).toString());
    }
}
