package dev.hast.daemon.document;

/// How blocks are protected end to end: on the wire, from the primary's memory to the secondary's
/// provider.
public enum Checksum {
    /// Hardware speed, the default.
    CRC32C,
    /// Against deliberate change too, at about a thirtieth of the speed.
    SHA256,
    /// Only TLS and the provider look after the bytes.
    NONE;

    /// The word in documents.
    public String text() {
        return Choice.text(this);
    }
}
