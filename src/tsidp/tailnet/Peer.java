package tsidp.tailnet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tsidp.json.JsonNull;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;

/// Who is at the other end of a connection: a machine, its user, and what the tailnet policy grants them here.
///
/// @param capabilities the rules of `CapMap["tailscale.com/cap/tsidp"]`, in the policy's order
/// @param ignoredCapabilities how many elements of that list grant nothing, because they are not objects or exceed our
///     limits: a mistake in the policy that the operator should know about; 99 means 99 or more
public record Peer(Node node, UserProfile user, List<JsonObject> capabilities, int ignoredCapabilities) {

    /// Tailscale's: the application capability of tsidp.
    private static final String CAPABILITY = "tailscale.com/cap/tsidp";

    /// Ours: how deeply a rule may be nested, and how many bytes of heap all rules of a peer may take. They are kept
    /// with each sign-in, go into its ID tokens, and must be readable from the ledger. Enough for some 700 users by
    /// name.
    private static final int MAX_RULE_DEPTH = 16;
    private static final long MAX_RULES_WEIGHT = 64 << 10;

    /// Ours: the limit for the names and addresses of a machine and its user. They usually take about 1 KB.
    private static final long MAX_NAMES_WEIGHT = 16 << 10;

    private static final int MAX_IGNORED = 99;

    /// Copies the list.
    ///
    /// @throws IllegalArgumentException if the machine belongs to another person, or if names are too long
    public Peer {
        capabilities = List.copyOf(capabilities);
        // `sub` comes from one, `email` from the other: they must belong to the same person.
        if (!node.tagged() && node.user() != user.id()) {
            throw new IllegalArgumentException("Node.User is not UserProfile.ID");
        }
        if (node.weight() + user.namesWeight() > MAX_NAMES_WEIGHT) {
            throw new IllegalArgumentException("Node and UserProfile are larger than " + MAX_NAMES_WEIGHT + " bytes");
        }
    }

    /// Reads an answer of whois, and what [#toJson()] writes.
    ///
    /// @throws IllegalArgumentException if a required member is missing, empty or has the wrong type; the message
    ///     names it and contains no value
    public static Peer fromJson(JsonObject json) {
        var members = new Members(json);
        Node node = Node.of(members.object("Node"));
        UserProfile user = UserProfile.of(members.object("UserProfile"));
        List<JsonValue> all = rules(members.objectOrEmpty("CapMap"));
        var rules = new ArrayList<JsonObject>();
        long weight = 0;
        for (JsonValue value : all) {
            if (value instanceof JsonObject rule && rule.depth() <= MAX_RULE_DEPTH
                    && weight + rule.weight() <= MAX_RULES_WEIGHT) {
                weight += rule.weight();
                rules.add(rule);
            }
        }
        return new Peer(node, user, rules, Math.min(MAX_IGNORED, all.size() - rules.size()));
    }

    /// Approximate size in bytes of heap.
    public long weight() {
        return node.weight() + user.weight() + capabilities.stream().mapToLong(JsonValue::weight).sum();
    }

    private static List<JsonValue> rules(Members capMap) {
        return capMap.get(CAPABILITY).isEmpty() ? List.of() : capMap.list(CAPABILITY);
    }

    /// The answer of whois, reduced to what we use, so that one strict reader serves both. An ignored rule is `null`.
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
