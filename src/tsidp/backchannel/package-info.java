/// Tells applications that a sign-in has ended (OpenID Connect Back-Channel Logout 1.0): the only requests that we send
/// to anybody but tailscaled.
///
/// ```
/// SignIns ── ended ──▶ LogoutNotices: a logout token, a few tries ──▶ Delivery: to an address that was checked
/// ```
package tsidp.backchannel;
