package tsidp.fake;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;

/// An answer from a server.
///
/// @param headers by their names in lower case
public record Reply(int status, Map<String, List<String>> headers, byte[] body) {

    /// The value of a header; empty if it is absent.
    ///
    /// @throws AssertionError if it is repeated
    public String header(String name) {
        List<String> values = headers.getOrDefault(name.toLowerCase(java.util.Locale.ROOT), List.of());
        if (values.size() > 1) {
            throw new AssertionError(name + " stands twice: " + values);
        }
        return values.isEmpty() ? "" : values.getFirst();
    }

    /// The body as text.
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /// The body as a JSON object.
    public JsonObject json() {
        try {
            return JsonReader.readObject(body);
        } catch (JsonException e) {
            throw new AssertionError("status " + status + ", no JSON object: " + text(), e);
        }
    }

    /// The string with this name in the JSON object; empty if there is none.
    public String string(String name) {
        return json().string(name).orElse("");
    }

    /// The URL that it redirects to, without its query.
    public String target() {
        return header("Location").replaceFirst("\\?.*", "");
    }

    /// The parameters of the URL that it redirects to.
    public Map<String, String> parameters() {
        var parameters = new LinkedHashMap<String, String>();
        String query = URI.create(header("Location")).getRawQuery();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String value = equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
            if (parameters.put(name, value) != null) {
                throw new AssertionError(name + " stands twice: " + header("Location"));
            }
        }
        return parameters;
    }

    /// The names of the headers.
    public List<String> names() {
        return new ArrayList<>(headers.keySet());
    }

    @Override
    public String toString() {
        return status + " " + headers + "\n" + text();
    }
}
