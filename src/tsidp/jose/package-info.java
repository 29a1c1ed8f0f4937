/// Signing and verifying (JOSE): compact JWS over JSON claims, JWK, and the key that signs our tokens.
///
/// ```
/// oidc-key.json ◀──▶ SigningKey ── sign(claims) ──▶ compact JWS        RS256
///                      │   └ Pkcs1   DER of the private key
///                      └ publicJwk() ──▶ JWK set ──┐
///                                                  ▼
///               compact JWS ───────────────▶ Jws.verify ──▶ claims     RS256, ES256, EdDSA
///                                                  ▲
///               a client's JWK ── Jwk.publicKey ───┘
/// ```
///
/// Every reader here is strict: what it accepts has one spelling. Base64url and PKCS#1 are written again and compared
/// with what was read. `alg` is one of `SignatureAlgorithm` and must fit the key; a key is never taken from the token.
///
/// Knows json only.
package tsidp.jose;
