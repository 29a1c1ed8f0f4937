/// Signing (JOSE): the key that signs our tokens, as its file, as a JWK, and as compact JWS over JSON claims.
///
/// ```
/// oidc-key.json ◀──▶ SigningKey ── sign(claims) ──▶ compact JWS, RS256
///                      │   └ Pkcs1   DER of the private key
///                      └ publicJwk() ──▶ JWK set
/// ```
///
/// The reader is strict: what it accepts has only one encoding. PEM and PKCS#1 are written again and compared with what
/// was read. Nothing here verifies: `Jws` and `Jwk` in the tests do, so that signer and verifier share no code.
///
/// Depends only on json.
package tsidp.jose;
