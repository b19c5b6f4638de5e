package dev.hast.daemon.document;

/// When a write is acknowledged (S2).
public enum ReplicationMode {
    /// Every in-sync replica has the write on its provider.
    FULLSYNC,
    /// The local provider has it, every other in-sync replica has received it.
    MEMSYNC,
    /// The local provider has it.
    ASYNC;

    /// The word in documents.
    public String text() {
        return Choice.text(this);
    }
}
