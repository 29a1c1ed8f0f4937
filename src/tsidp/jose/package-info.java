/// Signing (JOSE): the key that signs our tokens, as its file, as a JWK, and as compact JWS over JSON claims.
///
/// ```
/// oidc-key.json ◀──▶ SigningKey ─┐              ┌ sign(claims) ──▶ compact JWS, RS256, ES256 or EdDSA
///                      └ Pkcs1   ├─▶ Signer ────┼ verified(token) ──▶ the claims, if this key signed them
/// tsidp-keys.json ◀──▶ CurveKey ─┘              └ publicJwk() ──▶ JWK set
/// ```
///
/// The reader is strict: what it accepts has only one encoding. PEM and PKCS#1 are written again and compared with what
/// was read. Only our own tokens are verified here, and only with our very header: `Jws` and `Jwk` in the tests read
/// any.
///
/// Depends only on json.
package tsidp.jose;
