package dev.hast.daemon.arbiter;

/// A record that this program must not act on: not ours, damaged, or of a version or with features
/// that it does not know.
final class UnreadableRecordException extends Exception {

    private static final long serialVersionUID = 1L;

    UnreadableRecordException(String message) {
        super(message);
    }
}
