package tsidp.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tsidp.client.Client;
import tsidp.client.ClientMetadata;
import tsidp.client.Clients;
import tsidp.client.Setting;
import tsidp.http.Answer;
import tsidp.http.Request;
import tsidp.json.JsonValue;
import tsidp.log.Log;
import tsidp.person.Administrator;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.token.Revocation;

/// The administration of clients, as the JSON API of the Go tsidp: `/clients/` and below. The pages and `tsidp client`
/// do what they do by it. A form has `name`, `redirect_uri` (one per line) and, ours, `token_endpoint_auth_method`
/// (`none` for a new public client), `trusted` (of a known client that registered itself), and each [Setting]; what the
/// form of a change does not name stays. A secret stands in the answer that makes it, and in no other; what a removed
/// client was given is revoked.
public record ClientsApi(Clients clients, Revocation revocation, Log log) {

    /// The clients, without their secrets.
    public Answer list(Request request, Administrator administrator) {
        return list();
    }

    /// Makes a client, and shows its secret.
    public Answer create(Request request, Administrator administrator) throws Refusal {
        return shown(create(request.form(), administrator.person().described()));
    }

    /// A client, without its secret.
    public Answer show(Request request, Administrator administrator) throws Refusal {
        return hidden(find(request.id()));
    }

    /// Changes what the form names, and nothing else of a client.
    public Answer update(Request request, Administrator administrator) throws Refusal {
        return hidden(update(request.id(), request.form(), administrator.person().described()));
    }

    /// Removes a client, with all that it was given.
    public Answer remove(Request request, Administrator administrator) throws Refusal {
        return remove(request.id(), administrator.person().described());
    }

    /// Gives a client a new secret, and shows it.
    public Answer newSecret(Request request, Administrator administrator) throws Refusal {
        return shown(regenerateSecret(request.id(), administrator.person().described()));
    }

    Answer list() {
        return new Answer.Document(200, JsonValue.array(all().stream().map(Client::withoutSecret).toList()));
    }

    static Answer shown(Client client) {
        return new Answer.Document(200, client.shown());
    }

    static Answer hidden(Client client) {
        return new Answer.Document(200, client.withoutSecret());
    }

    List<Client> all() {
        return clients.all();
    }

    Client find(String id) throws Refusal {
        return found(clients.find(id));
    }

    private static Client found(Optional<Client> client) throws Refusal {
        return client.orElseThrow(ClientsApi::unknown);
    }

    /// The refusal where there is no such client.
    static Refusal unknown() {
        return new Refusal(OAuthError.NOT_FOUND, "there is no such client");
    }

    Client create(Parameters form, String who) throws Refusal {
        form.refuseRepeated();
        form.require("redirect_uri");
        ClientMetadata said = ClientMetadata.ofAdministrator(form.get("name").orElse(""), redirectUris(form),
                form.get("token_endpoint_auth_method").orElse("").equals("none"));
        UnaryOperator<Client> others = others(form);
        Client client = clients.create(said, others);
        log.info("client added", "client", client.id(), "application", client.name(), "by", who);
        return client;
    }

    Client update(String id, Parameters form, String who) throws Refusal {
        form.refuseRepeated();
        Client before = find(id);
        UnaryOperator<Client> settings = settings(form, before);
        UnaryOperator<Client> others = others(form);
        UnaryOperator<Client> trust = trust(form, before);
        Client client = found(revocation.change(id, known -> trust.apply(others.apply(settings.apply(known)))));
        log.info("client changed", "client", id, "application", client.name(), "trusted", client.isTrusted(), "by",
                who);
        return client;
    }

    private static UnaryOperator<Client> settings(Parameters form, Client before) throws Refusal {
        if (!form.names("name") && !form.names("redirect_uri")) {
            return UnaryOperator.identity();
        }
        ClientMetadata said = ClientMetadata.ofAdministrator(
                form.names("name") ? form.get("name").orElse("") : before.name(),
                form.names("redirect_uri") ? redirectUris(form) : before.redirectUris(), false,
                before.redirectUris());
        return known -> known.with(said);
    }

    /// What the form says of the settings that a client may have; a field without a value takes one away.
    private static UnaryOperator<Client> others(Parameters form) throws Refusal {
        var values = new LinkedHashMap<Setting, Optional<JsonValue>>();
        for (Setting setting : Setting.values()) {
            if (form.names(setting.wireName())) {
                values.put(setting, setting.of(form.get(setting.wireName()).orElse("")));
            }
        }
        return client -> {
            Client changed = client;
            for (var value : values.entrySet()) {
                changed = changed.with(value.getKey(), value.getValue());
            }
            return changed;
        };
    }

    private static UnaryOperator<Client> trust(Parameters form, Client before) throws Refusal {
        if (!form.names("trusted")) {
            return UnaryOperator.identity();
        }
        String trusted = form.require("trusted");
        if (!trusted.equals("true") && !trusted.equals("false")) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "trusted must be true or false");
        }
        if (!before.isDynamic()) {
            throw new Refusal(OAuthError.INVALID_REQUEST,
                    "trusted is only for a client that registered itself: this one never asks");
        }
        return known -> known.trusted(trusted.equals("true"));
    }

    Client regenerateSecret(String id, String who) throws Refusal {
        if (find(id).isPublic()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "this client is public: it has no secret");
        }
        Client client = found(clients.rotateSecret(id));
        log.info("client secret regenerated", "client", id, "by", who);
        return client;
    }

    Answer remove(String id, String who) throws Refusal {
        if (!revocation.client(id)) {
            throw unknown();
        }
        log.info("client removed", "client", id, "by", who);
        return new Answer.Empty();
    }

    /// The lines of `redirect_uri`.
    private static List<String> redirectUris(Parameters form) throws Refusal {
        return form.get("redirect_uri").orElse("").lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }
}
