package dev.hast.daemon.posix;

import java.io.IOException;

/// A system call that failed: which call, on what, and why.
public final class PosixException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /// @param call the call as a person would name it, such as `open` or `ioctl(BLKGETSIZE64)`
    /// @param subject the path, interface or device that it was about
    /// @param result errno, of either sign
    public PosixException(final String call, final String subject, final int result) {
        super(call + " of " + subject + " failed: " + Errno.describe(result));
        this.errno = Math.abs(result);
    }

    /// The error number, positive.
    public int errno() {
        return errno;
    }

    /// `result` if it is not an error, else throws.
    public static int check(final String call, final String subject, final int result)
            throws PosixException {
        if (result < 0) {
            throw new PosixException(call, subject, result);
        }
        return result;
    }

    /// `result` if it is not an error, else throws.
    public static long check(final String call, final String subject, final long result)
            throws PosixException {
        if (result < 0) {
            throw new PosixException(call, subject, (int) result);
        }
        return result;
    }
}
