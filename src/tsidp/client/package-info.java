/// The relying parties: `Client` of `Clients` (the Go tsidp's file), those that registered themselves
/// (`Registrations`, RFC 7591), and where a client may be answered: `RedirectUri` when it is registered,
/// `RedirectTarget` when it is used.
package tsidp.client;
