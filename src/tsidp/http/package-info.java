/// The HTTP side: one table of routes, one router, one writer.
///
/// ```
/// HttpExchange ─▶ Router ─ 421, 404, 405, OPTIONS ─▶ Access<T>.admit ─▶ Body ─▶ Endpoint<T>.answer ─▶ Answer
///                   ▲                                      │ Refusal      │ 413        │ Refusal        │
///                   └── Route<T> rows                      └──────────────┴──┬─────────┘                ▼
///                                                                            └──▶ RefusalStyle ──▶ AnswerWriter
/// ```
///
/// The JDK's server takes only well-formed requests, and answers others itself. So the head of each is rewritten before
/// (RequestHead): in TLS by HeadsEngine, on plain sockets by Relay.
///
/// Before the table, the listener's CallerResolver determines who sent the request, and whether over Funnel: a Caller.
/// For direct connections that is the remote address; `serve.ServeProxy` believes tailscaled's proxy, once it has
/// proved itself.
///
/// A guard that needs the body has it read first: a route with such a guard accepts short bodies only.
///
/// An endpoint sets no headers, reads no streams, and knows no status except that of its answer.
package tsidp.http;
