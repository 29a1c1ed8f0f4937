package tsidp.endpoint;

import java.util.List;
import tsidp.endpoint.ClientAccess.Authenticated;
import tsidp.endpoint.TokenEndpoint.GrantType;
import tsidp.endpoint.TokenEndpoint.Proof;
import tsidp.endpoint.TokenEndpoint.Told;
import tsidp.person.Person;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;
import tsidp.store.Entry;
import tsidp.token.Presence;
import tsidp.token.Resources;
import tsidp.token.SignIn;
import tsidp.token.SignIns;

/// Redeems a refresh token for the same scope or less (RFC 6749 §6), and rotates it if the client's tokens are
/// (RFC 9700 §4.14).
public record RefreshTokenGrant(SignIns signIns, Presence presence) implements GrantType {

    private record Shown(SignIns signIns, String token, Entry<SignIn> found, boolean rotates, Scopes scopes,
            List<String> resources) implements Proof {

        @Override
        public Person person() {
            return found.value().person();
        }

        @Override
        public SignIns.Issued issue(List<String> allowed) throws Refusal {
            return signIns.refresh(found, token, rotates, scopes, allowed);
        }

        /// OpenID Connect Core §12.2: auth_time only if the first ID token had it; nobody asked it of a refreshed one.
        @Override
        public Told told() {
            return new Told.IdToken("", false);
        }
    }

    @Override
    public Proof prove(Authenticated client) throws Refusal {
        Parameters parameters = client.parameters();
        String token = parameters.require("refresh_token");
        boolean rotates = client.client().rotatesRefreshTokens();
        Entry<SignIn> read = signIns.ofRefreshToken(token, client.client().id(), rotates);
        var found = new Entry<>(read.key(), presence.now(read.value()), read.revision());
        return new Shown(signIns, token, found, rotates, found.value().scopes().narrowed(parameters.get("scope")),
                Resources.redeemed(client.client(), found.value().resources(), Resources.requested(parameters)));
    }
}
