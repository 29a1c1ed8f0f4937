package tsidp.endpoint;

import java.util.function.Supplier;
import tsidp.client.Clients;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;
import tsidp.store.SteadyClock;
import tsidp.token.AccessToken;
import tsidp.token.Claims;
import tsidp.token.SignIns;

/// The UserInfo endpoint (OpenID Connect Core §5.3). A token that was exchanged for another audience (RFC 8693) opens
/// it no longer: whoever that is for would learn about the person by it.
public record UserInfoEndpoint(Supplier<Issuer> issuer, Clients clients, SteadyClock clock)
        implements Endpoint<SignIns.Held> {

    @Override
    public Answer answer(Request request, SignIns.Held held) throws Refusal {
        AccessToken token = held.accessToken();
        if (!token.audience().contains(token.clientId())) {
            throw new Refusal(OAuthError.INVALID_TOKEN, "the access token was exchanged for another audience",
                    "client " + token.clientId());
        }
        Scopes told = clients.find(token.clientId()).map(client -> client.told(token.scopes())).orElse(token.scopes());
        return new Answer.Document(200, new Claims(issuer.get(), clock)
                .userInfo(held.signIn().person(), told));
    }
}
