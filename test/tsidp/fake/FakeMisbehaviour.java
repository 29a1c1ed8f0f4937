package tsidp.fake;

/// What the simulated tailscaled does instead of answering correctly.
public enum FakeMisbehaviour {
    /// Nothing: it answers with a fixed length, at once.
    NONE,
    /// The right answer after 300 ms.
    SLOWLY,
    /// The right answer, byte by byte.
    IN_PIECES,
    /// The right answer in chunks of 7 bytes, with extensions and a trailer. Allowed, so no misbehaviour.
    CHUNKED,
    /// The same, byte by byte.
    CHUNKED_IN_PIECES,
    /// Half the answer, then the connection closes.
    TRUNCATED,
    /// The same in chunks: the last one is missing.
    TRUNCATED_CHUNKED,
    /// 2 MiB and the length says so.
    TOO_LARGE,
    /// Chunks without end.
    TOO_LARGE_CHUNKED,
    /// A header without end.
    ENDLESS_HEADER,
    /// One byte every 20 ms, so that no single read takes long.
    TRICKLING,
    /// Status 500 with a reason.
    ERROR_500,
    /// Status 403 with a reason.
    FORBIDDEN_403,
    /// Status 200 and no JSON.
    GARBAGE,
    /// Another protocol.
    NOT_HTTP,
    /// The connection closes after the question.
    CLOSE_AT_ONCE,
    /// The right answer, after which the connection closes without notice.
    CLOSE_AFTERWARDS,
    /// No answer, but the connection stays open.
    NEVER_ANSWER
}
