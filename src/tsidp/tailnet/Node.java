package tsidp.tailnet;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;

/// A machine on the tailnet (`Node` in LocalAPI's whois).
///
/// @param name as in whois, with the final dot
/// @param user the id of the user that the machine belongs to; for a tagged node, a user that can't log in
/// @param addresses its Tailscale addresses with their prefix length
/// @param expired whether its key has expired, so that nobody can use it before the person logs it in again
public record Node(long id, String stableId, String name, long user, String key, List<String> addresses,
        List<String> tags, boolean expired) {

    /// Ours, in bytes of heap, without its texts.
    private static final int WEIGHT = 64;

    public Node {
        addresses = List.copyOf(addresses);
        ips(addresses);
        tags = List.copyOf(tags);
    }

    /// Whether it belongs to a service, not to a person.
    public boolean tagged() {
        return !tags.isEmpty();
    }

    /// Its Tailscale addresses.
    public List<InetAddress> ips() {
        return ips(addresses);
    }

    private static List<InetAddress> ips(List<String> prefixes) {
        return prefixes.stream().map(prefix -> InetAddress.ofLiteral(prefix.replaceFirst("/[0-9]+$", ""))).toList();
    }

    /// What URLs on the tailnet call it: its name, in lower case and without the final dot, and its addresses.
    public List<String> hosts() {
        String host = name.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        return Stream.concat(Stream.of(host), addresses.stream().map(prefix -> prefix.replaceFirst("/.*", "")))
                .toList();
    }

    /// @throws IllegalArgumentException if a member is missing or has the wrong type
    static Node of(Members json) {
        return new Node(id(json, "ID"), json.text("StableID"), json.text("Name"), id(json, "User"), json.text("Key"),
                json.texts("Addresses"), json.textsOrEmpty("Tags"), json.json().isTrue("Expired"));
    }

    /// Tailscale assigns positive ids only, and 0 is Go's value for "no user".
    static long id(Members json, String name) {
        if (json.integer(name) <= 0) {
            throw new IllegalArgumentException(name + " is not a positive integer");
        }
        return json.integer(name);
    }

    /// Approximate size in bytes of heap.
    long weight() {
        return WEIGHT + JsonValue.weight(List.of(stableId, name, key)) + JsonValue.weight(addresses)
                + JsonValue.weight(tags);
    }

    JsonObject toJson() {
        var members = new LinkedHashMap<String, JsonValue>();
        members.put("ID", JsonValue.of(id));
        members.put("StableID", JsonValue.of(stableId));
        members.put("Name", JsonValue.of(name));
        members.put("User", JsonValue.of(user));
        members.put("Key", JsonValue.of(key));
        members.put("Addresses", JsonValue.of(addresses));
        if (tagged()) {
            members.put("Tags", JsonValue.of(tags));
        }
        if (expired) {
            members.put("Expired", JsonBoolean.TRUE);
        }
        return new JsonObject(members);
    }
}
