/// Our own node: a tailscaled that is our child process. Used only without `-use-local-tailscaled`.
///
/// ```
/// Daemon ── sh: ends with our pipe ──▶ tailscaled ──▶ its LocalAPI socket, 0700
/// NodeLogin ── start, login-interactive ──▶ LocalApi      NodeSettings, OAuthSecret ── Tailscale's API ──▶ auth key
/// ```
package tsidp.node;
