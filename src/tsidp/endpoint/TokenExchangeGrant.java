package tsidp.endpoint;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import tsidp.client.Client;
import tsidp.client.Registrations;
import tsidp.endpoint.ClientAccess.Authenticated;
import tsidp.endpoint.TokenEndpoint.GrantType;
import tsidp.endpoint.TokenEndpoint.Proof;
import tsidp.endpoint.TokenEndpoint.Told;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;
import tsidp.token.Presence;
import tsidp.token.Resources;
import tsidp.token.SignIns;

/// Exchanges an access token for one for another audience (RFC 8693), where a grant of the tailnet policy allows that
/// audience to the person: a gateway does so with the tokens that it is sent. With an actor token, the new one says who
/// acts for them (§4.1).
public record TokenExchangeGrant(SignIns signIns, Presence presence, Registrations registrations) implements GrantType {

    /// The value of `grant_type`.
    public static final String NAME = "urn:ietf:params:oauth:grant-type:token-exchange";

    /// RFC 8693 §3: the one type of token that is exchanged here.
    static final String ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";

    /// Ours: the length of an actor chain (RFC 8693 §4.1).
    private static final int MAX_ACTORS = 8;

    private record Exchange(SignIns signIns, SignIns.Held subject, String clientId, Scopes scopes,
            List<String> resources, JsonObject act, boolean tellsScope) implements Proof {

        @Override
        public Person person() {
            return subject.signIn().person();
        }

        @Override
        public SignIns.Issued issue(List<String> allowed) throws Refusal {
            return signIns.exchange(subject, clientId, scopes, allowed, act);
        }

        @Override
        public Told told() {
            return new Told.Exchanged(tellsScope);
        }
    }

    @Override
    public Proof prove(Authenticated client) throws Refusal {
        Parameters parameters = client.parameters();
        requireAccessTokenType(parameters.require("subject_token_type"), "subject_token_type");
        requireAccessTokenType(parameters.get("requested_token_type").orElse(ACCESS_TOKEN_TYPE),
                "requested_token_type");
        SignIns.Held subject = held(client.client(), parameters.require("subject_token"), "subject_token");
        var wanted = new LinkedHashSet<>(parameters.all("audience"));
        wanted.addAll(Resources.requested(parameters));
        Resources.refuseExcess(wanted);
        if (wanted.isEmpty()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "audience is missing");
        }
        List<String> audience = Resources.exchanged(client.client(), subject, own(client.client(), subject),
                List.copyOf(wanted));
        Optional<String> scope = parameters.get("scope");
        Scopes scopes = subject.accessToken().scopes().exchanged(scope);
        return new Exchange(signIns, subject, client.client().id(), scopes, audience,
                act(client.client(), parameters, subject),
                scope.isPresent() && !(scope.get().equals(scopes.toString())
                        && scopes.equals(subject.accessToken().scopes())));
    }

    /// What is a gateway's own: the resources on the device from which it registered itself, which whois identified
    /// then. A public client has nothing: anybody can name it.
    private List<String> own(Client client, SignIns.Held subject) {
        return client.isPublic() ? List.of() : Resources.on(registrations.hosts(client.id()), subject);
    }

    /// The actor of the request, then who acts for it, then those of the subject token; without an actor, these alone.
    private JsonObject act(Client client, Parameters parameters, SignIns.Held subject) throws Refusal {
        Optional<String> token = parameters.get("actor_token");
        if (token.isEmpty()) {
            if (parameters.get("actor_token_type").isPresent()) {
                throw new Refusal(OAuthError.INVALID_REQUEST, "actor_token is missing");
            }
            return subject.accessToken().act();
        }
        requireAccessTokenType(parameters.get("actor_token_type").orElse(ACCESS_TOKEN_TYPE), "actor_token_type");
        SignIns.Held actor = held(client, token.get(), "actor_token");
        JsonObject act = JsonObject.EMPTY.with("sub", JsonValue.of(actor.signIn().person().subject()))
                .with("client_id", JsonValue.of(actor.accessToken().clientId()));
        JsonObject all = nested(nested(act, actor.accessToken().act()), subject.accessToken().act());
        if (depth(all) > MAX_ACTORS) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "the actor chain is too long (at most " + MAX_ACTORS + ")");
        }
        return all;
    }

    /// An actor chain, with another appended to its end (RFC 8693 §4.1).
    private static JsonObject nested(JsonObject act, JsonObject behind) {
        if (act.members().isEmpty() || behind.members().isEmpty()) {
            return act.members().isEmpty() ? behind : act;
        }
        return act.with("act", nested(act.object("act").orElse(JsonObject.EMPTY), behind));
    }

    private static int depth(JsonObject act) {
        return act.members().isEmpty() ? 0 : 1 + depth(act.object("act").orElse(JsonObject.EMPTY));
    }

    /// Anybody can name a public client, or register one: that must not make a token that was found worth more.
    private SignIns.Held held(Client client, String token, String name) throws Refusal {
        Optional<SignIns.Held> found = signIns.accessToken(token);
        SignIns.Held held = (found.isEmpty() ? found : presence.now(found.get())).orElseThrow(() -> new Refusal(
                OAuthError.INVALID_REQUEST, name + " is unknown, expired or revoked"));
        if (client.isAnybodys() && !held.accessToken().audience().contains(client.id())
                && own(client, held).isEmpty()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, name + " is not for this client: a public or dynamically"
                    + " registered client may exchange only tokens that have it, or a resource on the device that"
                    + " registered it, in their audience");
        }
        return held;
    }

    private static void requireAccessTokenType(String type, String name) throws Refusal {
        if (!type.equals(ACCESS_TOKEN_TYPE)) {
            throw new Refusal(OAuthError.INVALID_REQUEST, name + " must be " + ACCESS_TOKEN_TYPE);
        }
    }
}
