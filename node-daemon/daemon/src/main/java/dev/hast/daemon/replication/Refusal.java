package dev.hast.daemon.replication;

/// Why a connection was refused, or a link ended by this side: few enough words to count by.
public enum Refusal {
    /// Bytes that are no frame: wrong checksum, lengths that contradict each other, unknown words.
    MALFORMED,
    /// A frame longer than its type may be.
    OVERSIZED,
    /// Another protocol version, or feature bits that this daemon doesn't know.
    VERSION,
    /// A type of frame or kind of write that this daemon doesn't know.
    UNKNOWN_KIND,
    /// It didn't name itself in time, or was silent.
    SILENT,
    /// TLS could not be established: no certificate, or one that is not believed.
    TLS,
    /// It is not who it says, or means another node.
    STRANGER,
    /// This node has no such resource with a replica there.
    UNKNOWN_RESOURCE,
    /// Too many connections that have not named themselves.
    TOO_MANY,
    /// No buffer memory for its frame.
    NO_MEMORY,
    /// It closed the connection, or the network did.
    CLOSED;

    /// The word in metrics and logs.
    public String text() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
