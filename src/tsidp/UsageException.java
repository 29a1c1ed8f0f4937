package tsidp;

/// The command line or the environment is invalid. The message is one sentence.
final class UsageException extends Exception {

    UsageException(String sentence) {
        super(sentence, null, false, false);
    }
}
