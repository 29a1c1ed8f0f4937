package tsidp.tailnet;

/// What LocalAPI answered.
///
/// @param etag of the serve config; empty where there is none
record LocalAnswer(int status, String etag, byte[] body) {
}
