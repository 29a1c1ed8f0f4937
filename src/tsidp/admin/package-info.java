/// Clients are administered here: by `tsidp client`, on the command line.
///
/// ```
/// tsidp client ─▶ ControlSocket.ask ─▶ (Unix socket in the state directory) ─▶ the server's ClientCommand
///            └─ no server runs ──────▶ ClientCommand on the directory itself
/// ```
package tsidp.admin;
