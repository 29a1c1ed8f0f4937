/// The tailnet, as tailscaled tells it over LocalAPI: who we are, who is calling, our certificate.
///
/// ```
/// LocalApi ── status ──────▶ Status ── requireRunning
///   │      ── whois ip:port ▶ Peer: Node, UserProfile, capabilities    (nobody there: empty)
///   │      ── cert NAME ────▶ CertificatePair
///   │                              ▲ before expiry, or when the name changes
///   │                         CertificateRenewal ── replace ──▶ CurrentCertificate ── SSLContext
///   └ LocalConnection: HTTP/1.1 over the Unix socket, kept alive, each question with a deadline
/// ```
///
/// Whatever goes wrong is a `TailnetException`, and whoever asked lets nobody in. Knows only `tsidp.json`.
package tsidp.tailnet;
