/// The protocol, without HTTP.
///
/// ```
/// Parameters ─▶ Client (of Clients) ─▶ RedirectTarget ──────────────┐ the only way to answer a client
///      └──────▶ Scopes, Resources, CodeChallenge ┐                  │
/// whois ──────▶ Person, Capabilities ────────────┴▶ AuthorizationCode (of Codes)
///                                                        │ redeemed once
///                                                        ▼
///                                                     Grant (of Grants): AccessToken, RefreshToken
///                                                        │
///                     SigningKeys ◀── ID token ◀── Claims ┴──▶ UserInfo, introspection
/// ```
///
/// A singular is an immutable value. A plural owns state, and nothing else does: `Clients` and `SigningKeys` (the Go
/// tsidp's files), `Codes` (memory), `Grants` (our ledger). `Revocation` alone ends a client or a consent, with all
/// that depends on it. Whatever is refused is thrown as a `Refusal`.
package tsidp.oauth;
