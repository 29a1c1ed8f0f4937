package tsidp.admin;

import tsidp.json.JsonObject;
import tsidp.json.JsonValue;

/// What a command ends with.
///
/// @param status 0 for success, 1 for failure, 2 for a command line that can't be understood
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

    JsonObject toJson() {
        return JsonObject.EMPTY.with("status", JsonValue.of(status)).with("output", JsonValue.of(output))
                .with("error", JsonValue.of(error));
    }

    static CommandResult fromJson(JsonObject json) {
        return new CommandResult((int) json.integer("status").orElse(1), json.string("output").orElse(""),
                json.string("error").orElse("the server's answer can't be read"));
    }

    /// Without the output: it may hold a secret.
    @Override
    public String toString() {
        return "CommandResult[" + status + "]";
    }
}
