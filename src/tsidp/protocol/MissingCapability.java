package tsidp.protocol;

/// A capability that a person lacks: a field of the app capability `tailscale.com/cap/tsidp`, to be set to true.
///
/// @param loginName of the person
/// @param destination what the policy calls this node
public record MissingCapability(String field, String loginName, String destination) {

    /// Where none is missing.
    public static final MissingCapability NONE = new MissingCapability("", "", "");
}
