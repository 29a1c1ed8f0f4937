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
public record UserInfoEndpoint(Supplier<Issuer> issuer, Log log) implements Endpoint<Grants.Held> {

    @Override
    public Answer answer(Request request, Grants.Held token) throws Refusal {
        var claims = new Claims(issuer.get(), log.faults("grant"));
        return new Answer.Document(200, claims.userInfo(token.grant().person()));
    }
}
