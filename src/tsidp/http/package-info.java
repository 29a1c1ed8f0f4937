/// The HTTP side: one table of routes, one router, one writer.
///
/// ```
/// HttpExchange ─▶ Router ─ 421, 404, 405, OPTIONS ─▶ Access<T>.admit ─▶ Body ─▶ Endpoint<T>.answer ─▶ Answer
///                   ▲                                      │ Refusal      │ 413        │ Refusal        │
///                   └── Route<T> rows                      └──────────────┴──┬─────────┘                ▼
///                                                                            └──▶ RefusalStyle ──▶ AnswerWriter
/// ```
///
/// Before all that, the listener's CallerResolver finds out who asks and whether over Funnel: a Caller. Where callers
/// connect themselves it is the other end of the connection; `serve.ServeProxy` takes the word of tailscaled's
/// proxy, once that is proved.
///
/// A guard that needs the body has it read first: a route with one takes short bodies only.
///
/// An endpoint sets no header, reads no stream and knows no status but its answer's own.
package tsidp.http;
