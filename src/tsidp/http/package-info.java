/// The HTTP side: one table of routes, one router, one writer.
///
/// ```
/// HttpExchange ─▶ Router ─ 421, 404, 405, OPTIONS, 413 ─▶ Access<T>.admit ─▶ Endpoint<T>.answer ─▶ Answer
///                   ▲                                          │ Refusal          │ Refusal          │
///                   └── Route<T> rows                          └────────┬─────────┘                  ▼
///                                                                       └──▶ RefusalStyle ──▶ AnswerWriter
/// ```
///
/// An endpoint sets no header, reads no stream and knows no status but its answer's own.
package tsidp.http;
