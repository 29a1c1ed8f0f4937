/// tailscaled's serve proxy before us: for a node of our own, a tailscaled without a network device, and Funnel.
///
/// ```
/// ServeEntry ── session ──▶ BusSession: what hangs on it ends with it
///            ── ServeConfig.withForeground, If-Match ──▶ LocalApi
/// ServeListener ── SocketRelay, where any local user may read the serve config ──▶ ServeProxy: whose word counts
/// ```
package tsidp.serve;
