package tsidp.client;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tsidp.json.JsonBoolean;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;
import tsidp.protocol.Scopes;

/// An application that signs people in here (RFC 6749 §2), as stored in `oidc-funnel-clients.json`. `metadata` is the
/// whole object in the file: unknown members are kept for the program that knows them.
///
/// @param secret empty for a client that has none
/// @param name empty for a client that has none
/// @param authenticationMethod `token_endpoint_auth_method`; empty for a client of the Go tsidp's admin page
public record Client(String id, String secret, String name, List<String> redirectUris, String authenticationMethod,
        JsonObject metadata) {

    /// Ours, a member of the client file: UserInfo and introspection return to the client what the scope of a token
    /// allows. A client that the Go tsidp created lacks it and gets everything, as there: its application must not
    /// notice the change. The Go tsidp drops the member when it writes the file.
    private static final String BY_SCOPE = "userinfo_by_scope";

    /// Ours, a member of the client file: an administrator trusts a client that registered itself, so that nobody is
    /// asked for consent. The Go tsidp drops it too, and then everybody is asked again.
    private static final String TRUSTED = "trusted";

    /// Ours, client metadata: a client with a secret asks with it that each of its refresh tokens works once.
    static final String ROTATION = "refresh_token_rotation";

    /// Cleans a name that the client itself chose, no matter how it got into the file.
    public Client {
        redirectUris = List.copyOf(redirectUris);
        if (isDynamic(metadata) && !name.isEmpty()) {
            name = ClientName.cleaned(name);
            metadata = metadata.with("client_name", JsonValue.of(name));
        }
    }

    /// A new client. The order of members is that of the Go tsidp.
    public static Client create(String id, String secret, ClientMetadata said, String createdAt) {
        JsonObject start = JsonObject.EMPTY.with("client_id", JsonValue.of(id));
        if (!secret.isEmpty()) {
            start = start.with("client_secret", JsonValue.of(secret));
        }
        JsonObject whole = changed(start, said).with("created_at", JsonValue.of(createdAt))
                .with("redirect_uri", JsonValue.of(said.redirectUris().getFirst())).with(BY_SCOPE, JsonBoolean.TRUE);
        return new Client(id, secret, said.name(), said.redirectUris(), said.authenticationMethod(), whole);
    }

    private static JsonObject changed(JsonObject from, ClientMetadata said) {
        var metadata = new LinkedHashMap<>(from.members());
        if (!said.others().members().isEmpty()) {
            // RFC 7592 §2.2: what a self-registered client omits from an update is deleted.
            metadata.keySet().removeAll(ClientMetadata.OPTIONAL);
        }
        metadata.put("client_name", JsonValue.of(said.name()));
        metadata.put("redirect_uris", JsonValue.of(said.redirectUris()));
        if (!said.authenticationMethod().isEmpty()) {
            metadata.put("token_endpoint_auth_method", JsonValue.of(said.authenticationMethod()));
        }
        metadata.putAll(said.others().members());
        metadata.computeIfPresent("redirect_uri", (_, _) -> JsonValue.of(said.redirectUris().getFirst()));
        return new JsonObject(metadata);
    }

    /// Reads a value of the file. A client with only the old `redirect_uri` gets `redirect_uris`, one
    /// with only the old `name` gets `client_name`.
    ///
    /// @throws IllegalArgumentException with the reason, if a member that we use has the wrong type, or `client_id` is
    ///     not the key
    public static Client fromJson(String key, JsonObject json) {
        var members = new Members(json);
        String id = members.textOrEmpty("client_id");
        if (!id.equals(key) || id.isEmpty()) {
            throw new IllegalArgumentException("client_id is not its key");
        }
        List<String> redirectUris = members.textsOrEmpty("redirect_uris");
        String old = members.textOrEmpty("redirect_uri");
        JsonObject metadata = json;
        if (redirectUris.isEmpty() && !old.isEmpty()) {
            redirectUris = List.of(old);
            metadata = json.with("redirect_uris", JsonValue.of(redirectUris));
        }
        String name = members.textOrEmpty("client_name");
        if (name.isEmpty() && !members.textOrEmpty("name").isEmpty()) {
            name = members.text("name");
            metadata = metadata.with("client_name", JsonValue.of(name));
        }
        return new Client(id, members.textOrEmpty("client_secret"), name, redirectUris,
                members.textOrEmpty("token_endpoint_auth_method"), metadata);
    }

    /// Whether it can't keep a secret (RFC 6749 §2.1), so that only PKCE proves that a code is its own.
    public boolean isPublic() {
        return authenticationMethod.equals("none");
    }

    /// Whether each of its refresh tokens works once. RFC 9700 §4.14 asks that for public clients; the tokens of others
    /// are worth nothing without the secret, so that they choose.
    public boolean rotatesRefreshTokens() {
        return isPublic() || metadata.isTrue(ROTATION);
    }

    /// Whether it registered itself (RFC 7591): no administrator approved it.
    public boolean isDynamic() {
        return isDynamic(metadata);
    }

    /// Whether somebody whom no administrator approved can act in its name: it has no secret, or registered itself.
    public boolean isAnybodys() {
        return isPublic() || isDynamic();
    }

    /// What is registered as a redirect URI, as by the Go tsidp, but can't be sent to: each with the reason.
    public Map<String, String> unusable() {
        return redirectUris.stream().distinct().filter(uri -> !RedirectUri.faultInUse(uri).isEmpty())
                .collect(Collectors.toMap(uri -> uri, RedirectUri::faultInUse));
    }

    private static boolean isDynamic(JsonObject metadata) {
        return metadata.isTrue("dynamically_registered");
    }

    /// Whether an administrator trusts it although it registered itself.
    public boolean isTrusted() {
        return isDynamic() && metadata.isTrue(TRUSTED);
    }

    /// Whether a person must be asked before it learns who they are: it registered itself, and no administrator trusts
    /// it. Trust answers that question and no other: everything else treats the client as before.
    public boolean needsConsent() {
        return isDynamic() && !isTrusted();
    }

    /// This client with other metadata. Trust was in the redirect URIs that the administrator saw: it ends if the
    /// client itself adds one.
    public Client with(ClientMetadata said) {
        String method = said.authenticationMethod().isEmpty() ? authenticationMethod : said.authenticationMethod();
        var changed = new Client(id, secret, said.name(), said.redirectUris(), method, changed(metadata, said));
        boolean isItsOwn = !said.others().members().isEmpty();
        return isItsOwn && !redirectUris.containsAll(said.redirectUris()) ? changed.trusted(false) : changed;
    }

    /// This client with another value of a setting, or without one.
    public Client with(Setting setting, Optional<JsonValue> value) {
        return new Client(id, secret, name, redirectUris, authenticationMethod,
                value.map(given -> metadata.with(setting.wireName(), given))
                        .orElseGet(() -> metadata.without(setting.wireName())));
    }

    /// This client, with or without the trust of an administrator.
    public Client trusted(boolean isTrusted) {
        return new Client(id, secret, name, redirectUris, authenticationMethod,
                isTrusted ? metadata.with(TRUSTED, JsonBoolean.TRUE) : metadata.without(TRUSTED));
    }

    /// This client with another secret.
    Client withSecret(String newSecret) {
        return new Client(id, newSecret, name, redirectUris, authenticationMethod,
                metadata.with("client_secret", JsonValue.of(newSecret)));
    }

    /// The scopes that decide what UserInfo and introspection return to it for a token with these scopes.
    public Scopes told(Scopes scopes) {
        return metadata.isTrue(BY_SCOPE) ? scopes : scopes.and(Scopes.STANDARD);
    }

    /// The client as shown in answers, including the secret.
    public JsonObject shown() {
        return metadata.without(BY_SCOPE);
    }

    /// Everything but the secret.
    public JsonObject withoutSecret() {
        return shown().without("client_secret");
    }

    /// Without the secret, which a record's default text would contain.
    @Override
    public String toString() {
        return "Client[" + id + "]";
    }
}
