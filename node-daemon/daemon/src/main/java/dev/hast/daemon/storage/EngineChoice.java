package dev.hast.daemon.storage;

/// How a provider's I/O is carried out.
public enum EngineChoice {
    /// io_uring if the event loop runs on it, else threads; which one, and why, is logged.
    AUTO,
    /// io_uring on the event loop itself; opening fails where the loop does not run on io_uring.
    IO_URING,
    /// A few threads that block in `pread` and `pwrite`.
    THREADS
}
