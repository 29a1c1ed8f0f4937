package tsidp.demo;

/// Why somebody is not signed in: what the provider answered, or what is wrong with its answer.
final class LoginException extends Exception {

    private static final long serialVersionUID = 1;

    private final String error;

    /// @param error the provider's `error`, or a word of ours; shown as code
    /// @param description for people
    LoginException(String error, String description) {
        super(description);
        this.error = error;
    }

    String error() {
        return error;
    }
}
