/// One line an event, on standard error.
///
/// ```
/// log.info("login", "user", loginName, "client", clientId)
///   ──▶ time=2026-11-24T09:00:00.000Z level=INFO msg=login user=alice@example.com client=…
/// ```
///
/// Whoever writes a line names its fields, and no field is ever a secret, a code or a token. Knows JSON only, for its
/// second format.
package tsidp.log;
