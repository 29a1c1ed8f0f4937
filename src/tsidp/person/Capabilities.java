package tsidp.person;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tsidp.json.JsonArray;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonNull;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.protocol.Uris;
import tsidp.tailnet.Peer;

/// What the tailnet policy grants a person here: the rules of the app capability `tailscale.com/cap/tsidp`, combined.
/// Anything not granted is denied.
public final class Capabilities {

    /// Claims that no rule may set: they identify the person, or say for whom and how long a token is valid. What only
    /// describes the person (`name`, `preferred_username`, `picture`) is a rule's to set.
    private static final Set<String> PROTECTED_CLAIMS = Set.of(
            // The Go tsidp's list.
            "sub", "aud", "exp", "iat", "iss", "jti", "nbf", "nonce", "username", "email",
            "key", "addresses", "nid", "node", "tailnet", "tags", "user", "uid",
            // Ours: the other registered claims (IANA, JSON Web Token Claims, OAuth Token Introspection Response) that
            // bind a token, decide whether it is accepted, or refer to claims elsewhere.
            "azp", "scope", "client_id", "cnf", "act", "may_act", "sid", "auth_time", "acr", "amr", "at_hash",
            "c_hash", "s_hash", "sub_id", "sub_jwk", "events", "active", "token_type", "authorization_details",
            "_claim_names", "_claim_sources");

    /// Ours, in bytes as they are written: all extraClaims of a person. They go into every ID token, each of which is
    /// in memory several times until it is sent, and a cookie or a header holds no more.
    private static final int MAX_CLAIMS_BYTES = 16 << 10;

    /// The claim that whois and the rules fill together.
    private static final String GROUPS = "groups";

    private record Rule(Set<String> users, Set<String> resources, JsonObject extraClaims, boolean includeInUserInfo,
            boolean allowsAdminUi, boolean allowsDcr) {

        boolean speaksOf(Person person) {
            return users.contains("*") || users.contains(person.loginName());
        }

        boolean names(String resource) {
            return Uris.contains(resources, resource);
        }

        boolean allows(String resource) {
            return names("*") || names(resource);
        }
    }

    private final List<Rule> rules = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final JsonArray ownGroups;
    private int claimsBytes;

    /// The rules that whois gave with a peer. A rule with a field of the wrong type grants nothing; one that sets a
    /// protected claim loses that claim.
    Capabilities(Peer peer) {
        ownGroups = JsonValue.of(peer.user().groups());
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
        if (peer.user().ignoredGroups() > 0) {
            faults.add(peer.user().ignoredGroups() + " groups of tailscaled's whois are left out: together they are"
                    + " too large");
        }
    }

    /// What is wrong with rules that are ignored, as a whole or in part: sentences that name the field.
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
        JsonObject set = json.object("extraClaims")
                .orElseThrow(() -> new IllegalArgumentException("extraClaims is not an object"));
        List<String> lost = set.members().keySet().stream().filter(Capabilities::isProtected).toList();
        if (!lost.isEmpty()) {
            faults.add("extraClaims of a rule of tailscale.com/cap/tsidp sets protected claims, which are left out: "
                    + String.join(" ", lost));
        }
        var kept = new LinkedHashMap<>(set.members());
        kept.keySet().removeAll(lost);
        var claims = new JsonObject(kept);
        int bytes = JsonWriter.writeBytes(claims).length;
        if (claimsBytes + bytes > MAX_CLAIMS_BYTES) {
            throw new IllegalArgumentException("extraClaims of all rules together exceed " + MAX_CLAIMS_BYTES
                    + " bytes");
        }
        claimsBytes += bytes;
        return claims;
    }

    /// Compared as Go's encoding/json matches names: without case, with `ſ` as s and the Kelvin sign as k. An
    /// application written in Go would take such a claim for the protected one.
    private static boolean isProtected(String claim) {
        return PROTECTED_CLAIMS.contains(claim.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT));
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

    /// Of some audiences, those that a rule allows to the person and names beside one of a gateway's own resources: for
    /// these, the gateway may exchange the person's tokens (RFC 8693). `*` is not the name of a gateway: with it,
    /// anybody who may register clients could make one.
    public List<String> behind(Person person, List<String> gateway, List<String> audiences) {
        return audiences.stream().filter(audience -> rules.stream().anyMatch(rule -> rule.speaksOf(person)
                && rule.allows(audience) && gateway.stream().anyMatch(rule::names))).toList();
    }

    /// The groups that whois or a rule has for the person: the claim `groups`, where its scope is asked for.
    public JsonArray groups() {
        return new JsonArray(elements(addTo(JsonObject.EMPTY.with(GROUPS, ownGroups)).members().get(GROUPS)));
    }

    /// The claims with those that the rules add for an ID token or an introspection.
    public JsonObject addTo(JsonObject claims) {
        return merged(claims, rules);
    }

    /// The claims with those that the rules with `includeInUserInfo` add for the UserInfo answer.
    public JsonObject addToUserInfo(JsonObject claims) {
        return merged(claims, rules.stream().filter(Rule::includeInUserInfo).toList());
    }

    private JsonObject merged(JsonObject claims, List<Rule> rules) {
        var extra = new LinkedHashMap<String, JsonValue>();
        for (Rule rule : rules) {
            rule.extraClaims().members().forEach((name, value) -> extra.merge(name, value, Capabilities::united));
        }
        if (claims.get(GROUPS).isPresent() || !ownGroups.values().isEmpty()) {
            extra.computeIfPresent(GROUPS, (_, set) -> united(claims.get(GROUPS).orElse(ownGroups), set));
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
        return switch (value) {
            case JsonArray(List<JsonValue> values) -> values;
            case JsonNull _ -> List.of();
            case JsonValue single -> List.of(single);
        };
    }
}
