package tsidp.admin;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tsidp.admin.ControlSocket.Question;
import tsidp.admin.ControlSocket.Reply;
import tsidp.client.ClientMetadata;
import tsidp.client.Setting;
import tsidp.json.JsonNull;
import tsidp.json.JsonWriter;
import tsidp.protocol.Refusal;

/// `tsidp client add|update|list|show|remove|rotate-secret`: turns words into a request of the JSON API, and its answer
/// into text.
public final class ClientCommand {

    /// The usage text.
    public static final String USAGE = """
            tsidp client add [-dir DIRECTORY] [-name NAME] -redirect-uri URI [-redirect-uri URI …] [-public]
            tsidp client update [-dir DIRECTORY] CLIENT_ID [-name NAME] [-redirect-uri URI …] [-trusted[=false]]
            tsidp client list [-dir DIRECTORY]
            tsidp client show|remove|rotate-secret [-dir DIRECTORY] CLIENT_ID
            settings of add and update: -post-logout-redirect-uri URI … -backchannel-logout-uri URI
                -initiate-login-uri URI -tos-uri URI -policy-uri URI -alg RS256|ES256|EdDSA
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
            return write("", words.subList(1, words.size()), api);
        }
        if (name.equals("list") && words.size() == 1) {
            return result(api.ask(new Question("list", "")));
        }
        if (words.size() < 2 || !words.get(1).matches("[A-Za-z0-9_][A-Za-z0-9_-]*")) {
            return misused();
        }
        if (name.equals("update")) {
            return write(words.get(1), words.subList(2, words.size()), api);
        }
        return switch (words.size() == 2 ? name : "") {
            case "show", "remove", "rotate-secret" -> result(api.ask(new Question(name, words.get(1))));
            default -> misused();
        };
    }

    /// `add`, or `update` of the client with this id.
    private static CommandResult write(String id, List<String> words, Api api) throws IOException {
        boolean isNew = id.isEmpty();
        var form = new LinkedHashMap<String, String>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i).replaceFirst("^--", "-");
            int equals = word.indexOf('=');
            String flag = equals < 0 ? word : word.substring(0, equals);
            String value = equals < 0 ? "" : word.substring(equals + 1);
            Optional<Setting> setting =
                    Arrays.stream(Setting.values()).filter(one -> one.flag().equals(flag)).findFirst();
            if ((List.of("-name", "-redirect-uri").contains(flag) || setting.isPresent()) && equals < 0) {
                if (++i == words.size()) {
                    return CommandResult.usage(flag + " needs a value");
                }
                value = words.get(i);
            }
            switch (flag) {
                case "-name" -> form.put("name", value);
                case "-redirect-uri" -> form.merge("redirect_uri", value, (all, one) -> all + "\n" + one);
                case String _ when setting.isPresent() ->
                        form.merge(setting.get().wireName(), value, (all, one) -> all + "\n" + one);
                case String _ when word.equals("-public") && isNew -> form.put("token_endpoint_auth_method", "none");
                case String _ when word.matches("-trusted(=true|=false)?") && !isNew ->
                        form.put("trusted", value.isEmpty() ? "true" : value);
                default -> {
                    return misused();
                }
            }
        }
        return isNew ? add(form, api) : form.isEmpty() ? CommandResult.usage("nothing to update: give -name,"
                + " -redirect-uri, -trusted or another setting") : ask("update", form, "client_id=" + encoded(id), api);
    }

    private static CommandResult add(Map<String, String> form, Api api) throws IOException {
        if (!form.containsKey("redirect_uri")) {
            return CommandResult.usage("a client needs -redirect-uri");
        }
        try {
            ClientMetadata.ofAdministrator(form.getOrDefault("name", ""), form.get("redirect_uri").lines().toList(),
                    form.containsKey("token_endpoint_auth_method"));
        } catch (Refusal refusal) {
            return CommandResult.usage(refusal.description() + (refusal.detail().isEmpty() ? ""
                    : " (" + refusal.detail() + ")"));
        }
        return ask("add", form, "", api);
    }

    private static CommandResult ask(String command, Map<String, String> form, String start, Api api)
            throws IOException {
        String encoded = form.entrySet().stream().map(field -> "&" + field.getKey() + "=" + encoded(field.getValue()))
                .collect(Collectors.joining());
        return result(api.ask(new Question(command, start + encoded)));
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
