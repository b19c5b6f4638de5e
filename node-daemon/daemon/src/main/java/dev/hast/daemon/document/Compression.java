package dev.hast.daemon.document;

/// What is done to blocks on the wire.
public enum Compression {
    /// Nothing.
    NONE,
    /// Blocks of zeroes are sent as a length.
    HOLE,
    /// As hole, and LZ4 where it saves something.
    LZ4,
    /// As hole, and Zstandard where it saves something.
    ZSTD;

    /// The word in documents.
    public String text() {
        return Choice.text(this);
    }
}
