/// Clients are administered here: by pages, by the JSON API, by `tsidp client` on the command line.
///
/// ```
/// browser ─▶ ClientPages ──┐
/// program ─▶ /clients/ ────┴▶ ClientsApi ─▶ Clients, and what was given to them
/// tsidp client ─▶ ClientCommand ─▶ ControlSocket (Unix socket in the state directory) ─▶ the server's ClientsApi
///                             └─ no server runs ──▶ ClientsApi on the directory itself
/// ```
package tsidp.admin;
