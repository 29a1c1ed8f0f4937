package tsidp.endpoint;

import tsidp.client.Client;
import tsidp.client.Registrations;
import tsidp.http.Access;
import tsidp.http.Request;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// Admits the client named in the path, if its registration access token is sent (RFC 7592 §2). An unknown client gets
/// the same answer as a wrong token (§2.1).
public record RegistrationAccess(Registrations registrations) implements Access<Registrations.Registered> {

    @Override
    public Registrations.Registered admit(Request request) throws Refusal {
        String token = BearerAccess.inHeader(request)
                .orElseThrow(() -> new Refusal(OAuthError.NO_TOKEN, "a token is required"));
        Client client = registrations.find(request.id(), token).orElseThrow(() -> new Refusal(
                OAuthError.INVALID_TOKEN, "the registration access token is unknown or revoked"));
        return new Registrations.Registered(client, token);
    }
}
