/// The administration of clients: admin pages, JSON API, and `tsidp client` on the command line.
///
/// ```
/// browser ─▶ ClientPages ──┐
/// program ─▶ /clients/ ────┴▶ ClientsApi ─▶ Clients, and their tokens
/// tsidp client ─▶ ClientCommand ─▶ ControlSocket (Unix socket in the state directory) ─▶ the server's ClientsApi
///                             └─ no server running ─▶ ClientsApi on the directory itself
/// ```
package tsidp.admin;
