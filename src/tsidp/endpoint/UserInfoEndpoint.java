package tsidp.endpoint;

import java.util.function.Supplier;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.log.Log;
import tsidp.oauth.Claims;
import tsidp.oauth.Grants;
import tsidp.oauth.Issuer;
import tsidp.oauth.Refusal;

/// The UserInfo endpoint (OpenID Connect Core §5.3).
public final class UserInfoEndpoint implements Endpoint<Grants.Held> {

    private final Supplier<Issuer> issuer;
    private final Log log;

    /// An endpoint of that issuer.
    public UserInfoEndpoint(Supplier<Issuer> issuer, Log log) {
        this.issuer = issuer;
        this.log = log;
    }

    @Override
    public Answer answer(Request request, Grants.Held token) throws Refusal {
        var claims = new Claims(issuer.get(), sentence -> log.warn("grant", "fault", sentence));
        return new Answer.Document(200, claims.userInfo(token.grant().person()));
    }
}
