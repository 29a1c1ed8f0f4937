package tsidp.store;

/// The state directory or a file in it can't be used. The message is one sentence that names the file and the fault,
/// and never quotes the file's content.
public final class StoreException extends Exception {

    /// With one sentence for the operator.
    public StoreException(String sentence) {
        super(sentence, null, false, false);
    }
}
