package tsidp.json;

/// `true` or `false` (RFC 8259 §3).
public enum JsonBoolean implements JsonValue {
    /// `true`
    TRUE,
    /// `false`
    FALSE
}
