package dev.hast.daemon.export;

/// What happens to the requests in flight of a connection that is dropped.
public enum PendingRequests {
    /// No answer: the client does not learn the outcome. The kernel's client sends them again to
    /// the server that it is given next.
    UNANSWERED,
    /// Each is answered `ESHUTDOWN` (outcome unknown), as far as the socket takes it at once. A
    /// kernel client turns that into an I/O error.
    SHUTDOWN_ERROR
}
