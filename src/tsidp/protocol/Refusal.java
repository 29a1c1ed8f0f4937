package tsidp.protocol;

/// A request is refused: thrown where that is found, caught once, in the router. It has three parts: the error, a
/// description that its receiver may read, and a detail for the operator's log alone.
public final class Refusal extends Exception {

    private final OAuthError error;
    private final String detail;
    private final MissingCapability missing;

    /// With a description of printable ASCII without `"` and `\` (RFC 6749 §5.2), and a detail that holds no secret.
    ///
    /// @throws IllegalArgumentException if the description has other characters
    public Refusal(OAuthError error, String description, String detail) {
        this(error, description, detail, MissingCapability.NONE);
    }

    private Refusal(OAuthError error, String description, String detail, MissingCapability missing) {
        super(description, null, false, false);
        if (!description.chars().allMatch(c -> c >= 0x20 && c <= 0x7e && c != '"' && c != '\\')) {
            throw new IllegalArgumentException("an error_description of characters that RFC 6749 §5.2 excludes");
        }
        this.error = error;
        this.detail = detail;
        this.missing = missing;
    }

    /// Where the log needs to know no more than the receiver.
    public Refusal(OAuthError error, String description) {
        this(error, description, "");
    }

    /// Where the tailnet's policy says nothing that would let a person do `what`.
    public static Refusal notGranted(MissingCapability missing, String what, String detail) {
        return new Refusal(OAuthError.NOT_GRANTED, "no grant of the tailnet policy lets you " + what + ": "
                + missing.field() + " of tailscale.com/cap/tsidp is missing", detail, missing);
    }

    /// The error.
    public OAuthError error() {
        return error;
    }

    /// What the receiver is told: a sentence of printable ASCII.
    public String description() {
        return getMessage();
    }

    /// What the log says besides; may be empty.
    public String detail() {
        return detail;
    }

    /// The same, where the log says also whose request was refused.
    public Refusal of(String whose) {
        return new Refusal(error, getMessage(), detail.isEmpty() ? whose : detail + ", " + whose, missing);
    }

    /// The capability that would have helped; `NONE` where none would.
    public MissingCapability missing() {
        return missing;
    }
}
