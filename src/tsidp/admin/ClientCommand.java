package tsidp.admin;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tsidp.admin.ControlSocket.Question;
import tsidp.admin.ControlSocket.Reply;
import tsidp.client.ClientMetadata;
import tsidp.json.JsonNull;
import tsidp.json.JsonWriter;
import tsidp.protocol.Refusal;

/// `tsidp client add|list|show|remove|rotate-secret`: turns words into a request of the JSON API, and its answer into
/// text.
public final class ClientCommand {

    /// The usage text.
    public static final String USAGE = """
            tsidp client add [-dir DIRECTORY] [-name NAME] -redirect-uri URI [-redirect-uri URI …] [-public]
            tsidp client list [-dir DIRECTORY]
            tsidp client show|remove|rotate-secret [-dir DIRECTORY] CLIENT_ID
            """;

    /// What answers: a running server, or the API on the directory of a stopped one.
    public interface Api {

        /// The reply.
        ///
        /// @throws IOException with a message for the operator, if there is none
        Reply ask(Question question) throws IOException;
    }

    private ClientCommand() {
    }

    /// Runs the words after `tsidp client`, without `-dir`.
    ///
    /// @throws IOException with a message for the operator, if nothing answers
    public static CommandResult run(List<String> words, Api api) throws IOException {
        String name = words.isEmpty() ? "" : words.getFirst();
        if (name.equals("add")) {
            return add(words.subList(1, words.size()), api);
        }
        if (name.equals("list") && words.size() == 1) {
            return result(api.ask(new Question("list", "")));
        }
        if (words.size() != 2 || !words.get(1).matches("[A-Za-z0-9_-]+")) {
            return misused();
        }
        return switch (name) {
            case "show", "remove", "rotate-secret" -> result(api.ask(new Question(name, words.get(1))));
            default -> misused();
        };
    }

    private static CommandResult add(List<String> words, Api api) throws IOException {
        String name = "";
        var redirectUris = new ArrayList<String>();
        boolean isPublic = false;
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i).replaceFirst("^--", "-");
            int equals = word.indexOf('=');
            String flag = equals < 0 ? word : word.substring(0, equals);
            if (word.equals("-public")) {
                isPublic = true;
                continue;
            }
            if (!List.of("-name", "-redirect-uri").contains(flag)) {
                return misused();
            }
            if (equals < 0 && ++i == words.size()) {
                return CommandResult.usage(flag + " needs a value");
            }
            String value = equals < 0 ? words.get(i) : word.substring(equals + 1);
            if (flag.equals("-name")) {
                name = value;
            } else {
                redirectUris.add(value);
            }
        }
        if (redirectUris.isEmpty()) {
            return CommandResult.usage("a client needs -redirect-uri");
        }
        try {
            ClientMetadata.ofAdministrator(name, redirectUris, isPublic);
        } catch (Refusal refusal) {
            return CommandResult.usage(refusal.description() + (refusal.detail().isEmpty() ? ""
                    : " (" + refusal.detail() + ")"));
        }
        return result(api.ask(new Question("add", "name=" + encoded(name) + "&redirect_uri="
                + encoded(String.join("\n", redirectUris)) + (isPublic ? "&token_endpoint_auth_method=none" : ""))));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static CommandResult misused() {
        return CommandResult.usage("usage:\n" + USAGE.strip());
    }

    private static CommandResult result(Reply reply) {
        if (!reply.fault().isEmpty()) {
            return CommandResult.failure(reply.fault());
        }
        return CommandResult.success(reply.json() == JsonNull.NULL ? ""
                : JsonWriter.writeIndented(reply.json()) + "\n");
    }
}
