package tsidp.protocol;

/// A capability that a person lacks: a field of the app capability `tailscale.com/cap/tsidp`, to be set to true.
///
/// @param loginName of the person
public record MissingCapability(String field, String loginName) {

    /// Where none is missing.
    public static final MissingCapability NONE = new MissingCapability("", "");
}
