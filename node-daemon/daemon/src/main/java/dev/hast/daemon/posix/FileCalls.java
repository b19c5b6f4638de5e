package dev.hast.daemon.posix;

import static dev.hast.daemon.posix.NativeFunctions.INT;
import static dev.hast.daemon.posix.NativeFunctions.LONG;
import static dev.hast.daemon.posix.NativeFunctions.POINTER;
import static dev.hast.daemon.posix.NativeFunctions.POINTER_AS_LONG;
import static dev.hast.daemon.posix.NativeFunctions.captureState;
import static dev.hast.daemon.posix.NativeFunctions.function;
import static dev.hast.daemon.posix.NativeFunctions.orErrno;
import static dev.hast.daemon.posix.NativeFunctions.unexpected;
import static dev.hast.daemon.posix.NativeFunctions.variadic;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// Calls on files and block devices. All block, so none belongs on an event loop except on a path
/// that is known not to wait.
///
/// Results: not negative, or `-errno`. Descriptors are plain `int`; the caller owns them.
public final class FileCalls {
    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;

    /// Differs between architectures: the one flag here that does.
    public static final int O_DIRECT =
            "aarch64".equals(System.getProperty("os.arch")) ? 0x10000 : 0x4000;

    public static final int FALLOC_FL_KEEP_SIZE = 1;
    public static final int FALLOC_FL_PUNCH_HOLE = 2;
    public static final int FALLOC_FL_ZERO_RANGE = 0x10;

    public static final int SEEK_SET = 0;
    public static final int SEEK_END = 2;
    public static final int SEEK_DATA = 3;
    public static final int SEEK_HOLE = 4;

    public static final int LOCK_SH = 1;
    public static final int LOCK_EX = 2;
    public static final int LOCK_NB = 4;

    /// Block devices: size in bytes (`u64`).
    public static final long BLKGETSIZE64 = 0x80081272L;

    /// Block devices: logical sector size in bytes (`int`).
    public static final long BLKSSZGET = 0x1268L;

    /// Block devices: physical sector size in bytes (`unsigned int`).
    public static final long BLKPBSZGET = 0x127BL;

    /// Block devices: is it read-only (`int`)?
    public static final long BLKROGET = 0x125EL;

    /// Block devices: discard `u64[2] {offset, length}`. Does not promise zeroes; zero with
    /// [#fallocate].
    public static final long BLKDISCARD = 0x1277L;

    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final int AT_FDCWD = -100;

