package tsidp.protocol;

/// What somebody would need: a field of the app capability `tailscale.com/cap/tsidp`, set to true for them.
///
/// @param loginName of the person
public record MissingCapability(String field, String loginName) {

    /// Where none is missing.
    public static final MissingCapability NONE = new MissingCapability("", "");
}
