package tsidp.node;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// How our own node joins its tailnet.
///
/// @param tags as in `tag:idp`
/// @param controlUrl of the control server; empty for Tailscale's
/// @param key an auth key, or an OAuth client's secret; empty if a person logs the node in
/// @param forcesLogin whether to log in with the key even if the node is logged in
public record NodeSettings(String hostname, List<String> tags, String controlUrl, String key, boolean forcesLogin) {

    /// From `tailcfg.CheckTag`.
    private static final Pattern TAG = Pattern.compile("tag:[a-zA-Z][a-zA-Z0-9-]*");

    /// Copies the list.
    ///
    /// @throws IllegalArgumentException with a message for the operator, if the name is empty, a tag is invalid, or the
    ///     key can't be used
    public NodeSettings {
        tags = List.copyOf(tags);
        if (hostname.isEmpty()) {
            throw new IllegalArgumentException("-hostname needs a name");
        }
        for (String tag : tags) {
            if (!TAG.matcher(tag).matches()) {
                throw new IllegalArgumentException("invalid tag \"" + tag
                        + "\": -advertise-tags takes a comma-separated list, as in tag:idp,tag:web");
            }
        }
        if (tags.isEmpty() && OAuthSecret.is(key)) {
            throw new IllegalArgumentException("an OAuth client's secret in TS_AUTHKEY makes keys only for tagged"
                    + " nodes: add -advertise-tags with a tag of that client");
        }
        if (OAuthSecret.is(key)) {
            OAuthSecret.parse(key);
        }
    }

    /// `ipn.Options` with this auth key. All other preferences have Go's zero values, as with tsnet.
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