    private static final MethodHandle OPEN =
            variadic("open", FunctionDescriptor.of(INT, POINTER, INT, INT), 2);
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle PREAD =
            function("pread", FunctionDescriptor.of(LONG, INT, POINTER_AS_LONG, LONG, LONG));
    private static final MethodHandle PWRITE =
            function("pwrite", FunctionDescriptor.of(LONG, INT, POINTER_AS_LONG, LONG, LONG));
    private static final MethodHandle FSYNC = function("fsync", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle FDATASYNC =
            function("fdatasync", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle FALLOCATE =
            function("fallocate", FunctionDescriptor.of(INT, INT, INT, LONG, LONG));
    private static final MethodHandle FTRUNCATE =
            function("ftruncate", FunctionDescriptor.of(INT, INT, LONG));
    private static final MethodHandle LSEEK =
            function("lseek", FunctionDescriptor.of(LONG, INT, LONG, INT));
    private static final MethodHandle FLOCK =
            function("flock", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle FCNTL =
            variadic("fcntl", FunctionDescriptor.of(INT, INT, INT, POINTER), 2);
    private static final MethodHandle IOCTL =
            variadic("ioctl", FunctionDescriptor.of(INT, INT, LONG, POINTER), 2);
    private static final MethodHandle IOCTL_VALUE =
            variadic("ioctl", FunctionDescriptor.of(INT, INT, LONG, LONG), 2);
    private static final MethodHandle STATX =
            function("statx", FunctionDescriptor.of(INT, INT, POINTER, INT, INT, POINTER));

    private FileCalls() {}

    /// Opens `path`; `mode` counts only with [#O_CREAT]. `O_CLOEXEC` is always added. Returns the
    /// descriptor.
    public static int open(final Path path, final int flags, final int mode) {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment name = arena.allocateFrom(path.toString());
            return orErrno((int) OPEN.invokeExact(state, name, flags | O_CLOEXEC, mode), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    public static int close(final int fd) {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) CLOSE.invokeExact(state, fd), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Reads at `offset` into the memory at `address`; returns the bytes read, which may be fewer.
    /// Allocates nothing.
    public static long pread(
            final int fd, final long address, final long length, final long offset) {
        final MemorySegment state = captureState();
        try {
            return orErrno((long) PREAD.invokeExact(state, fd, address, length, offset), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Writes the memory at `address` to `offset`; returns the bytes written, which may be fewer.
    /// Allocates nothing.
    public static long pwrite(
            final int fd, final long address, final long length, final long offset) {
        final MemorySegment state = captureState();
        try {
            return orErrno((long) PWRITE.invokeExact(state, fd, address, length, offset), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    public static int fsync(final int fd) {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) FSYNC.invokeExact(state, fd), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Makes written data, and the size if it changed, survive a loss of power.
    public static int fdatasync(final int fd) {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) FDATASYNC.invokeExact(state, fd), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Allocates (`mode` 0), punches or zeroes a range; see `FALLOC_FL_*`. On a block device the
    /// kernel writes zeroes or unmaps.
    public static int fallocate(
            final int fd, final int mode, final long offset, final long length) {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) FALLOCATE.invokeExact(state, fd, mode, offset, length), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    public static int ftruncate(final int fd, final long length) {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) FTRUNCATE.invokeExact(state, fd, length), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Moves the descriptor's position, or finds the next data or hole ([#SEEK_DATA],
    /// [#SEEK_HOLE]); returns the position.
    public static long lseek(final int fd, final long offset, final int whence) {
        final MemorySegment state = captureState();
        try {
            return orErrno((long) LSEEK.invokeExact(state, fd, offset, whence), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// BSD lock, such as udev and util-linux take on block devices.
    public static int flock(final int fd, final int operation) {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) FLOCK.invokeExact(state, fd, operation), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Takes a write lock on the whole file that belongs to this open file description: another
    /// open, of this process or of another one, gets `EAGAIN`; the lock goes with the last close.
    /// The descriptor must be open for writing.
    public static int lockExclusively(final int fd) {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            // struct flock: type (short), whence (short), 4 of padding, start, length (0 = to the
            // end), pid (0 for OFD)
            final MemorySegment lock = arena.allocate(32, 8);
            lock.set(ValueLayout.JAVA_SHORT, 0, F_WRLCK);
            return orErrno((int) FCNTL.invokeExact(state, fd, F_OFD_SETLK, lock), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// An ioctl whose argument is a pointer.
    public static int ioctl(final int fd, final long request, final MemorySegment argument) {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) IOCTL.invokeExact(state, fd, request, argument), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// An ioctl whose argument is a number.
    public static int ioctl(final int fd, final long request, final long argument) {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) IOCTL_VALUE.invokeExact(state, fd, request, argument), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// An ioctl that stores an `int` ([#BLKSSZGET]); `-errno` or the value, which is taken as not
    /// negative.
    public static int ioctlGetInt(final int fd, final long request) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment value = arena.allocate(INT);
            final int result = ioctl(fd, request, value);
            return result < 0 ? result : value.get(INT, 0);
        }
    }

    /// An ioctl that stores a `u64` ([#BLKGETSIZE64]); `-errno` or the value.
    public static long ioctlGetLong(final int fd, final long request) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment value = arena.allocate(LONG);
            final int result = ioctl(fd, request, value);
            return result < 0 ? result : value.get(LONG, 0);
        }
    }

    /// What offsets and lengths must be multiples of for `O_DIRECT` on this file, in bytes; 0 if
    /// the file system cannot tell (before Linux 6.1, and many file systems) or has no direct I/O.
    public static int directIoAlignment(final Path path) {
        final int maskDirectIo = 0x2000;
        final int offsetOfAlignment = 156;
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment name = arena.allocateFrom(path.toString());
            final MemorySegment answer = arena.allocate(256, 8);
            final int result =
                    (int) STATX.invokeExact(state, AT_FDCWD, name, 0, maskDirectIo, answer);
            if (result < 0 || (answer.get(INT, 0) & maskDirectIo) == 0) {
                return 0;
            }
            return answer.get(INT, offsetOfAlignment);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
