/// The HTTP side: one table of routes, one router, one writer.
///
/// ```
/// HttpExchange ─▶ Router ─ 421, 404, 405, OPTIONS, 413 ─▶ Access<T>.admit ─▶ Endpoint<T>.answer ─▶ Answer
///                   ▲                                          │ Refusal          │ Refusal          │
///                   └── Route<T> rows                          └────────┬─────────┘                  ▼
///                                                                       └──▶ RefusalStyle ──▶ AnswerWriter
/// ```
///
/// Before all that, the listener's CallerResolver finds out who asks and whether over Funnel: a Caller. Where callers
/// connect themselves it is the other end of the connection; ServeProxy takes the word of tailscaled's proxy, once that
/// is proved.
///
/// An endpoint sets no header, reads no stream and knows no status but its answer's own.
package tsidp.http;
