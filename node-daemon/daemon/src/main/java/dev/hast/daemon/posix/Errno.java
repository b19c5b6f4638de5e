package dev.hast.daemon.posix;

/// The Linux error numbers that this project meets by name, and their texts.
///
/// Numbers are those of x86-64 and aarch64 (asm-generic). Results travel as negative errno; every
/// method here takes either sign, so `Errno.describe(result)` works on a result as it is.
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int ENOTTY = 25;
    public static final int ETXTBSY = 26;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ERANGE = 34;
    public static final int ENOSYS = 38;
    public static final int ENODATA = 61;
    public static final int ETIME = 62;
    public static final int EREMOTEIO = 121;
    public static final int EOVERFLOW = 75;
    public static final int EILSEQ = 84;
    public static final int EMSGSIZE = 90;
    public static final int EOPNOTSUPP = 95;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int ENOTCONN = 107;
    public static final int ESHUTDOWN = 108;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int EHOSTUNREACH = 113;
    public static final int EALREADY = 114;
    public static final int EINPROGRESS = 115;
    public static final int ESTALE = 116;
    public static final int EDQUOT = 122;
    public static final int ECANCELED = 125;

    private Errno() {}

    /// The symbol, such as `EIO`; `errno 123` for a number that has no name here.
    public static String name(final int errno) {
        final String text = text(Math.abs(errno));
        return text.isEmpty() ? "errno " + Math.abs(errno) : text.substring(0, text.indexOf(' '));
    }

    /// For messages and logs: symbol, number and what it means, such as `EIO (5): input/output
    /// error`.
    public static String describe(final int errno) {
        final int number = Math.abs(errno);
        final String text = text(number);
        if (text.isEmpty()) {
            return "errno " + number;
        }
        final int space = text.indexOf(' ');
        return text.substring(0, space) + " (" + number + "): " + text.substring(space + 1);
    }

    private static String text(final int errno) {
        final String file = fileText(errno);
        return file.isEmpty() ? networkText(errno) : file;
    }

    private static String fileText(final int errno) {
        return switch (errno) {
            case EPERM -> "EPERM operation not permitted";
            case ENOENT -> "ENOENT no such file or directory";
            case EINTR -> "EINTR interrupted by a signal";
            case EIO -> "EIO input/output error";
            case ENXIO -> "ENXIO no such device or address";
            case EBADF -> "EBADF not an open descriptor";
            case EAGAIN -> "EAGAIN try again";
            case ENOMEM -> "ENOMEM out of memory";
            case EACCES -> "EACCES permission denied";
            case EFAULT -> "EFAULT bad address";
            case EBUSY -> "EBUSY device or resource busy";
            case EEXIST -> "EEXIST file exists";
            case ENODEV -> "ENODEV no such device";
            case ENOTDIR -> "ENOTDIR not a directory";
            case EISDIR -> "EISDIR is a directory";
            case EINVAL -> "EINVAL invalid argument";
            case ENFILE -> "ENFILE too many open files on this machine";
            case EMFILE -> "EMFILE too many open files in this process";
            case ENOTTY -> "ENOTTY not a request for this kind of device";
            case ETXTBSY -> "ETXTBSY file is in use";
            case EFBIG -> "EFBIG file too large";
            case ENOSPC -> "ENOSPC no space left on device";
            case EROFS -> "EROFS read-only file system";
            case ERANGE -> "ERANGE result out of range";
            case ENOSYS -> "ENOSYS the kernel lacks this call";
            case ENODATA -> "ENODATA no data";
            case ETIME -> "ETIME the time has run out";
            case EOVERFLOW -> "EOVERFLOW value too large";
            case EILSEQ -> "EILSEQ data fails its checksum";
            case EOPNOTSUPP -> "EOPNOTSUPP not supported here";
            case ESTALE -> "ESTALE stale file handle";
            case EREMOTEIO -> "EREMOTEIO remote input/output error";
            case EDQUOT -> "EDQUOT disk quota exceeded";
            case ECANCELED -> "ECANCELED cancelled";
            default -> "";
        };
    }

    private static String networkText(final int errno) {
        return switch (errno) {
            case EPIPE -> "EPIPE the other side has closed";
            case EMSGSIZE -> "EMSGSIZE message too long";
            case EADDRINUSE -> "EADDRINUSE address in use";
            case EADDRNOTAVAIL -> "EADDRNOTAVAIL address not on this machine";
            case ENETDOWN -> "ENETDOWN network is down";
            case ENETUNREACH -> "ENETUNREACH network unreachable";
            case ECONNABORTED -> "ECONNABORTED connection aborted";
            case ECONNRESET -> "ECONNRESET connection reset by peer";
            case ENOBUFS -> "ENOBUFS no buffer space";
            case ENOTCONN -> "ENOTCONN not connected";
            case ESHUTDOWN -> "ESHUTDOWN already closed";
            case ETIMEDOUT -> "ETIMEDOUT timed out";
            case ECONNREFUSED -> "ECONNREFUSED connection refused";
            case EHOSTUNREACH -> "EHOSTUNREACH no route to host";
            case EALREADY -> "EALREADY already in progress";
            case EINPROGRESS -> "EINPROGRESS in progress";
            default -> "";
        };
    }
}
