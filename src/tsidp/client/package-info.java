/// The relying parties: `Client` in `Clients` (the Go tsidp's file), self-registered clients (`Registrations`, RFC
/// 7591), and where answers to a client may be sent: `RedirectUri` at registration, `RedirectTarget` in a request.
package tsidp.client;
