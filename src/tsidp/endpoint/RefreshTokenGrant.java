package tsidp.endpoint;

import java.util.List;
import tsidp.endpoint.ClientAccess.Authenticated;
import tsidp.endpoint.TokenEndpoint.GrantType;
import tsidp.endpoint.TokenEndpoint.Redeemed;
import tsidp.log.Log;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;
import tsidp.store.StoreException;
import tsidp.token.Resources;
import tsidp.token.SignIn;
import tsidp.token.SignIns;

/// Redeems a refresh token for the same scope or less (RFC 6749 §6) and rotates it (RFC 9700 §4.14).
public record RefreshTokenGrant(SignIns signIns, Log log) implements GrantType {

    @Override
    public Redeemed redeem(Authenticated client) throws Refusal, StoreException {
        Parameters parameters = client.parameters();
        String token = parameters.require("refresh_token");
        SignIn signIn = signIns.ofRefreshToken(token, client.client().id());
        Scopes scopes = signIn.scopes().narrowed(parameters.get("scope"));
        List<String> resources = Resources.redeemed(client.client(), signIn.person(), signIn.resources(),
                Resources.requested(parameters), log.faults("grant"));
        // OpenID Connect Core §12.2: auth_time only if the first ID token had it; nobody asked it of a refreshed one.
        return new Redeemed.LogIn(signIns.refresh(token, client.client().id(), scopes, resources), "", false);
    }
}
