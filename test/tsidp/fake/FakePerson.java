package tsidp.fake;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tsidp.json.JsonArray;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonNull;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// A person on the simulated tailnet, with their one device. A tagged device is represented this way too.
///
/// @param name what tests call them: the login name, or a tagged device's host name
/// @param source their loopback address: connections from it are theirs
public record FakePerson(String name, long userId, String login, String displayName, String device, long nodeId,
        List<String> addresses, List<String> tags, InetAddress source) {

    /// These people and devices are on the tailnet at the start.
    static List<FakePerson> everybody() {
        return List.of(
                person("alice@example.com", "Alice Example", 1),
                person("bob@example.com", "Bob Example", 2),
                person("carol@github", "Carol", 3),
                new FakePerson("printer", 1099, "tagged-devices", "Tagged Devices", "printer.fake-tailnet.ts.net.", 14,
                        addresses(4), List.of("tag:printer"), source(4)));
    }

    /// A person with an id, a device and addresses derived from a small number.
    public static FakePerson person(String login, String displayName, int number) {
        String device = login.substring(0, login.indexOf('@')) + "-laptop.fake-tailnet.ts.net.";
        return new FakePerson(login, 1000 + number, login, displayName, device, 10 + number, addresses(number),
                List.of(), source(number));
    }

    private static List<String> addresses(int number) {
        return List.of("100.64.0." + (1 + number) + "/32", "fd7a:115c:a1e0::" + (1 + number) + "/128");
    }

    private static InetAddress source(int number) {
        return InetAddress.ofLiteral("127.0.0." + (1 + number));
    }

    /// The same device, of somebody else, of a service, or at other addresses.
    public FakePerson with(long otherUserId, List<String> otherTags, List<String> otherAddresses) {
        return new FakePerson(name, otherUserId, login, displayName, device, nodeId, otherAddresses, otherTags, source);
    }

    /// Another device at the same addresses.
    public FakePerson atAnotherDevice() {
        return new FakePerson(name, userId, login, displayName, device, 100 + nodeId, addresses, tags, source);
    }

    /// As answered by LocalAPI's whois, including the members that we do not use.
    JsonObject whois(List<JsonValue> rules, List<String> groups, boolean isExpired) {
        var node = new LinkedHashMap<String, JsonValue>();
        node.put("ID", JsonValue.of(nodeId));
        node.put("StableID", JsonValue.of("nFake" + nodeId + "CNTRL"));
        node.put("Name", JsonValue.of(device));
        node.put("User", JsonValue.of(userId));
        node.put("Key", JsonValue.of("nodekey:" + "%064x".formatted(nodeId)));
        node.put("KeyExpiry", JsonValue.of("2027-05-01T10:00:00Z"));
        node.put("Machine", JsonValue.of("mkey:" + "%064x".formatted(7 * nodeId)));
        node.put("DiscoKey", JsonValue.of("discokey:" + "%064x".formatted(11 * nodeId)));
        node.put("Addresses", JsonValue.of(addresses));
        node.put("AllowedIPs", JsonValue.of(addresses));
        node.put("Endpoints", JsonValue.of(List.of("192.0.2.1:41641", "198.51.100.1:41641")));
        node.put("HomeDERP", JsonValue.of(1));
        node.put("Hostinfo", hostinfo());
        node.put("Created", JsonValue.of("2026-01-02T03:04:05.678901234Z"));
        if (!tags.isEmpty()) {
            node.put("Tags", JsonValue.of(tags));
        }
        if (isExpired) {
            node.put("Expired", JsonBoolean.TRUE);
        }
        node.put("Cap", JsonValue.of(131));
        node.put("Online", JsonValue.of(true));
        node.put("MachineAuthorized", JsonValue.of(true));
        node.put("ComputedName", JsonValue.of(hostName()));
        node.put("ComputedNameWithHost", JsonValue.of(hostName()));
        var user = new LinkedHashMap<String, JsonValue>();
        user.put("ID", JsonValue.of(userId));
        user.put("LoginName", JsonValue.of(login));
        user.put("DisplayName", JsonValue.of(displayName));
        if (tags.isEmpty()) {
            user.put("ProfilePicURL", JsonValue.of("https://example.com/pictures/" + userId + ".png"));
        }
        if (!groups.isEmpty()) {
            user.put("Groups", JsonValue.of(groups));
        }
        var answer = new LinkedHashMap<String, JsonValue>();
        answer.put("Node", new JsonObject(node));
        answer.put("UserProfile", new JsonObject(user));
        answer.put("CapMap", rules.isEmpty() ? JsonNull.NULL
                : new JsonObject(Map.of("tailscale.com/cap/tsidp", new JsonArray(rules))));
        return new JsonObject(answer);
    }

    private JsonObject hostinfo() {
        var hostinfo = new LinkedHashMap<String, JsonValue>();
        hostinfo.put("IPNVersion", JsonValue.of("1.102.5-fake"));
        hostinfo.put("OS", JsonValue.of("linux"));
        hostinfo.put("OSVersion", JsonValue.of("6.12"));
        hostinfo.put("Hostname", JsonValue.of(hostName()));
        hostinfo.put("Services", JsonValue.array(List.of(
                new JsonObject(Map.of("Proto", JsonValue.of("peerapi4"), "Port", JsonValue.of(40000))))));
        return new JsonObject(hostinfo);
    }

    private String hostName() {
        return device.substring(0, device.indexOf('.'));
    }
}
