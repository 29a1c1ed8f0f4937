package tsidp.admin;

/// The result of a command.
///
/// @param status 0 for success, 1 for failure, 2 for an invalid command line
/// @param output for standard output; may be empty
/// @param error one sentence for standard error; may be empty
public record CommandResult(int status, String output, String error) {

    static CommandResult success(String output) {
        return new CommandResult(0, output, "");
    }

    static CommandResult failure(String sentence) {
        return new CommandResult(1, "", sentence);
    }

    static CommandResult usage(String sentence) {
        return new CommandResult(2, "", sentence);
    }

    /// Without the output, which may contain a secret.
    @Override
    public String toString() {
        return "CommandResult[" + status + "]";
    }
}
