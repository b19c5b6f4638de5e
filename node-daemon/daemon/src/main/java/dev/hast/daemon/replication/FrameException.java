package dev.hast.daemon.replication;

/// A peer sent what the protocol does not allow; its link is closed.
final class FrameException extends Exception {

    private static final long serialVersionUID = 1L;

    FrameException(String message) {
        // No stack trace: it says what the peer did, not where we were, and garbage must be cheap
        // to refuse.
        super(message, null, false, false);
    }
}
