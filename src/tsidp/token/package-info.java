/// What a person authorized a client to have, from the authorization request to the last token.
///
/// ```
/// Client, RedirectTarget ─┐
/// Resources, CodeChallenge┼▶ AuthorizationCode (of Codes)
/// Person, Capabilities ───┘          │ redeemed once
///                                    ▼
///                                 SignIn (of SignIns): AccessToken, RefreshToken
///                                    │
///     SigningKeys ◀── ID token ◀── Claims ──▶ UserInfo, introspection
/// ```
///
/// A singular is an immutable value. A plural owns state, and nothing else does: `SigningKeys` (the Go tsidp's file),
/// `Codes` (memory), `SignIns` (our ledger), `Consents`. Only `Revocation` ends a client or a consent, with everything
/// that depends on it. Refusals are thrown as a `Refusal`.
package tsidp.token;
