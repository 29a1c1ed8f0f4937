package tsidp.tailnet;

/// What LocalAPI answered.
record LocalAnswer(int status, byte[] body) {
}
