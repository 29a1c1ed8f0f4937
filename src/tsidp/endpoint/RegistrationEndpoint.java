package tsidp.endpoint;

import java.util.function.Supplier;
import tsidp.client.Client;
import tsidp.client.ClientMetadata;
import tsidp.client.Registrations;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.log.Log;
import tsidp.person.Registrar;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// Dynamic client registration (RFC 7591), for people whom the tailnet policy allows it.
public record RegistrationEndpoint(Supplier<Issuer> issuer, Registrations registrations,
        Log log) implements Endpoint<Registrar> {

    @Override
    public Answer answer(Request request, Registrar registrar) throws Refusal {
        ClientMetadata said = ClientMetadata.ofRegistration(json(request), issuer.get());
        Registrations.Registered registered = registrations.register(registrar, said);
        log.info("client registered", "client", registered.client().id(), "application", said.name(),
                "by", registrar.person().loginName(), "node", registrar.person().peer().node().name());
        return new Answer.Document(201, information(registered.client(), registered.token(), issuer.get()));
    }

    /// The JSON object in a body. Its media type is not looked at, as at the Go tsidp: some clients send none, or
    /// text/plain.
    ///
    /// @throws Refusal (invalid_client_metadata)
    static JsonObject json(Request request) throws Refusal {
        try {
            return JsonReader.readObject(request.body());
        } catch (JsonException e) {
            throw new Refusal(OAuthError.INVALID_CLIENT_METADATA, "the body is not a JSON object");
        }
    }

    /// The client information response (RFC 7591 §3.2.1, RFC 7592 §3): the client, including its secret.
    static JsonObject information(Client client, String token, Issuer issuer) {
        JsonObject answer = client.shown();
        if (!client.isPublic()) {
            answer = answer.with("client_secret_expires_at", JsonValue.of(0));
        }
        return answer.with("registration_access_token", JsonValue.of(token))
                .with("registration_client_uri", JsonValue.of(issuer.url("/register/" + client.id())));
    }
}
