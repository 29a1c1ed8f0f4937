package tsidp.endpoint;

import java.util.Optional;
import java.util.function.Supplier;
import tsidp.client.Client;
import tsidp.client.ClientMetadata;
import tsidp.client.Registrations;
import tsidp.http.Answer;
import tsidp.http.Request;
import tsidp.json.JsonObject;
import tsidp.log.Log;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;
import tsidp.token.Revocation;

/// Lets a self-registered client read, change and remove its registration (RFC 7592 §2). Removing a client revokes its
/// tokens.
public record RegistrationManagementEndpoint(Supplier<Issuer> issuer, Revocation revocation, Log log) {

    /// Shows the registration.
    public Answer read(Request request, Registrations.Registered registered) {
        return document(registered.client(), registered.token());
    }

    private Answer document(Client client, String token) {
        return new Answer.Document(200, RegistrationEndpoint.information(client, token, issuer.get()));
    }

    /// Changes what the client says of itself.
    public Answer update(Request request, Registrations.Registered registered) throws Refusal {
        JsonObject json = RegistrationEndpoint.json(request).withoutAbsent();
        Client client = registered.client();
        // RFC 7592 §2.2: the client proves that it means itself, and sets neither its secret nor what we administer.
        boolean isItsSecret = json.get("client_secret").isEmpty()
                || Secrets.equal(json.string("client_secret").orElse(""), client.secret());
        if (!json.string("client_id").equals(Optional.of(client.id())) || !isItsSecret) {
            throw new Refusal(OAuthError.INVALID_CLIENT_METADATA,
                    "client_id and client_secret must match the registered values");
        }
        ClientMetadata said = ClientMetadata.ofRegistration(json, issuer.get());
        if (said.authenticationMethod().equals("none") != client.isPublic()) {
            throw new Refusal(OAuthError.INVALID_CLIENT_METADATA,
                    "token_endpoint_auth_method can't change between none and a secret: register again");
        }
        Optional<Client> changed = revocation.change(client.id(), known -> known.with(said));
        log.info("client changed", "client", client.id(), "application", said.name(), "by", "itself");
        return document(changed.orElse(client), registered.token());
    }

    /// Removes the client, with all that it was given.
    public Answer remove(Request request, Registrations.Registered registered) {
        revocation.client(registered.client().id());
        log.info("client removed", "client", registered.client().id(), "by", "itself");
        return new Answer.Empty();
    }
}
