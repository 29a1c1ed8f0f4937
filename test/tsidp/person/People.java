package tsidp.person;

import java.util.List;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.tailnet.Node;
import tsidp.tailnet.Peer;
import tsidp.tailnet.UserProfile;

/// People, as identified by whois.
public final class People {

    private People() {
    }

    /// A person with their own device, and the rules that the policy has for them, as JSON.
    public static Person person(String loginName, int number, String... rules) {
        return person(loginName, number, List.of(), rules);
    }

    /// The same, in groups.
    public static Person person(String loginName, int number, List<String> groups, String... rules) {
        return Person.at(new Peer(
                new Node(number, "n" + number + "CNTRL", "laptop-" + number + ".example.ts.net.", 1000 + number,
                        "nodekey:" + number, List.of("100.64.0." + number % 256 + "/32"), List.of(), false),
                new UserProfile(1000 + number, loginName, "Name " + number, "https://example.com/" + number + ".png",
                        groups, 0),
                List.of(rules).stream().map(People::json).toList(), 0));
    }

    public static Person alice(String... rules) {
        return person("alice@example.com", 1, rules);
    }

    public static Person bob(String... rules) {
        return person("bob@example.com", 2, rules);
    }

    public static JsonObject json(String text) {
        try {
            return JsonReader.readObject(text.replace('\'', '"').getBytes());
        } catch (JsonException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
