package tsidp.endpoint;

import java.util.Optional;
import java.util.function.Supplier;
import tsidp.client.Client;
import tsidp.endpoint.ClientAccess.Authenticated;
import tsidp.http.Access;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.log.Log;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.store.SteadyClock;
import tsidp.token.Claims;
import tsidp.token.SignIns;

/// The introspection endpoint (RFC 7662). A client learns of the tokens that it was given or that are for it; of every
/// other token, and to whoever does not authenticate, the answer is that it is not active, as the Go tsidp's is.
public record IntrospectionEndpoint(Supplier<Issuer> issuer, SignIns signIns, SteadyClock clock)
        implements Endpoint<Optional<Authenticated>> {

    private static final Answer INACTIVE =
            new Answer.Document(200, JsonObject.EMPTY.with("active", JsonValue.of(false)));

    /// Admits every request, with the client if one authenticated.
    public record Admission(ClientAccess clientAccess, Log log) implements Access<Optional<Authenticated>> {

        @Override
        public Optional<Authenticated> admit(Request request) throws Refusal {
            try {
                return Optional.of(clientAccess.admit(request));
            } catch (Refusal refusal) {
                if (refusal.error() != OAuthError.INVALID_CLIENT) {
                    throw refusal;
                }
                log.stranger(request.source(), "introspection refused", "why", refusal.description(), "detail",
                        refusal.detail());
                return Optional.empty();
            }
        }

        @Override
        public boolean readsBody() {
            return true;
        }
    }

    @Override
    public Answer answer(Request request, Optional<Authenticated> client) throws Refusal {
        String token = request.form().require("token");
        if (client.isEmpty() || client.get().client().isPublic()) {
            return INACTIVE;
        }
        Client asking = client.get().client();
        return signIns.accessToken(token)
                .filter(held -> held.accessToken().clientId().equals(asking.id())
                        || held.accessToken().audience().contains(asking.id()))
                .<Answer>map(held -> new Answer.Document(200, new Claims(issuer.get(), clock)
                        .introspection(held.signIn(), held.accessToken(),
                                asking.told(held.accessToken().scopes()))))
                .orElse(INACTIVE);
    }
}
