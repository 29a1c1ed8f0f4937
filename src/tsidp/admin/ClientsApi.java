package tsidp.admin;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tsidp.client.Client;
import tsidp.client.ClientMetadata;
import tsidp.client.Clients;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.json.JsonValue;
import tsidp.log.Log;
import tsidp.person.Administrator;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.store.StoreException;
import tsidp.token.Revocation;

/// The administration of clients, as the JSON API of the Go tsidp: `/clients/` and below. The pages and `tsidp client`
/// do what they do by it. A secret stands in the answer that makes it, and in no other; what a removed client was given
/// is revoked.
public record ClientsApi(Clients clients, Revocation revocation, Log log) implements Endpoint<Administrator> {

    private static final String BASE = "/clients/";
    private static final String REGENERATE = "/regenerate-secret";

    @Override
    public Answer answer(Request request, Administrator administrator) throws Refusal {
        return answer(request.method(), request.path(), request.form(), administrator.person().described());
    }

    /// The answer to a request of somebody who may; `who` is for the log.
    ///
    /// @throws Refusal (not_found, invalid_request, invalid_redirect_uri, temporarily_unavailable)
    Answer answer(String method, String path, Parameters form, String who) throws Refusal {
        String rest = path.substring(BASE.length());
        try {
            if (rest.isEmpty()) {
                return new Answer.Document(200, JsonValue.array(all().stream().map(Client::withoutSecret).toList()));
            }
            if (rest.equals("new")) {
                return new Answer.Document(200, create(form, who).shown());
            }
            if (rest.endsWith(REGENERATE)) {
                String id = rest.substring(0, rest.length() - REGENERATE.length());
                return new Answer.Document(200, regenerateSecret(id, who).shown());
            }
            return switch (method) {
                case "DELETE" -> remove(rest, who);
                case "PUT" -> new Answer.Document(200, update(rest, form, who).withoutSecret());
                default -> new Answer.Document(200, find(rest).withoutSecret());
            };
        } catch (StoreException e) {
            log.error("store", "fault", e.getMessage());
            throw new Refusal(OAuthError.TEMPORARILY_UNAVAILABLE, "the change can't be stored", e.getMessage());
        }
    }

    List<Client> all() {
        return clients.all();
    }

    Client find(String id) throws Refusal {
        return found(clients.find(id));
    }

    private static Client found(Optional<Client> client) throws Refusal {
        return client.orElseThrow(() -> new Refusal(OAuthError.NOT_FOUND, "there is no such client"));
    }

    Client create(Parameters form, String who) throws Refusal, StoreException {
        Client client = clients.create(said(form));
        log.info("client added", "client", client.id(), "application", client.name(), "by", who);
        return client;
    }

    Client update(String id, Parameters form, String who) throws Refusal, StoreException {
        ClientMetadata said = said(form);
        Client client = found(clients.update(id, new ClientMetadata(said.name(), said.redirectUris(), "",
                said.others())));
        log.info("client changed", "client", id, "application", client.name(), "by", who);
        return client;
    }

    Client regenerateSecret(String id, String who) throws Refusal, StoreException {
        if (find(id).isPublic()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "this client is public: it has no secret");
        }
        Client client = found(clients.rotateSecret(id));
        log.info("client secret regenerated", "client", id, "by", who);
        return client;
    }

    Answer remove(String id, String who) throws Refusal, StoreException {
        if (!revocation.client(id)) {
            throw new Refusal(OAuthError.NOT_FOUND, "there is no such client");
        }
        log.info("client removed", "client", id, "by", who);
        return new Answer.Empty();
    }

    /// The form of the API: `name`, and `redirect_uri`, one a line. Ours: `token_endpoint_auth_method` may be `none`.
    private static ClientMetadata said(Parameters form) throws Refusal {
        form.refuseRepeated();
        List<String> redirectUris = Arrays.stream(form.require("redirect_uri").split("\\R")).map(String::strip)
                .filter(line -> !line.isEmpty()).toList();
        return ClientMetadata.ofAdministrator(form.require("name"), redirectUris,
                form.get("token_endpoint_auth_method").orElse("").equals("none"));
    }
}
