package tsidp.demo;

/// A log-in that began and has no answer yet.
///
/// @param browser the cookie of the browser that began it: no other may end it (RFC 6749 §10.12)
record LoginAttempt(String browser, String nonce, String codeVerifier) {
}
