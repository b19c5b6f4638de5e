package dev.hast.daemon.control;

/// A request of the control API that can't be carried out. The message is for the person who asked:
/// what, where, and what to do.
public final class ControlException extends Exception {

    /// Why, in the words of the API.
    public enum Reason {
        /// The request makes no sense, whatever the state.
        INVALID,
        /// No such resource, node or provider.
        NOT_FOUND,
        /// Not in the present state; the message says what must change first.
        REFUSED,
        /// The same resource is busy with another change; asking again is safe.
        BUSY,
        /// The arbiter or a peer that is needed can't be reached; asking again is safe.
        UNAVAILABLE,
        /// Not finished in time; it may still be carried out.
        TIMED_OUT,
        /// The caller may not ask for this.
        FORBIDDEN
    }

    private static final long serialVersionUID = 1L;

    private final Reason reason;

    public ControlException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public ControlException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
