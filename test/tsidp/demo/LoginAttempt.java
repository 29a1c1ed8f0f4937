package tsidp.demo;

/// A sign-in that has begun and has no answer yet.
///
/// @param browser the cookie of the browser that began it: no other may complete it (RFC 6749 §10.12)
record LoginAttempt(String browser, String nonce, String codeVerifier) {
}
