package dev.hast.daemon.export;

/// Takes the extents of one block status answer in ascending order without gaps.
///
/// Thread: the caller's, inside of [Volume#blockStatus]. A sink does not outlive that call.
@FunctionalInterface
public interface ExtentSink {

    /// Allocation: no space is allocated for the extent (it may be written nevertheless).
    int HOLE = 1;

    /// Allocation: the extent reads as zero.
    int ZERO = 1 << 1;

    /// Dirty: at least one absent replica lacks the newest content of the extent.
    int DIRTY = 1;

    /// One more extent.
    ///
    /// @param length bytes, more than 0
    /// @param flags the flags of its context, or 0
    /// @return false if the sink wants no more of them
    boolean extent(long length, int flags);
}
