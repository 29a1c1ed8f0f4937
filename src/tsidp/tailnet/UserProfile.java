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
public record UserProfile(long id, String loginName, String displayName, String profilePictureUrl) {

    /// @throws IllegalArgumentException if a member is missing or has the wrong type
    static UserProfile of(Members json) {
        return new UserProfile(Node.id(json, "ID"), json.text("LoginName"), json.textOrEmpty("DisplayName"),
                json.textOrEmpty("ProfilePicURL"));
    }

    /// Approximate size in bytes of heap.
    long weight() {
        return JsonValue.weight(List.of(loginName, displayName, profilePictureUrl));
    }

    JsonObject toJson() {
        var members = new LinkedHashMap<String, JsonValue>();
        members.put("ID", JsonValue.of(id));
        members.put("LoginName", JsonValue.of(loginName));
        members.put("DisplayName", JsonValue.of(displayName));
        members.put("ProfilePicURL", JsonValue.of(profilePictureUrl));
        return new JsonObject(members);
    }
}
