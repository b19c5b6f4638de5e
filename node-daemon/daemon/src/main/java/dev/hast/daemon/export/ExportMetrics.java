package dev.hast.daemon.export;

/// Takes the counts of an export. Implementations must be quick and must not allocate.
///
/// Thread: the event loop of the resource.
public interface ExportMetrics {

    /// A connection was accepted.
    void connectionOpened();

    /// A connection ended; exactly once for each one opened.
    void connectionEnded(ConnectionEnd end);

    /// A request was answered, or its connection was gone when it was done.
    ///
    /// @param error 0 or the NBD error value
    /// @param bytes length of the request
    /// @param nanos from the decoded header (of a write: the whole payload) to the reply being
    ///   queued
    void requestFinished(Command command, int error, long bytes, long nanos);

    /// A request had to wait because a limit of requests or bytes in flight was reached.
    void waitedForRoom();
}
