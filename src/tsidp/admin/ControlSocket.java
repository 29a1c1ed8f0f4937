package tsidp.admin;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tsidp.http.Answer;
import tsidp.json.JsonException;
import tsidp.json.JsonNull;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.log.Log;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.store.Acceptor;
import tsidp.store.StateDirectory;
import tsidp.store.StoreException;

/// Where a running server takes the commands of `tsidp client` and `tsidp health`: a Unix socket in a directory that
/// its owner alone may enter. A question is one line of JSON, an answer another.
public record ControlSocket(ServerSocketChannel server, Path path, ClientsApi api, Supplier<String> health,
        Log log) implements AutoCloseable {

    private static final String DIRECTORY = "tsidp.control";
    private static final String NAME = "socket";

    /// For the log: who can connect can also read the state files, so nobody is asked who they are.
    private static final String WHO = "tsidp client";

    /// Ours: a list of 10,000 clients is some 5 MB.
    private static final int MAX_QUESTION_BYTES = 1 << 20;
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    /// A command, as `tsidp client` has them.
    ///
    /// @param argument a client id, or for `add` and `update` the form of the JSON API, form-encoded, with `client_id`
    ///     for `update`; may be empty
    public record Question(String command, String argument) {
    }

    /// Asks for nothing but health: the fault of the reply is what keeps the server from serving.
    public static final Question HEALTH = new Question("health", "");

    /// Its answer.
    ///
    /// @param json `JsonNull` if it has none
    /// @param fault a sentence; empty for success
    public record Reply(JsonValue json, String fault) {

        /// Without the JSON, which may contain a secret.
        @Override
        public String toString() {
            return "Reply[" + fault + "]";
        }
    }

    /// Listens in a state directory that this process has locked, until closed.
    ///
    /// @param health why the server can't serve at the moment, as a sentence; empty if it can
    /// @throws IOException if that is not possible, for example because the path is too long for a socket
    public static ControlSocket open(StateDirectory directory, ClientsApi api, Supplier<String> health, Log log)
            throws IOException {
        Path path = directory.path(DIRECTORY).resolve(NAME);
        var control = new ControlSocket(StateDirectory.listen(path), path, api, health, log);
        Thread.ofVirtual().name("control").start(() -> Acceptor.run(control.server, control::serve,
                log.faults("control socket")));
        return control;
    }

    private void serve(SocketChannel caller) {
        try (caller) {
            JsonObject question = JsonReader.readObject(line(Channels.newInputStream(caller), MAX_QUESTION_BYTES));
            var asked = new Question(question.string("command").orElse(""), question.string("argument").orElse(""));
            Reply reply = asked.equals(HEALTH) ? new Reply(JsonNull.NULL, health.get()) : reply(api, asked);
            write(caller, JsonObject.EMPTY.with("json", reply.json()).with("fault", JsonValue.of(reply.fault())));
        } catch (IOException | JsonException e) {
            log.warn("control socket", "fault", e.getMessage());
        }
    }

    /// The API's reply to a request of the directory's owner.
    public static Reply reply(ClientsApi api, Question question) {
        try {
            return switch (answer(api, question)) {
                case Answer.Document(int _, JsonValue json) -> new Reply(json, "");
                default -> new Reply(JsonNull.NULL, "");
            };
        } catch (Refusal refusal) {
            String detail = refusal.detail().isEmpty() ? "" : " (" + refusal.detail() + ")";
            return new Reply(JsonNull.NULL, refusal.description() + detail);
        } catch (StoreException e) {
            return new Reply(JsonNull.NULL, "the change can't be stored (" + e.getMessage() + ")");
        }
    }

    /// The reply where there are no clients.
    public static Reply replyWithoutClients(Question question) {
        return question.command().equals("list") ? new Reply(JsonValue.of(List.of()), "")
                : new Reply(JsonNull.NULL, ClientsApi.unknown().description());
    }

    private static Answer answer(ClientsApi api, Question question) throws Refusal {
        return switch (question.command()) {
            case "list" -> api.list();
            case "update" -> {
                Parameters form = Parameters.parse(question.argument());
                yield ClientsApi.hidden(api.update(form.require("client_id"), form, WHO));
            }
            case "add" -> ClientsApi.shown(api.create(Parameters.parse(question.argument()), WHO));
            case "show" -> ClientsApi.hidden(api.find(question.argument()));
            case "remove" -> api.remove(question.argument(), WHO);
            case "rotate-secret" -> ClientsApi.shown(api.regenerateSecret(question.argument(), WHO));
            default -> throw new Refusal(OAuthError.INVALID_REQUEST, "there is no such command");
        };
    }

    /// Asks the server that holds a state directory; empty if none listens there.
    ///
    /// @throws IOException if the server does not answer
    public static Optional<Reply> ask(Path directory, Question question) throws IOException {
        var address = UnixDomainSocketAddress.of(directory.resolve(DIRECTORY).resolve(NAME));
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            try {
                channel.connect(address);
            } catch (IOException nobodyListens) {
                return Optional.empty();
            }
            write(channel, JsonObject.EMPTY.with("command", JsonValue.of(question.command()))
                    .with("argument", JsonValue.of(question.argument())));
            JsonObject reply = JsonReader.readObject(line(Channels.newInputStream(channel), MAX_ANSWER_BYTES));
            return Optional.of(new Reply(reply.get("json").orElse(JsonNull.NULL), reply.string("fault").orElse("")));
        } catch (JsonException e) {
            throw new IOException("the running tsidp did not answer: see its log");
        }
    }

    private static void write(SocketChannel channel, JsonObject json) throws IOException {
        Channels.newOutputStream(channel).write((JsonWriter.write(json) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] line(InputStream in, int maxBytes) throws IOException {
        var line = new ByteArrayOutputStream();
        var buffered = new BufferedInputStream(in);
        for (int b = buffered.read(); b >= 0 && b != '\n' && line.size() < maxBytes; b = buffered.read()) {
            line.write(b);
        }
        return line.toByteArray();
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            log.warn("control socket", "fault", e.getMessage());
        }
    }
}
