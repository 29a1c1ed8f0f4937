/// The tailnet, as tailscaled tells it over LocalAPI: who we are, who is calling, our certificate.
///
/// ```
/// LocalApi ── status ──────▶ Status ── requireRunning
///   │      ── whois address ▶ Peer: Node, UserProfile, capabilities    (nobody there: empty)
///   │      ── cert NAME ────▶ CertificatePair
///   │                              ▲ before expiry, or when the name changes
///   │                         CertificateRenewal ── replace ──▶ CurrentCertificate ── SSLContext
///   └ LocalConnections of LocalConnection: the Unix socket, kept open, each question with a deadline
///                           └ AnswerReader: HTTP/1.1, strict and bounded ──▶ LocalAnswer
/// ```
///
/// A node of our own, and serve with Funnel:
///
/// ```
/// Daemon ── sh: ends with our pipe ──▶ tailscaled ──▶ its LocalAPI socket, 0700
/// NodeLogin ── start, login-interactive ──▶ LocalApi      NodeSettings, OAuthSecret ── Tailscale's API ──▶ auth key
/// ServeEntry ── session ──▶ BusSession: what hangs on it ends with it
///            ── ServeConfig.withForeground, If-Match ──▶ LocalApi
/// ```
///
/// Whatever goes wrong is a `TailnetException`, and whoever asked lets nobody in. Knows only `tsidp.json`.
package tsidp.tailnet;
