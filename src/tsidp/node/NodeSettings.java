package tsidp.node;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// How a node of our own joins.
///
/// @param tags as in `tag:idp`
/// @param controlUrl of another control server than Tailscale's; empty for Tailscale's
/// @param key an auth key, or an OAuth client's secret; empty if a person logs the node in
/// @param forcesLogin whether a node that is logged in logs in again with the key
public record NodeSettings(String hostname, List<String> tags, String controlUrl, String key, boolean forcesLogin) {

    /// From `tailcfg.CheckTag`.
    private static final Pattern TAG = Pattern.compile("tag:[a-zA-Z][a-zA-Z0-9-]*");

    /// Copies the list.
    ///
    /// @throws IllegalArgumentException with a sentence, if there is no name, a tag is none, or the key can't be used
    public NodeSettings {
        tags = List.copyOf(tags);
        if (hostname.isEmpty()) {
            throw new IllegalArgumentException("-hostname needs a name");
        }
        for (String tag : tags) {
            if (!TAG.matcher(tag).matches()) {
                throw new IllegalArgumentException("-advertise-tags takes tags like tag:idp, with commas: \"" + tag
                        + "\" is none");
            }
        }
        if (tags.isEmpty() && OAuthSecret.is(key)) {
            throw new IllegalArgumentException("an OAuth client's secret in TS_AUTHKEY makes keys for tagged nodes"
                    + " alone: add -advertise-tags with a tag of that client");
        }
        if (OAuthSecret.is(key)) {
            OAuthSecret.parse(key);
        }
    }

    /// `ipn.Options`, with that auth key. What else a preference could say has Go's zero value, as with tsnet.
    JsonObject options(String authKey) {
        var preferences = new JsonObject(Map.of(
                "Hostname", JsonValue.of(hostname),
                "WantRunning", JsonValue.of(true),
                "ControlURL", JsonValue.of(controlUrl),
                "AdvertiseTags", JsonValue.of(tags)));
        return new JsonObject(Map.of("UpdatePrefs", preferences, "AuthKey", JsonValue.of(authKey)));
    }

    /// Without the key.
    @Override
    public String toString() {
        return "NodeSettings[" + hostname + ", " + tags + "]";
    }
}
