package dev.hast.daemon.storage;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;

/// Ways to make a range read as zero, from the cheapest. Each *promises* zeroes; a plain discard
/// does not, and is not here.
enum ZeroMethod {
    /// Gives the space back. On a block device: unmap, only where the device promises zeroes after
    /// it.
    PUNCH_HOLE(FileCalls.FALLOC_FL_PUNCH_HOLE | FileCalls.FALLOC_FL_KEEP_SIZE),
    /// Keeps the space. On a block device: the device's write-zeroes, or zeroes written by the
    /// kernel.
    ZERO_RANGE(FileCalls.FALLOC_FL_ZERO_RANGE | FileCalls.FALLOC_FL_KEEP_SIZE),
    /// Zeroes written by us: always possible.
    WRITE(0);

    private final int mode;

    ZeroMethod(final int mode) {
        this.mode = mode;
    }

    /// The mode for `fallocate`.
    int mode() {
        return mode;
    }

    /// What to try when the kernel says that this one is not to be had here.
    ZeroMethod next() {
        return switch (this) {
            case PUNCH_HOLE -> ZERO_RANGE;
            case ZERO_RANGE, WRITE -> WRITE;
        };
    }

    /// Does `result` say that the method, not the storage, is the matter?
    static boolean isUnsupported(final int result) {
        return switch (-result) {
            // EREMOTEIO: a disk that announces write-zeroes and then refuses the command.
            case Errno.EOPNOTSUPP, Errno.ENOSYS, Errno.ENODEV, Errno.EREMOTEIO -> true;
            default -> false;
        };
    }
}
