package tsidp.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tsidp.json.JsonArray;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;

/// A file of the state directory that holds the entries of one kind. The names and forms of the first two are the Go
/// tsidp's.
///
/// @param description what it should be, for people
/// @param olderNames of the same file at older versions of the Go tsidp
record StateFile(String name, int maxBytes, String description, Layout layout, List<String> olderNames) {

    /// By the name of the kind. A kind that has no file here is kept in memory, or in the ledger.
    ///
    /// Ours, the sizes: 4 MiB are enough for 10,000 clients, or for all that may register plus 5,000 others (they take
    /// six times as much heap); 500 registrations take about 100 KB, a 4096-bit key 3.3 KB.
    static final Map<String, StateFile> ALL = Map.of(
            "keys", new StateFile("oidc-key.json", 64 << 10, "a key file", Layout.WHOLE, List.of()),
            "more keys", new StateFile("tsidp-keys.json", 64 << 10, "a file of keys", Layout.MEMBERS, List.of()),
            "clients", new StateFile("oidc-funnel-clients.json", 4 << 20, "a client file", Layout.MEMBERS,
                    List.of("oauth-clients.json", "oidc-clients.json")),
            "registrations", new StateFile("tsidp-registrations.json", 1 << 20, "a file of registrations",
                    Layout.MEMBERS, List.of()),
            "consents", new StateFile("tsidp-consents.json", 2 << 20, "a file of consents", Layout.ROWS,
                    List.of()));

    /// How entries and their keys stand in a file.
    enum Layout {
        /// The file is the one entry, `current`.
        WHOLE,
        /// An object, by key.
        MEMBERS,
        /// A list of lists: the lines of the key, then those strings that are the value.
        ROWS
    }

    private static final String ROWS = "consents";

    /// The entries of a file.
    ///
    /// @throws IllegalArgumentException if it has another form
    Map<String, JsonValue> entries(JsonObject content) {
        return switch (layout) {
            case WHOLE -> Map.of("current", content);
            case MEMBERS -> content.members();
            case ROWS -> {
                var entries = new LinkedHashMap<String, JsonValue>();
                for (JsonValue row : content.array(ROWS).map(JsonArray::values).orElse(List.of())) {
                    List<String> texts = new Members(JsonObject.EMPTY.with("an entry", row)).texts("an entry");
                    int key = Math.max(0, texts.size() - 1);
                    entries.put(String.join("\n", texts.subList(0, key)),
                            JsonValue.of(texts.subList(key, texts.size())));
                }
                yield entries;
            }
        };
    }

    /// The file of these entries.
    JsonObject content(Map<String, JsonValue> entries) {
        return switch (layout) {
            case WHOLE -> (JsonObject) entries.get("current");
            case MEMBERS -> new JsonObject(entries);
            case ROWS -> JsonObject.EMPTY.with(ROWS, JsonValue.array(entries.entrySet().stream().map(entry ->
                    JsonValue.array(Stream.concat(Stream.of(entry.getKey().split("\n", -1)).map(JsonValue::of),
                            ((JsonArray) entry.getValue()).values().stream()).toList())).toList()));
        };
    }
}
