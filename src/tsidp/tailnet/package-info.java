/// The tailnet, as tailscaled tells it over LocalAPI: who we are, and who is calling.
///
/// ```
/// LocalApi ── status ──────▶ Status ── requireRunning
///   │      ── whois address ▶ Peer: Node, UserProfile, capabilities    (nobody there: empty)
///   │      ── serve config ─▶ ServeConfig      ── bus ──▶ BusSession
///   └ LocalSocket: a connection a question, each with a deadline
///        └ AnswerReader: HTTP/1.1, strict and bounded ──▶ LocalAnswer
/// ```
///
/// Whatever goes wrong is a `TailnetException`, and whoever asked lets nobody in. Knows only `tsidp.json`.
package tsidp.tailnet;
