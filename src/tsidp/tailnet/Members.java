package tsidp.tailnet;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import tsidp.json.JsonNull;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// Reads required members, and distinguishes an absent member from one with the wrong type, which `JsonObject` does
/// not. Each method throws IllegalArgumentException with the member's name, but never its value.
final class Members {

    /// RFC 1123 §2.1 and RFC 1035 §2.3.4, in lower case; with `_` because Tailscale has allowed it.
    private static final String LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";
    private static final Pattern HOST_NAME = Pattern.compile("(?=.{1,253}\\z)" + LABEL + "(\\." + LABEL + ")*");

    private Members() {
    }

    /// A string that is not empty.
    static String text(JsonObject json, String name) {
        return json.string(name).filter(text -> !text.isEmpty()).orElseThrow(() -> wrong(name, "a string"));
    }

    /// A string; empty if absent.
    static String textOrEmpty(JsonObject json, String name) {
        return present(json, name).isEmpty() ? "" : json.string(name).orElseThrow(() -> wrong(name, "a string"));
    }

    /// A positive integer: Tailscale assigns no other ids, and 0 is Go's value for "no user".
    static long id(JsonObject json, String name) {
        long id = json.integer(name).orElseThrow(() -> wrong(name, "an integer"));
        if (id <= 0) {
            throw wrong(name, "a positive integer");
        }
        return id;
    }

    /// A list of strings; empty if absent.
    static List<String> texts(JsonObject json, String name) {
        return present(json, name).isEmpty() ? List.of()
                : json.strings(name).orElseThrow(() -> wrong(name, "a list of strings"));
    }

    /// The member, unless it is absent or `null`: Go writes an empty list or map either way.
    static Optional<JsonValue> present(JsonObject json, String name) {
        return json.get(name).filter(value -> value != JsonNull.NULL);
    }

    static IllegalArgumentException wrong(String name, String expected) {
        return new IllegalArgumentException(name + " is not " + expected);
    }

    static boolean isHostName(String text) {
        return HOST_NAME.matcher(text).matches();
    }
}
