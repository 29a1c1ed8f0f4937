package tsidp.admin;

import java.util.ArrayList;
import java.util.List;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.log.Log;
import tsidp.oauth.Client;
import tsidp.oauth.Clients;
import tsidp.oauth.Codes;
import tsidp.oauth.Grants;
import tsidp.store.StoreException;

/// `tsidp client add|list|show|remove|rotate-secret`. Answers JSON; a secret stands in the answer that makes it, and in
/// no other.
public final class ClientCommand {

    /// How it is used, for people.
    public static final String USAGE = """
            tsidp client add [-dir DIRECTORY] -name NAME -redirect-uri URI [-redirect-uri URI …] [-public]
            tsidp client list [-dir DIRECTORY]
            tsidp client show|remove|rotate-secret [-dir DIRECTORY] CLIENT_ID
            """;

    private final Clients clients;
    private final Codes codes;
    private final Grants grants;
    private final Log log;

    /// Commands on these clients; what a removed one was given is revoked.
    public ClientCommand(Clients clients, Codes codes, Grants grants, Log log) {
        this.clients = clients;
        this.codes = codes;
        this.grants = grants;
        this.log = log;
    }

    /// Runs the words behind `tsidp client`, without `-dir`.
    public CommandResult run(List<String> words) {
        String name = words.isEmpty() ? "" : words.getFirst();
        List<String> rest = words.isEmpty() ? List.of() : words.subList(1, words.size());
        try {
            return switch (name) {
                case "add" -> add(rest);
                case "list" -> rest.isEmpty() ? list() : misused();
                case "show" -> rest.size() == 1 ? show(rest.getFirst()) : misused();
                case "remove" -> rest.size() == 1 ? remove(rest.getFirst()) : misused();
                case "rotate-secret" -> rest.size() == 1 ? rotateSecret(rest.getFirst()) : misused();
                default -> misused();
            };
        } catch (StoreException e) {
            return CommandResult.failure(e.getMessage());
        }
    }

    private static CommandResult misused() {
        return CommandResult.usage("usage:\n" + USAGE.strip());
    }

    private CommandResult add(List<String> words) throws StoreException {
        String name = "";
        var redirectUris = new ArrayList<String>();
        boolean isPublic = false;
        for (int i = 0; i < words.size(); i++) {
            String flag = words.get(i).replaceFirst("^--", "-");
            int equals = flag.indexOf('=');
            boolean hasNext = equals >= 0 || i + 1 < words.size();
            String value = equals >= 0 ? flag.substring(equals + 1) : hasNext ? words.get(i + 1) : "";
            switch (equals < 0 ? flag : flag.substring(0, equals)) {
                case "-public" -> isPublic = true;
                case "-name" -> name = value;
                case "-redirect-uri" -> redirectUris.add(value);
                default -> {
                    return misused();
                }
            }
            if (!hasNext && !flag.equals("-public")) {
                return CommandResult.usage(flag + " needs a value");
            }
            i += equals >= 0 || flag.equals("-public") ? 0 : 1;
        }
        String fault = Clients.fault(name, redirectUris);
        if (!fault.isEmpty()) {
            return CommandResult.usage(fault);
        }
        Client client = clients.create(name, redirectUris, isPublic);
        log.info("client added", "client", client.id(), "application", name);
        return json(client.metadata());
    }

    private CommandResult list() {
        return json(JsonValue.array(clients.all().stream().map(Client::withoutSecret).toList()));
    }

    private CommandResult show(String id) {
        return clients.find(id).map(client -> json(client.withoutSecret())).orElseGet(() -> unknown(id));
    }

    private CommandResult remove(String id) throws StoreException {
        if (!clients.remove(id)) {
            return unknown(id);
        }
        codes.removeClient(id);
        grants.removeClient(id);
        log.info("client removed", "client", id);
        return CommandResult.success("");
    }

    private CommandResult rotateSecret(String id) throws StoreException {
        if (clients.find(id).filter(Client::isPublic).isPresent()) {
            return CommandResult.failure("client " + id + " is public: it has no secret");
        }
        var changed = clients.rotateSecret(id);
        changed.ifPresent(client -> log.info("client secret replaced", "client", client.id()));
        return changed.map(client -> json(client.metadata())).orElseGet(() -> unknown(id));
    }

    private static CommandResult unknown(String id) {
        return CommandResult.failure("there is no client " + id + ": see tsidp client list");
    }

    private static CommandResult json(JsonValue value) {
        return CommandResult.success(JsonWriter.writeIndented(value) + "\n");
    }
}
