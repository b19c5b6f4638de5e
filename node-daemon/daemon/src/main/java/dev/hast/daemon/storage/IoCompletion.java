package dev.hast.daemon.storage;

/// Told once about the end of an I/O request, on the event loop of the one who asked.
///
/// Kept for the life of its owner and shared by all its requests, so that a request costs no
/// object: the token tells them apart.
@FunctionalInterface
public interface IoCompletion {
    /// @param token what the caller passed with the request
    /// @param result 0, or the negative errno (see [dev.hast.daemon.posix.Errno])
    void completed(long token, int result);
}
