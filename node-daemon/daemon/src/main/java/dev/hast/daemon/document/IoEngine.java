package dev.hast.daemon.document;

/// Which kernel interface serves sockets and providers.
public enum IoEngine {
    /// Io_uring where the kernel allows it, else epoll and a thread pool.
    AUTO,
    /// Io_uring, or refuse to start.
    IO_URING,
    /// Epoll and a thread pool.
    PORTABLE;

    /// The word in documents.
    public String text() {
        return Choice.text(this);
    }
}
