package tsidp.oauth;

/// The grant that somebody would need: a field of the app capability `tailscale.com/cap/tsidp`, set to true for them.
///
/// @param loginName of the person
public record MissingGrant(String field, String loginName) {

    /// Where no grant is missing.
    public static final MissingGrant NONE = new MissingGrant("", "");
}
