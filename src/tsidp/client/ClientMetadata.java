package tsidp.client;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.json.JsonString;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// Client metadata (RFC 7591 §2), from the client itself or from an administrator.
///
/// @param authenticationMethod `token_endpoint_auth_method`; empty if not given
/// @param others further members of the client file; only a self-registered client has any
public record ClientMetadata(String name, List<String> redirectUris, String authenticationMethod, JsonObject others) {

    /// From the standards.
    private static final Set<String> AUTHENTICATION_METHODS =
            Set.of("client_secret_basic", "client_secret_post", "none");
    private static final Set<String> GRANT_TYPES = Set.of("authorization_code", "refresh_token",
            "urn:ietf:params:oauth:grant-type:token-exchange");
    private static final Set<String> APPLICATION_TYPES = Set.of("web", "native");

    /// Optional members of a registration that have no default (RFC 7591 §2, and ours).
    static final Set<String> OPTIONAL = Stream.concat(Stream.of("scope", "client_uri", "logo_uri", "contacts",
            Client.ROTATION), Arrays.stream(Setting.values()).map(Setting::wireName)).collect(Collectors.toSet());

    /// Ours, in characters and numbers.
    private static final int MAX_NAME_LENGTH = 200;
    static final int MAX_REDIRECT_URIS = 100;
    private static final int MAX_TEXT_LENGTH = 2048;
    private static final int MAX_CONTACTS = 10;

    /// Ours: the size of the metadata as written, from a registration or an administrator. Every change writes the
    /// whole file.
    private static final int MAX_REGISTRATION_BYTES = 4 << 10;
    private static final int MAX_ADMINISTRATORS_BYTES = 16 << 10;

    public ClientMetadata {
        redirectUris = List.copyOf(redirectUris);
    }

    /// Metadata from an administrator: a name, which may be empty, and redirect URIs; `isPublic` for a client without a
    /// secret.
    ///
    /// @throws Refusal (invalid_request; invalid_redirect_uri) with the reason
    public static ClientMetadata ofAdministrator(String name, List<String> redirectUris, boolean isPublic)
            throws Refusal {
        return ofAdministrator(name, redirectUris, isPublic, List.of());
    }

