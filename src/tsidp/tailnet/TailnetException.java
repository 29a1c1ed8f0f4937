package tsidp.tailnet;

/// The tailnet could not be asked, or its answer can't be used. The message is one sentence for the operator that says
/// what to do. It repeats nothing of a good answer, so that it never holds a key or a person's data.
public final class TailnetException extends Exception {

    /// What went wrong, for a program to decide on; the message is for people.
    public enum Kind {
        /// There is no socket at the path.
        SOCKET_MISSING,
        /// The operating system or tailscaled says that this user may not.
        PERMISSION_DENIED,
        /// Nobody listens, the connection broke, or the answer took too long.
        NOT_ANSWERING,
        /// tailscaled runs, and is told to stay off the tailnet.
        STOPPED,
        /// This machine is not logged in to a tailnet.
        NEEDS_LOGIN,
        /// This machine waits for a tailnet administrator.
        NEEDS_APPROVAL,
        /// Too many questions at once.
        BUSY,
        /// An answer that is not what LocalAPI promises: nothing of it is used.
        BAD_ANSWER,
        /// tailscaled understood the question and said no.
        REFUSED
    }

    private final Kind kind;

    public TailnetException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    static TailnetException permissionDenied(String what) {
        return new TailnetException(Kind.PERMISSION_DENIED,
                what + ": run tsidp as root or as tailscaled's operator (tailscale set --operator=USER)");
    }

    static TailnetException notAnswering(String what) {
        return new TailnetException(Kind.NOT_ANSWERING, what + ": is tailscaled running and well?");
    }

    public static TailnetException badAnswer(String what, String fault) {
        return new TailnetException(Kind.BAD_ANSWER, "tailscaled's answer to " + what + " can't be used (" + fault
                + "): is it tailscaled that listens at the socket, and of a version that tsidp knows?");
    }

    /// What went wrong.
    public Kind kind() {
        return kind;
    }
}
