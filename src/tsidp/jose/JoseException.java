package tsidp.jose;

/// A key or a token that is refused. The message says what is wrong but does not quote it, since it may be a secret.
public final class JoseException extends Exception {

    JoseException(String fault) {
        super(fault, null, false, false);
    }
}
