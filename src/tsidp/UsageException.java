package tsidp;

/// The command line or the environment can't be understood. The message is one sentence.
final class UsageException extends Exception {

    UsageException(String sentence) {
        super(sentence, null, false, false);
    }
}
