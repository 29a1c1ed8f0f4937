package tsidp.protocol;

/// The errors that we answer with: the name in the answer, the HTTP status (unless sent by redirect), and the standard.
public enum OAuthError {
    /// RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1: a parameter is missing, repeated, malformed or refused.
    INVALID_REQUEST("invalid_request", 400),
    /// RFC 6749 §5.2: client authentication failed.
    INVALID_CLIENT("invalid_client", 401),
    /// RFC 6749 §4.1.2.1: the client named at the authorization endpoint is unknown; shown to the person.
    UNKNOWN_CLIENT("invalid_client", 400),
    /// RFC 6749 §5.2: the code or the refresh token is spent, expired, revoked or another client's.
    INVALID_GRANT("invalid_grant", 400),
    /// RFC 6749 §4.1.2.1: the client may not use this.
    UNAUTHORIZED_CLIENT("unauthorized_client", 400),
    /// RFC 6749 §5.2.
    UNSUPPORTED_GRANT_TYPE("unsupported_grant_type", 400),
    /// RFC 6749 §4.1.2.1.
    UNSUPPORTED_RESPONSE_TYPE("unsupported_response_type", 400),
    /// RFC 6749 §5.2: only at /token; the authorization endpoint ignores unknown scopes.
    INVALID_SCOPE("invalid_scope", 400),
    /// RFC 6749 §4.1.2.1: the caller is not permitted to do this.
    ACCESS_DENIED("access_denied", 403),
    /// RFC 6749 §4.1.2.1: the tailnet policy does not grant this person the required capability.
    NOT_GRANTED("access_denied", 403),
    /// RFC 6749 §4.1.2.1: a form that was not issued to this person by one of our pages.
    FOREIGN_FORM("access_denied", 403),
    /// RFC 6749 §4.1.2.1, with the Go tsidp's status: the request came from the Internet, where nobody can be
    /// identified.
    OVER_FUNNEL("access_denied", 401),
    /// RFC 6749 §4.1.2.1: an internal error.
    SERVER_ERROR("server_error", 500),
    /// RFC 6749 §4.1.2.1: tailscaled or the disk is temporarily unavailable.
    TEMPORARILY_UNAVAILABLE("temporarily_unavailable", 503),
    /// The same, because too many ask at once.
    CROWDED("temporarily_unavailable", 503),
    /// RFC 8707 §2: the resource is malformed, unknown or not granted.
    INVALID_TARGET("invalid_target", 400),
    /// RFC 6750 §3.1: the access token is unknown, expired or revoked.
    INVALID_TOKEN("invalid_token", 401),
    /// RFC 6750 §3: no token was sent; such an answer names no error.
    NO_TOKEN("", 401),
    /// OpenID Connect Core §6.1.
    REQUEST_NOT_SUPPORTED("request_not_supported", 400),
    /// OpenID Connect Core §6.2.
    REQUEST_URI_NOT_SUPPORTED("request_uri_not_supported", 400),
    /// OpenID Connect Core §7.2.1.
    REGISTRATION_NOT_SUPPORTED("registration_not_supported", 400),
    /// OpenID Connect Core §3.1.2.6: the person can't be signed in without a click, or is not whom the client means.
    LOGIN_REQUIRED("login_required", 400),
    /// OpenID Connect Core §3.1.2.6: consent is required, but `prompt` does not allow asking for it.
    CONSENT_REQUIRED("consent_required", 400),
    /// RFC 7591 §3.2.2.
    INVALID_REDIRECT_URI("invalid_redirect_uri", 400),
    /// RFC 7591 §3.2.2.
    INVALID_CLIENT_METADATA("invalid_client_metadata", 400),
    /// RFC 9110 §15.5.5.
    NOT_FOUND("not_found", 404),
    /// RFC 9110 §15.5.6.
    METHOD_NOT_ALLOWED("invalid_request", 405),
    /// RFC 9110 §15.5.14.
    CONTENT_TOO_LARGE("invalid_request", 413),
    /// RFC 6585 §5.
    HEAD_TOO_LARGE("invalid_request", 431),
    /// RFC 9110 §15.5.20: the request names a host that is not ours.
    MISDIRECTED_REQUEST("invalid_request", 421);

    private final String wireName;
    private final int status;

    OAuthError(String wireName, int status) {
        this.wireName = wireName;
        this.status = status;
    }

    /// The value of `error`; empty if the answer names none.
    public String wireName() {
        return wireName;
    }

    /// The HTTP status.
    public int status() {
        return status;
    }
}
