package dev.hast.daemon.export;

import java.nio.charset.StandardCharsets;

/// The error values that the protocol has, each with the text that a structured reply carries, and
/// the mapping from errno.
enum NbdError {
    PERMISSION(1, "operation not permitted on this volume"),
    IO(5, "input/output error; see the log of hastd on the primary"),
    NO_MEMORY(12, "the server is out of memory"),
    INVALID(22, "invalid argument"),
    NO_SPACE(28, "no space left on the provider"),
    OVERFLOW(75, "request is longer than the maximum payload of 32 MiB"),
    NOT_SUPPORTED(95, "operation not supported"),
    SHUTDOWN(108, "the volume is no longer served here"),
    UNALIGNED(22, "offset or length is not a multiple of the minimum block size"),
    BEYOND_END(22, "request goes beyond the end of the volume"),
    WRITE_BEYOND_END(28, "request goes beyond the end of the volume"),
    EMPTY(22, "length 0"),
    TOO_LONG(22, "request is longer than the maximum payload of 32 MiB"),
    UNKNOWN_COMMAND(22, "unknown command"),
    UNKNOWN_FLAG(22, "command flag that this command does not have or that was not negotiated"),
    NO_CONTEXT(22, "no metadata context was negotiated"),
    NOT_FAST(95, "zeroing is not promised to be faster than writing");

    private final int value;
    private final byte[] text;

    NbdError(int value, String text) {
        this.value = value;
        this.text = text.getBytes(StandardCharsets.UTF_8);
    }

    int value() {
        return value;
    }

    /// Not to be changed by the caller; shared so that an error reply allocates nothing.
    @SuppressWarnings("MutableGetter")
    byte[] text() {
        return text;
    }

    /// The protocol's error of a volume's result.
    ///
    /// @param result negative errno
    static NbdError ofErrno(int result) {
        return switch (-result) {
            case 1, 13, 30 -> PERMISSION; // EPERM, EACCES, EROFS
            case 12 -> NO_MEMORY;
            case 22 -> INVALID;
            case 27, 28, 122 -> NO_SPACE; // EFBIG, ENOSPC, EDQUOT
            case 95 -> NOT_SUPPORTED;
            case 108 -> SHUTDOWN;
            default -> IO;
        };
    }
}
