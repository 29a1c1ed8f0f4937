package tsidp.json;

/// `null` (RFC 8259 §3).
public enum JsonNull implements JsonValue {
    /// The one value.
    NULL
}