    /// The same for a client that has redirect URIs already, which may stay whatever they are.
    ///
    /// @throws Refusal (invalid_request; invalid_redirect_uri) with the reason
    public static ClientMetadata ofAdministrator(String name, List<String> redirectUris, boolean isPublic,
            List<String> known) throws Refusal {
        if (name.length() > MAX_NAME_LENGTH || name.chars().anyMatch(Character::isISOControl)) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "a client's name has at most " + MAX_NAME_LENGTH
                    + " characters, and no control characters");
        }
        refuseNumber(redirectUris);
        for (String uri : redirectUris) {
            String fault = known.contains(uri) ? "" : RedirectUri.fault(uri);
            if (!fault.isEmpty()) {
                throw refused(uri, fault);
            }
        }
        var said = new ClientMetadata(name, redirectUris, isPublic ? "none" : "", JsonObject.EMPTY);
        if (said.writtenBytes() > MAX_ADMINISTRATORS_BYTES) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "name and redirect URIs are larger than "
                    + MAX_ADMINISTRATORS_BYTES + " bytes");
        }
        return said;
    }

    /// Metadata from a registration request. Unknown members are ignored (RFC 7591 §2); values that are not possible
    /// here are left out or replaced by their defaults, and the answer shows which are left (§3.2.1).
    ///
    /// @throws Refusal (invalid_redirect_uri, if no redirect URI is left; invalid_client_metadata)
    public static ClientMetadata ofRegistration(JsonObject sent, Issuer issuer) throws Refusal {
        JsonObject json = sent.withoutAbsent();
        List<String> asked = texts(json, "redirect_uris").stream().distinct().toList();
        if (asked.isEmpty()) {
            throw invalid("redirect_uris is missing");
        }
        refuseNumber(asked);
        List<String> redirectUris = asked.stream()
                .filter(uri -> RedirectUri.faultForAnybody(uri, issuer).isEmpty()).toList();
        if (redirectUris.isEmpty()) {
            throw refused(asked.getFirst(), RedirectUri.faultForAnybody(asked.getFirst(), issuer));
        }
        String name = ClientName.cleaned(text(json, "client_name", ""));
        var others = new LinkedHashMap<String, JsonValue>();
        others.put("grant_types", JsonValue.of(allSupported(json, "grant_types", "authorization_code", GRANT_TYPES)));
        others.put("response_types", JsonValue.of(allSupported(json, "response_types", "code", Set.of("code"))));
        others.put("application_type", JsonValue.of(supported(json, "application_type", "web", APPLICATION_TYPES)));
        for (String member : List.of("scope", "client_uri", "logo_uri")) {
            String text = text(json, member, "");
            if (!text.isEmpty()) {
                others.put(member, JsonValue.of(text));
            }
        }
        List<String> contacts = texts(json, "contacts").stream().filter(text -> !text.isEmpty()).toList();
        if (contacts.size() > MAX_CONTACTS) {
            throw invalid("contacts has more than " + MAX_CONTACTS + " entries");
        }
        if (!contacts.isEmpty()) {
            others.put("contacts", JsonValue.of(contacts));
        }
        for (Setting setting : Setting.values()) {
            setting.of(json).ifPresent(value -> others.put(setting.wireName(), value));
        }
        if (json.isTrue(Client.ROTATION)) {
            others.put(Client.ROTATION, JsonBoolean.TRUE);
        }
        others.put("dynamically_registered", JsonBoolean.TRUE);
        String method = supported(json, "token_endpoint_auth_method", "client_secret_basic", AUTHENTICATION_METHODS);
        var said = new ClientMetadata(name, redirectUris, method, new JsonObject(others));
        if (said.writtenBytes() > MAX_REGISTRATION_BYTES) {
            throw invalid("the client metadata is larger than " + MAX_REGISTRATION_BYTES + " bytes");
        }
        return said;
    }

    private int writtenBytes() {
        return JsonWriter.writeBytes(others.with("client_name", JsonValue.of(name))
                .with("redirect_uris", JsonValue.of(redirectUris))).length;
    }

    private static void refuseNumber(List<String> redirectUris) throws Refusal {
        if (redirectUris.isEmpty() || redirectUris.size() > MAX_REDIRECT_URIS) {
            throw new Refusal(OAuthError.INVALID_REDIRECT_URI,
                    "a client needs 1 to " + MAX_REDIRECT_URIS + " redirect URIs");
        }
    }

    private static Refusal refused(String uri, String fault) {
        return new Refusal(OAuthError.INVALID_REDIRECT_URI, "a redirect URI can't be registered: " + fault, uri);
    }

    private static String text(JsonObject json, String name, String otherwise) throws Refusal {
        Optional<JsonValue> value = json.get(name);
        if (value.isEmpty()) {
            return otherwise;
        }
        if (value.get() instanceof JsonString(String text) && text.length() <= MAX_TEXT_LENGTH) {
            return text;
        }
        throw invalid(name + " must be a string of at most " + MAX_TEXT_LENGTH + " characters");
    }

    private static List<String> texts(JsonObject json, String name) throws Refusal {
        return json.get(name).isEmpty() ? List.of() : json.strings(name).orElseThrow(
                () -> invalid(name + " must be a list of strings"));
    }

    /// Those of the values that we support, or the default.
    private static List<String> allSupported(JsonObject json, String name, String otherwise, Set<String> supported)
            throws Refusal {
        List<String> kept = texts(json, name).stream().filter(supported::contains).distinct().toList();
        return kept.isEmpty() ? List.of(otherwise) : kept;
    }

    /// The value, if we support it, or the default.
    private static String supported(JsonObject json, String name, String otherwise, Set<String> supported)
            throws Refusal {
        String value = text(json, name, otherwise);
        return supported.contains(value) ? value : otherwise;
    }

    private static Refusal invalid(String description) {
        return new Refusal(OAuthError.INVALID_CLIENT_METADATA, description);
    }
}
