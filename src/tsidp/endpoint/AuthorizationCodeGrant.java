package tsidp.endpoint;

import java.util.List;
import java.util.Optional;
import tsidp.endpoint.ClientAccess.Authenticated;
import tsidp.endpoint.TokenEndpoint.GrantType;
import tsidp.endpoint.TokenEndpoint.Proof;
import tsidp.endpoint.TokenEndpoint.Told;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.store.StoreException;
import tsidp.token.AuthorizationCode;
import tsidp.token.Codes;
import tsidp.token.Resources;
import tsidp.token.SignIns;

/// Redeems an authorization code, once. The code is spent before anything is proven or signed: if that fails the
/// client must start again, which is better than a code that can be tried twice. Only where the tokens can't be stored,
/// the code stays good. RFC 6749 §4.1.3; a second use revokes what the first one gave (§4.1.2).
public record AuthorizationCodeGrant(Codes codes, SignIns signIns) implements GrantType {

    private record Taken(Codes codes, SignIns signIns, AuthorizationCode code, List<String> resources)
            implements Proof {

        @Override
        public Person person() {
            return code.authorization().person();
        }

        @Override
        public void giveBack() {
            codes.giveBack(code);
        }

        @Override
        public SignIns.Issued issue(List<String> allowed) throws Refusal {
            return signIns.open(code.signInId(), code.authorization().with(allowed), () -> codes.hasMark(code),
                    this::giveBack);
        }

        @Override
        public Told told() {
            return new Told.IdToken(code.nonce(), code.wantsAuthTime());
        }
    }

    @Override
    public Proof prove(Authenticated client) throws Refusal, StoreException {
        Parameters parameters = client.parameters();
        AuthorizationCode code = take(parameters.require("code"), client.client().id());
        if (!parameters.require("redirect_uri").equals(code.redirectUri())) {
            throw new Refusal(OAuthError.INVALID_GRANT, "redirect_uri does not match the authorization request");
        }
        code.challenge().verify(parameters.get("code_verifier"));
        return new Taken(codes, signIns, code, Resources.redeemed(client.client(), code.authorization().resources(),
                Resources.requested(parameters)));
    }

    private AuthorizationCode take(String code, String clientId) throws Refusal, StoreException {
        // Another client's try must not spend it: it could end log-ins that are not its own.
        if (codes.find(code).filter(found -> !found.authorization().clientId().equals(clientId)).isPresent()) {
            throw new Refusal(OAuthError.INVALID_GRANT, "the code was given to another client",
                    "client " + clientId + " sent a code of another client");
        }
        Optional<AuthorizationCode> taken = codes.take(code, clientId);
        if (taken.isEmpty()) {
            boolean revoked = signIns.revoke(Codes.signInId(code), clientId);
            throw new Refusal(OAuthError.INVALID_GRANT, "the code is unknown, expired or used",
                    revoked ? "authorization code replayed: its tokens are revoked" : "");
        }
        return taken.get();
    }
}
