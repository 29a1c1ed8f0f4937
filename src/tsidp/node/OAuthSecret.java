package tsidp.node;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.tailnet.TailnetException;

/// The secret of a tailnet's OAuth client, which is exchanged for an auth key: `tailscale up` and tsnet do that
/// (feature/oauthkey), tailscaled does not.
///
/// As text, `tskey-client-…[?ephemeral=BOOL&preauthorized=BOOL&baseURL=URL]`. The defaults are theirs: a node is
/// ephemeral, and not preauthorized.
record OAuthSecret(String secret, boolean isEphemeral, boolean isPreauthorized, String baseUrl) {

    // From Tailscale.

    private static final String PREFIX = "tskey-client-";
    private static final String API = "https://api.tailscale.com";

    // Ours.

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final int MAX_ANSWER = 64 * 1024;

    /// Whether a key is an OAuth client's secret.
    static boolean is(String key) {
        return key.startsWith(PREFIX);
    }

    /// @throws IllegalArgumentException with a message that does not quote it
    static OAuthSecret parse(String key) {
        int mark = key.indexOf('?');
        String secret = mark < 0 ? key : key.substring(0, mark);
        boolean ephemeral = true;
        boolean preauthorized = false;
        String baseUrl = API;
        for (String attribute : mark < 0 ? new String[0] : key.substring(mark + 1).split("&")) {
            int equals = attribute.indexOf('=');
            String name = equals < 0 ? attribute : attribute.substring(0, equals);
            String value = equals < 0 ? "" : URLDecoder.decode(attribute.substring(equals + 1), StandardCharsets.UTF_8);
            switch (name) {
                case "ephemeral" -> ephemeral = value.isEmpty() || bool(name, value);
                case "preauthorized" -> preauthorized = !value.isEmpty() && bool(name, value);
                case "baseURL" -> baseUrl = value.isEmpty() ? API : value;
                default -> throw new IllegalArgumentException("TS_AUTHKEY may only have the attributes ephemeral,"
                        + " preauthorized and baseURL");
            }
        }
        return new OAuthSecret(secret, ephemeral, preauthorized, baseUrl);
    }

    private static boolean bool(String name, String value) {
        return switch (value) {
            case "true", "1", "t", "T", "TRUE", "True" -> true;
            case "false", "0", "f", "F", "FALSE", "False" -> false;
            default -> throw new IllegalArgumentException("TS_AUTHKEY's attribute " + name + " must be true or false");
        };
    }

    /// An auth key for one node with these tags.
    ///
    /// @throws TailnetException if Tailscale does not issue one
    String authKey(List<String> tags) throws TailnetException {
        String form = "grant_type=client_credentials&client_id=tsidp&client_secret="
                + URLEncoder.encode(secret, StandardCharsets.US_ASCII);
        String token = text(post("/api/v2/oauth/token", "application/x-www-form-urlencoded", Optional.empty(),
                form.getBytes(StandardCharsets.US_ASCII)), "access_token");
        JsonObject create = JsonObject.EMPTY.with("reusable", JsonValue.of(false))
                .with("ephemeral", JsonValue.of(isEphemeral)).with("preauthorized", JsonValue.of(isPreauthorized))
                .with("tags", JsonValue.of(tags));
        var wanted = new JsonObject(Map.of("capabilities", new JsonObject(Map.of("devices",
                new JsonObject(Map.of("create", create))))));
        return text(post("/api/v2/tailnet/-/keys", "application/json", Optional.of(token),
                JsonWriter.writeBytes(wanted)), "key");
    }

    private JsonObject post(String path, String type, Optional<String> token, byte[] body) throws TailnetException {
        try {
            var connection = (HttpURLConnection) URI.create(baseUrl + path).toURL().openConnection();
            connection.setConnectTimeout((int) TIMEOUT.toMillis());
            connection.setReadTimeout((int) TIMEOUT.toMillis());
            // A redirect would send the secret to another host.
            connection.setInstanceFollowRedirects(false);
            connection.setRequestMethod("POST");
            connection.setRequestProperty("Content-Type", type);
            token.ifPresent(value -> connection.setRequestProperty("Authorization", "Bearer " + value));
            connection.setDoOutput(true);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body);
            }
            if (connection.getResponseCode() != 200) {
                throw failure("it answered " + path + " with status " + connection.getResponseCode());
            }
            try (var in = connection.getInputStream()) {
                return JsonReader.readObject(in.readNBytes(MAX_ANSWER));
            }
        } catch (IOException | IllegalArgumentException | JsonException e) {
            throw failure("no usable answer to " + path + " (" + e.getClass().getSimpleName() + ")");
        }
    }

    private static String text(JsonObject answer, String name) throws TailnetException {
        return answer.string(name).filter(value -> !value.isEmpty()).orElseThrow(() -> failure("it has no " + name));
    }

    private static TailnetException failure(String why) {
        return new TailnetException(TailnetException.Kind.REFUSED, "Tailscale's API did not issue an auth key for the"
                + " OAuth client in TS_AUTHKEY (" + why + "): does it exist, with the scope auth_keys and these tags?");
    }

    /// Without the secret.
    @Override
    public String toString() {
        return "OAuthSecret[" + baseUrl + "]";
    }
}
