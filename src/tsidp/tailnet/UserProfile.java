package tsidp.tailnet;

import java.util.LinkedHashMap;
import java.util.List;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;

/// The user that a machine belongs to (`UserProfile` in LocalAPI's whois).
///
/// @param loginName looks like an e-mail address but may not be one: `alice@example.com`, `alice@github`
/// @param displayName may be empty
/// @param profilePictureUrl may be empty
/// @param groups that contain the user, as far as the control server reports them to this node
/// @param ignoredGroups how many more were reported, beyond our limit
public record UserProfile(long id, String loginName, String displayName, String profilePictureUrl,
        List<String> groups, int ignoredGroups) {

    /// Ours, in bytes of heap: they are kept with each sign-in and go into its ID tokens. Enough for some 200 groups.
    private static final long MAX_GROUPS_WEIGHT = 16 << 10;

    public UserProfile {
        groups = List.copyOf(groups);
    }

    /// @throws IllegalArgumentException if a member is missing or has the wrong type
    static UserProfile of(Members json) {
        List<String> groups = json.textsOrEmpty("Groups");
        int kept = 0;
        for (long weight = 0; kept < groups.size(); kept++) {
            weight += JsonValue.weight(groups.get(kept)) + JsonValue.REFERENCE_WEIGHT;
            if (weight > MAX_GROUPS_WEIGHT) {
                break;
            }
        }
        return new UserProfile(Node.id(json, "ID"), json.text("LoginName"), json.textOrEmpty("DisplayName"),
                json.textOrEmpty("ProfilePicURL"), groups.subList(0, kept), groups.size() - kept);
    }

    /// Approximate size of the names in bytes of heap.
    long namesWeight() {
        return JsonValue.weight(List.of(loginName, displayName, profilePictureUrl));
    }

    /// Approximate size in bytes of heap.
    long weight() {
        return namesWeight() + JsonValue.weight(groups);
    }

    JsonObject toJson() {
        var members = new LinkedHashMap<String, JsonValue>();
        members.put("ID", JsonValue.of(id));
        members.put("LoginName", JsonValue.of(loginName));
        members.put("DisplayName", JsonValue.of(displayName));
        members.put("ProfilePicURL", JsonValue.of(profilePictureUrl));
        if (!groups.isEmpty()) {
            members.put("Groups", JsonValue.of(groups));
        }
        return new JsonObject(members);
    }
}
