package dev.hast.daemon.replication;

/// A peer sent what the protocol does not allow; its link is closed.
final class FrameException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Refusal refusal;

    FrameException(String message) {
        this(Refusal.MALFORMED, message);
    }

    FrameException(Refusal refusal, String message) {
        // No stack trace: it says what the peer did, not where we were, and garbage must be cheap
        // to refuse.
        super(message, null, false, false);
        this.refusal = refusal;
    }

    Refusal refusal() {
        return refusal;
    }
}
