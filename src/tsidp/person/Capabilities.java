package tsidp.person;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tsidp.json.JsonArray;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.protocol.Uris;
import tsidp.tailnet.Peer;

/// What the tailnet policy grants a person here: the rules of the app capability `tailscale.com/cap/tsidp`, combined.
/// Anything not granted is denied.
public final class Capabilities {

    /// Claims that no rule may set: they say who the person is, and where and how long a token is valid.
    private static final Set<String> PROTECTED_CLAIMS = Set.of(
            // The Go tsidp's list.
            "sub", "aud", "exp", "iat", "iss", "jti", "nbf", "preferred_username", "email", "picture", "azp",
            "key", "addresses", "nid", "node", "tailnet", "tags", "user", "uid",
            // Ours: the other standard claims that bind a token or decide whether it is accepted.
            "nonce", "auth_time", "acr", "amr", "at_hash", "c_hash", "sid", "act", "cnf", "client_id", "scope",
            "active", "token_type");

    /// Ours, in bytes as they are written: all extraClaims of a person. They go into every ID token, each of which is
    /// in memory several times until it is sent, and a cookie or a header holds no more.
    private static final int MAX_CLAIMS_BYTES = 16 << 10;

    private record Rule(Set<String> users, Set<String> resources, JsonObject extraClaims, boolean includeInUserInfo,
            boolean allowsAdminUi, boolean allowsDcr) {

        boolean speaksOf(Person person) {
            return users.contains("*") || users.contains(person.loginName());
        }

        boolean allows(String resource) {
            return resources.contains("*") || Uris.contains(resources, resource);
        }
    }

    private final List<Rule> rules = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private int claimsBytes;

    /// The rules that whois gave with a peer. A rule with a field of the wrong type grants nothing.
    Capabilities(Peer peer) {
        for (JsonObject rule : peer.capabilities()) {
            JsonObject json = rule.withoutAbsent();
            try {
                rules.add(new Rule(texts(json, "users"), texts(json, "resources"), extraClaims(json),
                        flag(json, "includeInUserInfo"), flag(json, "allow_admin_ui"), flag(json, "allow_dcr")));
            } catch (IllegalArgumentException e) {
                faults.add("a rule of tailscale.com/cap/tsidp is ignored: " + e.getMessage());
            }
        }
        if (peer.ignoredCapabilities() > 0) {
            faults.add("a rule of tailscale.com/cap/tsidp is ignored: it is not an object,"
                    + " is nested too deeply, or all rules together are too large");
        }
    }

    /// What is wrong with rules that are ignored: sentences that name the field.
    public List<String> faults() {
        return faults;
    }

    private static Set<String> texts(JsonObject json, String field) {
        return json.get(field).isEmpty() ? Set.of() : Set.copyOf(json.strings(field)
                .orElseThrow(() -> new IllegalArgumentException(field + " is not a list of strings")));
    }

    private static boolean flag(JsonObject json, String field) {
        if (json.get(field).isPresent() && !(json.get(field).get() instanceof JsonBoolean)) {
            throw new IllegalArgumentException(field + " is not true or false");
        }
        return json.isTrue(field);
    }

    private JsonObject extraClaims(JsonObject json) {
        if (json.get("extraClaims").isEmpty()) {
            return JsonObject.EMPTY;
        }
        JsonObject claims = json.object("extraClaims")
                .orElseThrow(() -> new IllegalArgumentException("extraClaims is not an object"));
        int bytes = JsonWriter.writeBytes(claims).length;
        if (claimsBytes + bytes > MAX_CLAIMS_BYTES) {
            throw new IllegalArgumentException("extraClaims of all rules together exceed " + MAX_CLAIMS_BYTES
                    + " bytes");
        }
        claimsBytes += bytes;
        return claims;
    }

    /// Whether a rule has `allow_admin_ui`.
    boolean allowsAdminUi() {
        return rules.stream().anyMatch(Rule::allowsAdminUi);
    }

    /// Whether a rule has `allow_dcr`.
    boolean allowsDcr() {
        return rules.stream().anyMatch(Rule::allowsDcr);
    }

    /// The resources that a rule allows to the person (`users` and `resources`, each with `*` for all), each once.
    public List<String> allowed(Person person, List<String> resources) {
        return Uris.distinct(resources).stream()
                .filter(resource -> rules.stream().anyMatch(rule -> rule.speaksOf(person) && rule.allows(resource)))
                .toList();
    }

    /// The claims with those that the rules add for an ID token.
    ///
    /// @throws Refusal (invalid_request) if a rule would set a protected claim
    public JsonObject addTo(JsonObject claims) throws Refusal {
        return merged(claims, rules);
    }

    /// The claims with those that the rules with `includeInUserInfo` add for the UserInfo answer.
    ///
    /// @throws Refusal (invalid_request) if a rule would set a protected claim
    public JsonObject addToUserInfo(JsonObject claims) throws Refusal {
        return merged(claims, rules.stream().filter(Rule::includeInUserInfo).toList());
    }

    private static JsonObject merged(JsonObject claims, List<Rule> rules) throws Refusal {
        var extra = new LinkedHashMap<String, JsonValue>();
        for (Rule rule : rules) {
            for (var claim : rule.extraClaims().members().entrySet()) {
                if (PROTECTED_CLAIMS.contains(claim.getKey())) {
                    throw new Refusal(OAuthError.INVALID_REQUEST, "extraClaims in the tailnet policy sets a protected"
                            + " claim", "protected claim " + claim.getKey());
                }
                extra.merge(claim.getKey(), claim.getValue(), Capabilities::united);
            }
        }
        if (extra.isEmpty()) {
            return claims;
        }
        var all = new LinkedHashMap<String, JsonValue>(claims.members());
        all.putAll(extra);
        return new JsonObject(all);
    }

    /// Lists are merged without duplicates; a single value joins a list; of two single values the first rule's wins.
    private static JsonValue united(JsonValue first, JsonValue second) {
        if (!(first instanceof JsonArray) && !(second instanceof JsonArray)) {
            return first;
        }
        var values = new LinkedHashSet<JsonValue>(elements(first));
        values.addAll(elements(second));
        return JsonValue.array(List.copyOf(values));
    }

    private static List<JsonValue> elements(JsonValue value) {
        return value instanceof JsonArray(List<JsonValue> values) ? values : List.of(value);
    }
}
