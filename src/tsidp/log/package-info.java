/// One line per event, on standard error.
///
/// ```
/// log.info("login", "user", loginName, "client", clientId)
///   ──▶ time=2026-11-24T09:00:00.000Z level=INFO msg=login user=alice@example.com client=…
/// ```
///
/// The caller names the fields of a line, and no field is ever a secret, a code or a token. Depends only on JSON, for
/// its second format.
package tsidp.log;
