package tsidp.endpoint;

import java.util.Optional;
import java.util.function.Supplier;
import tsidp.client.Client;
import tsidp.client.Registrations;
import tsidp.endpoint.IntrospectionEndpoint.Asker;
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
import tsidp.protocol.Scopes;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;
import tsidp.token.Claims;
import tsidp.token.Presence;
import tsidp.token.SignIns;

/// The introspection endpoint (RFC 7662). Whoever has an access token may learn what it says, as at the Go tsidp: a
/// client that authenticates, or a device of the tailnet, which tailscaled authenticates (§2.1 leaves the method open).
/// Nobody finds a token of 256 bits by asking. To everybody else, every token is inactive.
public record IntrospectionEndpoint(Supplier<Issuer> issuer, SignIns signIns, Presence presence,
        Registrations registrations, SteadyClock clock) implements Endpoint<Asker> {

    private static final Answer INACTIVE =
            new Answer.Document(200, JsonObject.EMPTY.with("active", JsonValue.of(false)));

    /// Who asks.
    public sealed interface Asker {

        /// A client, with its secret.
        record Registered(Client client) implements Asker {
        }

        /// A device of the tailnet, without a secret.
        record Device() implements Asker {
        }

        /// Whoever sent a wrong secret, or none from elsewhere.
        record Nobody() implements Asker {
        }
    }

    /// Admits every request, and says who asks. A secret that is sent must be right, wherever it comes from; a public
    /// client has none, so that it is no more than the device that it runs on.
    public record Admission(ClientAccess clientAccess, PersonAccess devices, Log log) implements Access<Asker> {

        @Override
        public Asker admit(Request request) throws Refusal {
            if (request.hasHeader("Authorization") || !request.form().all("client_secret").isEmpty()) {
                try {
                    Client client = clientAccess.admit(request).client();
                    if (!client.isPublic()) {
                        return new Asker.Registered(client);
                    }
                } catch (Refusal refusal) {
                    if (refusal.error() != OAuthError.INVALID_CLIENT) {
                        throw refusal;
                    }
                    return nobody(request, refusal.detail());
                }
            }
            return devices.device(request).isPresent() ? new Asker.Device()
                    : nobody(request, "no secret, and not a device of the tailnet");
        }

        private Asker nobody(Request request, String why) {
            log.stranger(request.source(), "introspection refused", "why", why);
            return new Asker.Nobody();
        }

        @Override
        public boolean readsBody() {
            return true;
        }
    }

    @Override
    public Answer answer(Request request, Asker asker) throws Refusal, StoreException {
        Optional<SignIns.Held> held = signIns.accessToken(request.form().require("token"));
        if (held.isPresent() && !(asker instanceof Asker.Nobody)) {
            held = presence.now(held.get());
        }
        if (held.isEmpty()) {
            return INACTIVE;
        }
        return switch (asker) {
            case Asker.Registered(Client client) -> {
                // A resource server that registered itself does nothing else.
                registrations.used(client.id());
                yield active(held.get(), isFor(client, held.get()) ? client.told(held.get().accessToken().scopes())
                        : held.get().accessToken().scopes());
            }
            case Asker.Device() -> active(held.get(), held.get().accessToken().scopes());
            case Asker.Nobody() -> INACTIVE;
        };
    }

    private static boolean isFor(Client client, SignIns.Held held) {
        return held.accessToken().clientId().equals(client.id())
                || held.accessToken().audience().contains(client.id());
    }

    private Answer active(SignIns.Held held, Scopes told) {
        return new Answer.Document(200,
                new Claims(issuer.get(), clock).introspection(held.signIn(), held.accessToken(), told));
    }
}
