package tsidp.store;

/// Something can't be stored, or what is stored can't be used. The message is one sentence that names the file and the
/// fault, and never quotes the content. Unchecked, since whatever is stored may be anywhere in a request: the router,
/// the control socket and `Main` handle it, each once.
public final class StoreException extends RuntimeException {

    /// With one sentence for the operator.
    public StoreException(String sentence) {
        super(sentence, null, false, false);
    }
}
