package dev.hast.daemon.export;

/// Why a connection ended.
public enum ConnectionEnd {
    /// The client said goodbye: `DISC`, or `ABORT` in the handshake.
    DISCONNECTED,
    /// The peer closed the connection, or the network did.
    CLOSED_BY_PEER,
    /// Something that the protocol forbids and that has no error reply: wrong magic, oversized
    /// frame, unknown export by `EXPORT_NAME`.
    PROTOCOL_VIOLATION,
    /// The handshake took longer than it may.
    HANDSHAKE_TIMEOUT,
    /// The payload of a write did not arrive in time.
    PAYLOAD_TIMEOUT,
    /// The client did not take its replies in time.
    SEND_TIMEOUT,
    /// There were too many connections.
    TOO_MANY,
    /// TLS could not be established.
    TLS_FAILURE,
    /// A newer attachment took over.
    FENCED,
    /// The export was dropped, as on a demotion.
    DROPPED,
    /// The server was closed in order.
    SERVER_CLOSED
}
