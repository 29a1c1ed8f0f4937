package tsidp.client;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tsidp.jose.Algorithm;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// Client metadata that a client may have or not, whoever registered it: addresses besides its redirect URIs, and how
/// its ID tokens are signed.
public enum Setting {
    /// Where a person may be sent after signing out (RP-Initiated Logout 1.0 §3.1).
    POST_LOGOUT_REDIRECT_URIS("post_logout_redirect_uris", true),
    /// Where a sign-in can be started (OpenID Connect Core §4).
    INITIATE_LOGIN_URI("initiate_login_uri", false),
    /// What is told that a sign-in has ended (Back-Channel Logout 1.0 §2.2).
    BACKCHANNEL_LOGOUT_URI("backchannel_logout_uri", false),
    /// How its ID tokens are signed (OpenID Connect Dynamic Client Registration 1.0 §2).
    ID_TOKEN_ALGORITHM("id_token_signed_response_alg", false),
    /// The terms of service (RFC 7591 §2).
    TOS_URI("tos_uri", false),
    /// What becomes of the data (RFC 7591 §2).
    POLICY_URI("policy_uri", false);

    private final String wireName;
    private final boolean isList;

    Setting(String wireName, boolean isList) {
        this.wireName = wireName;
        this.isList = isList;
    }

    /// The name of the member, and of the field of a form.
    public String wireName() {
        return wireName;
    }

    /// The flag of `tsidp client`.
    public String flag() {
        return this == ID_TOKEN_ALGORITHM ? "-alg" : "-" + wireName.replace('_', '-').replaceFirst("uris$", "uri");
    }

    /// The values that a client has, without those that can't be one: its file may be another program's.
    public List<String> of(Client client) {
        return (isList ? client.metadata().strings(wireName).orElse(List.of())
                : client.metadata().string(wireName).stream().toList()).stream()
                .filter(value -> fault(value, true).isEmpty()).toList();
    }

    /// The value in a registration request; empty if there is none. A link that can't be shown is left out (RFC 7591
    /// §3.2.1).
    ///
    /// @throws Refusal (invalid_client_metadata) with the reason
    Optional<JsonValue> of(JsonObject sent) throws Refusal {
        try {
            return read(sent);
        } catch (Refusal refusal) {
            if (this == TOS_URI || this == POLICY_URI) {
                return Optional.empty();
            }
            throw refusal;
        }
    }

    private Optional<JsonValue> read(JsonObject sent) throws Refusal {
        if (sent.get(wireName).isEmpty()) {
            return Optional.empty();
        }
        Optional<List<String>> uris = isList ? sent.strings(wireName) : sent.string(wireName).map(List::of);
        return value(uris.orElseThrow(() -> refused("it has the wrong type")), false);
    }

    /// The value of a form's field, one URI a line; empty if it has none.
    ///
    /// @throws Refusal (invalid_client_metadata) with the reason
    public Optional<JsonValue> of(String lines) throws Refusal {
        return value(lines.lines().map(String::strip).filter(line -> !line.isEmpty()).toList(), true);
    }

    private Optional<JsonValue> value(List<String> uris, boolean isAdministrators) throws Refusal {
        if (uris.size() > (isList ? ClientMetadata.MAX_REDIRECT_URIS : 1)) {
            throw refused("there are too many");
        }
        for (String uri : uris) {
            String fault = fault(uri, isAdministrators);
            if (!fault.isEmpty()) {
                throw refused(fault);
            }
        }
        return uris.isEmpty() ? Optional.empty()
                : Optional.of(isList ? JsonValue.of(uris) : JsonValue.of(uris.getFirst()));
    }

    private String fault(String value, boolean isAdministrators) {
        if (this == ID_TOKEN_ALGORITHM) {
            return Algorithm.of(value).isPresent() ? "" : "it must be one of " + String.join(", ", Algorithm.names());
        }
        String fault = RedirectUri.fault(value);
        return fault.isEmpty() && !isList && !isWeb(value, isAdministrators) ? "it is not https" : fault;
    }

    /// An administrator knows whether http stays in a network of theirs.
    private boolean isWeb(String uri, boolean isAdministrators) {
        String scheme = URI.create(uri).getScheme().toLowerCase(Locale.ROOT);
        return URI.create(uri).getHost() != null && (scheme.equals("https")
                || this == BACKCHANNEL_LOGOUT_URI && isAdministrators && scheme.equals("http"));
    }

    private Refusal refused(String fault) {
        return new Refusal(OAuthError.INVALID_CLIENT_METADATA, wireName + " can't be registered: " + fault);
    }
}
