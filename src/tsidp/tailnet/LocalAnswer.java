package tsidp.tailnet;

/// An answer of LocalAPI.
///
/// @param etag of the serve config; empty if there is none
record LocalAnswer(int status, String etag, byte[] body) {
}
