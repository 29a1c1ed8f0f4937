package tsidp.token;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tsidp.client.Client;
import tsidp.client.RedirectTarget;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;

/// Authorization requests that were read.
public final class Requests {

    private static final String CALLBACK = "https://app.example.com/cb";

    private Requests() {
    }

    /// A session that begins now.
    public static Session session(InstantSource clock) {
        return new Session("A".repeat(22), clock.instant(), false);
    }

    /// For everything, by that person at a client of that id.
    public static AuthorizationRequest by(Person person, String clientId, List<String> resources, String nonce) {
        Client client = Client.fromJson(clientId, JsonObject.EMPTY.with("client_id", JsonValue.of(clientId))
                .with("client_secret", JsonValue.of("s"))
                .with("redirect_uris", JsonValue.of(List.of(CALLBACK))));
        try {
            var target = RedirectTarget.of(client, CALLBACK, new Issuer("idp.x.ts.net", 443));
            return new AuthorizationRequest(client, target, person,
                    Scopes.requested(Optional.of("openid email profile")), resources, nonce, CodeChallenge.NONE,
                    Set.of(), Optional.empty());
        } catch (Refusal refusal) {
            throw new IllegalStateException(refusal);
        }
    }
}
