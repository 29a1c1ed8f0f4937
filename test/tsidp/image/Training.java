package tsidp.image;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Ports;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;

/// Makes the image's AOT cache: runs a command that starts `tsidp`, signs a person in until the compiler knows what is
/// hot, refreshes, asks and is refused, and ends it. It has run before, so that this start reads a ledger. Nobody signs
/// in over TLS here: whoever connects from this machine is nobody then. Arguments: the command without flags of tsidp.
public final class Training {

    private static final int EARLIER_LOGINS = 300;
    private static final int LOGINS = 1_000;
    private static final String REDIRECT = "http://localhost:9/callback";

    private final HttpClient http;
    private final String base;
    private final JsonObject client;

    private Training(HttpClient http, String base, JsonObject client) {
        this.http = http;
        this.base = base;
        this.client = client;
    }

    /// Runs it.
    public static void main(String[] command) throws Exception {
        Path directory = Files.createTempDirectory("training");
        try (var tailnet = FakeTailnet.start()) {
            tailnet.speaksFor(FakeTailnet.ALICE);
            tailnet.answersToLocalhost();
            List<String> recording = List.of(command);
            List<String> silent = recording.stream().filter(word -> !word.contains("AOTCache")).toList();
            JsonObject client = add(silent, directory);
            run(silent, directory, tailnet, client, EARLIER_LOGINS);
            run(recording, directory, tailnet, client, LOGINS);
        } finally {
            remove(directory);
        }
    }

    private static void run(List<String> command, Path directory, FakeTailnet tailnet, JsonObject client, int logins)
            throws Exception {
        int port = Ports.free();
        var arguments = new ArrayList<>(command);
        arguments.addAll(List.of("-use-local-tailscaled", "-socket", tailnet.socket().toString(), "-dir",
                directory.toString(), "-port", "" + port, "-log", "error"));
        Process server = new ProcessBuilder(arguments).inheritIO().start();
        try {
            String plain = "http://localhost:" + port;
            var http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
            await(http, URI.create(plain + "/.well-known/openid-configuration"));
            var training = new Training(http, plain, client);
            for (int i = 0; i < logins; i++) {
                training.login();
            }
            training.refusals();
        } finally {
            server.destroy();
            if (!server.waitFor(2, TimeUnit.MINUTES)) {
                server.destroyForcibly();
                throw new IllegalStateException("the server did not end");
            }
        }
    }

    private static JsonObject add(List<String> command, Path directory) throws IOException, JsonException {
        var arguments = new ArrayList<>(command);
        arguments.addAll(List.of("client", "add", "-dir", directory.toString(), "-name", "Training", "-redirect-uri",
                REDIRECT));
        Process add = new ProcessBuilder(arguments).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        return JsonReader.readObject(add.getInputStream().readAllBytes());
    }

    private void login() throws Exception {
        String code = get("/authorize?" + form(Map.of("response_type", "code", "client_id", id(), "redirect_uri",
                REDIRECT, "scope", "openid email profile", "state", "s", "nonce", "n")), "text/html")
                .headers().firstValue("Location").orElseThrow().replaceAll(".*[?&]code=([0-9a-f]+).*", "$1");
        JsonObject tokens = JsonReader.readObject(post("/token", Map.of("grant_type", "authorization_code", "code",
                code, "redirect_uri", REDIRECT, "client_id", id(), "client_secret", secret())).body());
        JsonObject refreshed = JsonReader.readObject(post("/token", Map.of("grant_type", "refresh_token",
                "refresh_token", tokens.string("refresh_token").orElseThrow(), "client_id", id(), "client_secret",
                secret())).body());
        String accessToken = refreshed.string("access_token").orElseThrow();
        http.send(HttpRequest.newBuilder(URI.create(base + "/userinfo"))
                .header("Authorization", "Bearer " + accessToken).build(), BodyHandlers.ofByteArray());
        post("/introspect", Map.of("token", accessToken, "client_id", id(), "client_secret", secret()));
        get("/.well-known/openid-configuration", "application/json");
        get("/.well-known/jwks.json", "application/json");
    }

    private void refusals() throws Exception {
        get("/authorize?client_id=nobody&redirect_uri=" + REDIRECT, "text/html");
        get("/nowhere", "text/html");
        get("/style.css", "text/css");
        post("/token", Map.of("grant_type", "authorization_code", "code", "x", "client_id", id()));
    }

    private String id() {
        return client.string("client_id").orElseThrow();
    }

    private String secret() {
        return client.string("client_secret").orElseThrow();
    }

    private HttpResponse<byte[]> get(String path, String accept) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(base + path)).header("Accept", accept).build(),
                BodyHandlers.ofByteArray());
    }

    private HttpResponse<byte[]> post(String path, Map<String, String> parameters) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(base + path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form(parameters))).build(), BodyHandlers.ofByteArray());
    }

    private static String form(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    private static void await(HttpClient http, URI uri) throws Exception {
        for (int attempt = 0; attempt < 200; attempt++) {
            try {
                http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding());
                return;
            } catch (IOException notYet) {
                Thread.sleep(100);
            }
        }
        throw new IllegalStateException("the server does not answer at " + uri);
    }

    private static void remove(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
