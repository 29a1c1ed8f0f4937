package tsidp.protocol;

/// A refused request: thrown where the reason is found, caught once, in the router. It has three parts: the error, a
/// description for the client, and a detail for the operator's log only.
public final class Refusal extends Exception {

    private final OAuthError error;
    private final String detail;
    private final MissingCapability missing;

    /// With a description of printable ASCII without `"` and `\` (RFC 6749 §5.2), and a detail that contains no secret.
    ///
    /// @throws IllegalArgumentException if the description has other characters
    public Refusal(OAuthError error, String description, String detail) {
        this(error, description, detail, MissingCapability.NONE);
    }

    private Refusal(OAuthError error, String description, String detail, MissingCapability missing) {
        super(description, null, false, false);
        if (!description.chars().allMatch(c -> c >= 0x20 && c <= 0x7e && c != '"' && c != '\\')) {
            throw new IllegalArgumentException("error_description has a character that RFC 6749 §5.2 excludes");
        }
        this.error = error;
        this.detail = detail;
        this.missing = missing;
    }

    /// Without a detail for the log.
    public Refusal(OAuthError error, String description) {
        this(error, description, "");
    }

    /// For a person whom the tailnet policy does not allow to do `what`.
    public static Refusal notGranted(MissingCapability missing, String what, String detail) {
        return new Refusal(OAuthError.NOT_GRANTED, "no grant of the tailnet policy lets you " + what + ": "
                + missing.field() + " of tailscale.com/cap/tsidp is missing", detail, missing);
    }

    /// The error.
    public OAuthError error() {
        return error;
    }

    /// What the client is told: a sentence in printable ASCII.
    public String description() {
        return getMessage();
    }

    /// What only the log says; may be empty.
    public String detail() {
        return detail;
    }

    /// The same refusal, where the log also says whose request was refused.
    public Refusal of(String whose) {
        return new Refusal(error, getMessage(), detail.isEmpty() ? whose : detail + ", " + whose, missing);
    }

    /// The capability that the person lacks; `NONE` if that is not the reason.
    public MissingCapability missing() {
        return missing;
    }
}
