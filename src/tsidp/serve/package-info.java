/// tailscaled's serve proxy in front of us: for our own node, for a tailscaled without a network device, and for
/// Funnel.
///
/// ```
/// ServeEntry ── session ──▶ BusSession: the entry ends with it
///            ── ServeConfig.withForeground, If-Match ──▶ LocalApi
/// ServeListener ── a Unix socket, if any local user can read the serve config ──▶ ServeProxy: who is believed
/// ```
package tsidp.serve;
