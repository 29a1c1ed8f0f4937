package tsidp.tailnet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tsidp.json.JsonArray;
import tsidp.json.JsonNull;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// Who is at the other end of a connection: a machine, its user, and what the tailnet's policy grants them here.
///
/// @param capabilities the rules of `CapMap["tailscale.com/cap/tsidp"]`, in the policy's order
/// @param ignoredCapabilities how many elements of that list are no objects and grant nothing: a mistake in the policy
///     that the operator wants to hear of
public record Peer(Node node, UserProfile user, List<JsonObject> capabilities, int ignoredCapabilities) {

    /// Tailscale's: the application capability of tsidp.
    private static final String CAPABILITY = "tailscale.com/cap/tsidp";

    /// Copies the list.
    ///
    /// @throws IllegalArgumentException if the machine is a person's, and not this person's
    public Peer {
        capabilities = List.copyOf(capabilities);
        // `sub` is taken from one, `email` from the other: they must be the same person's.
        if (!node.tagged() && node.user() != user.id()) {
            throw new IllegalArgumentException("Node.User is not UserProfile.ID");
        }
    }

    /// Reads what whois answers, and what [#toJson()] writes.
    ///
    /// @throws IllegalArgumentException if an essential member is missing, empty or of another type; the message
    ///     names it and repeats no value
    public static Peer fromJson(JsonObject json) {
        Node node = Node.of(json.object("Node").orElseThrow(() -> Members.wrong("Node", "an object")));
        UserProfile user =
                UserProfile.of(json.object("UserProfile").orElseThrow(() -> Members.wrong("UserProfile", "an object")));
        List<JsonValue> all = rules(json);
        List<JsonObject> rules = all.stream().filter(JsonObject.class::isInstance).map(JsonObject.class::cast).toList();
        return new Peer(node, user, rules, all.size() - rules.size());
    }

    private static List<JsonValue> rules(JsonObject json) {
        if (Members.present(json, "CapMap").isEmpty()) {
            return List.of();
        }
        JsonObject capMap = json.object("CapMap").orElseThrow(() -> Members.wrong("CapMap", "an object"));
        if (Members.present(capMap, CAPABILITY).isEmpty()) {
            return List.of();
        }
        return capMap.array(CAPABILITY).map(JsonArray::values)
                .orElseThrow(() -> Members.wrong("CapMap's " + CAPABILITY, "a list"));
    }

    /// The answer of whois cut down to what we use, so that one strict reader serves both. An ignored rule is `null`.
    public JsonObject toJson() {
        var members = new LinkedHashMap<String, JsonValue>();
        members.put("Node", node.toJson());
        members.put("UserProfile", user.toJson());
        if (!capabilities.isEmpty() || ignoredCapabilities > 0) {
            var rules = new ArrayList<JsonValue>(capabilities);
            rules.addAll(Collections.nCopies(ignoredCapabilities, JsonNull.NULL));
            members.put("CapMap", new JsonObject(Map.of(CAPABILITY, JsonValue.array(rules))));
        }
        return new JsonObject(members);
    }
}
