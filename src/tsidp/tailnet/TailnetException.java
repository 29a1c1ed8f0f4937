package tsidp.tailnet;

/// tailscaled could not be asked, or its answer can't be used. The message is one sentence that tells the operator what
/// to do. It quotes nothing from a successful answer, so it never contains a key or a person's data.
public final class TailnetException extends Exception {

    /// What went wrong, for program logic; the message is for people.
    public enum Kind {
        /// There is no socket at the path.
        SOCKET_MISSING,
        /// The operating system or tailscaled denies this user access.
        PERMISSION_DENIED,
        /// Nothing is listening, the connection broke, or the answer took too long.
        NOT_ANSWERING,
        /// tailscaled is running, but was told to disconnect from the tailnet.
        STOPPED,
        /// This machine is not logged in to a tailnet.
        NEEDS_LOGIN,
        /// This machine is waiting for approval by a tailnet administrator.
        NEEDS_APPROVAL,
        /// Too many concurrent questions.
        BUSY,
        /// An answer that does not match LocalAPI: none of it is used.
        BAD_ANSWER,
        /// tailscaled understood the question and refused it.
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
        return new TailnetException(Kind.NOT_ANSWERING, what + ": is tailscaled running and healthy?");
    }

    public static TailnetException badAnswer(String what, String fault) {
        return new TailnetException(Kind.BAD_ANSWER, "tailscaled's answer to " + what + " can't be used (" + fault
                + "): is it tailscaled that listens on the socket, and in a version that tsidp knows?");
    }

    /// What went wrong.
    public Kind kind() {
        return kind;
    }
}
