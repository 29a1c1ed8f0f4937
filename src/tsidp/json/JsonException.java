package tsidp.json;

/// Text that is not JSON, or not JSON that we accept. The message says what is wrong and where, but never quotes the
/// text, which may be a secret.
public final class JsonException extends Exception {

    /// A fault at a position, counted in UTF-16 units from 0.
    JsonException(String fault, int position) {
        super(fault + " at position " + position, null, false, false);
    }

    /// A fault of the whole text.
    JsonException(String fault) {
        super(fault, null, false, false);
    }
}
