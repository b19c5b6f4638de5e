package dev.hast.daemon.document;

/// What a resource does when a change of configuration is needed and the arbiter can't be reached
/// (S8).
public enum ArbiterLoss {
    /// I/O waits until the arbiter answers.
    SUSPEND,
    /// I/O is answered with an error.
    FAIL,
    /// I/O goes on, as HAST does: split-brain is then possible.
    CONTINUE;

    /// The word in documents.
    public String text() {
        return Choice.text(this);
    }
}
