/// The tailnet, as reported by tailscaled over LocalAPI: who we are, and who is calling.
///
/// ```
/// LocalApi ── status ──────▶ Status ── requireRunning
///   │      ── whois address ▶ Peer: Node, UserProfile, capabilities    (nobody there: empty)
///   │      ── serve config ─▶ ServeConfig      ── bus ──▶ BusSession
///   └ LocalSocket: a connection a question, each with a deadline
///        └ AnswerReader: HTTP/1.1, strict and bounded ──▶ LocalAnswer
/// ```
///
/// Every failure is a `TailnetException`, and the caller then admits nobody. Depends only on `tsidp.json`.
package tsidp.tailnet;
