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
import tsidp.store.Entry;
import tsidp.token.AuthorizationCode;
import tsidp.token.Codes;
import tsidp.token.Resources;
import tsidp.token.SignIns;

/// Redeems an authorization code, once. A code that comes with something wrong ends: it can't be tried twice. Only if
/// the tokens can't be stored, or the policy does not allow them, it stays good. RFC 6749 §4.1.3; a second use revokes
/// what the first one gave (§4.1.2).
public record AuthorizationCodeGrant(Codes codes, SignIns signIns) implements GrantType {

    private record Shown(Codes codes, SignIns signIns, Entry<AuthorizationCode> code, List<String> resources)
            implements Proof {

        @Override
        public Person person() {
            return code.value().authorization().person();
        }

        @Override
        public SignIns.Issued issue(List<String> allowed) throws Refusal {
            return signIns.open(codes, code, allowed);
        }

        @Override
        public Told told() {
            return new Told.IdToken(code.value().nonce());
        }
    }

    @Override
    public Proof prove(Authenticated client) throws Refusal {
        Parameters parameters = client.parameters();
        Entry<AuthorizationCode> code = find(parameters.require("code"), client.client().id());
        try {
            if (!parameters.require("redirect_uri").equals(code.value().redirectUri())) {
                throw new Refusal(OAuthError.INVALID_GRANT, "redirect_uri does not match the authorization request");
            }
            code.value().challenge().verify(parameters.get("code_verifier"));
            return new Shown(codes, signIns, code, Resources.redeemed(client.client(),
                    code.value().authorization().resources(), Resources.requested(parameters)));
        } catch (Refusal refusal) {
            if (!codes.end(code)) {
                signIns.refuseSecondUse(code.key(), client.client().id());
            }
            throw refusal;
        }
    }

    private Entry<AuthorizationCode> find(String code, String clientId) throws Refusal {
        Optional<Entry<AuthorizationCode>> found = codes.find(code);
        // Another client's try must not end it: it could end log-ins that are not its own.
        if (found.isPresent() && !found.get().value().authorization().clientId().equals(clientId)) {
            throw new Refusal(OAuthError.INVALID_GRANT, "the code was given to another client",
                    "client " + clientId + " sent a code of another client");
        }
        if (found.isEmpty()) {
            signIns.refuseSecondUse(Codes.signInId(code), clientId);
        }
        return found.orElseThrow();
    }
}
