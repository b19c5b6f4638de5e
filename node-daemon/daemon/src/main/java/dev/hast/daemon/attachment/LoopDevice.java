package dev.hast.daemon.attachment;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A loop device over one file.
///
/// Direct I/O to the file is on: otherwise every block would be cached twice, and dirty pages of
/// the file would wait in memory for a flush that the device has already confirmed.
record LoopDevice(Path device) {
    private static final Path CONTROL = Path.of("/dev/loop-control");
    private static final Path SYS_BLOCK = Path.of("/sys/block");

    private static final long LOOP_CTL_GET_FREE = 0x4C82L;
    private static final long LOOP_CONFIGURE = 0x4C0AL;
    private static final long LOOP_CLR_FD = 0x4C01L;
    private static final int LO_FLAGS_DIRECT_IO = 16;

    // struct loop_config: fd (u32), block size (u32), struct loop_info64 (232), reserved (64).
    private static final int CONFIG_LENGTH = 304;
    private static final int CONFIG_BLOCK_SIZE = 4;
    private static final int CONFIG_FLAGS = 8 + 52;

    private static final int RACES_MAX = 16;

    static boolean isAvailable() {
        return Files.exists(CONTROL);
    }

    /// Binds a free loop device to `file`.
    static LoopDevice bind(final Path file, final int blockSize) throws AttachmentException {
        final int backing = FileCalls.open(file, FileCalls.O_RDWR, 0);
        if (backing < 0) {
            throw new AttachmentException("cannot open " + file + ": " + Errno.describe(backing));
        }
        try {
            // Somebody else may take the free device between the two calls.
            for (int tries = 0; tries < RACES_MAX; tries++) {
                final Optional<LoopDevice> bound = tryBind(backing, file, blockSize);
                if (bound.isPresent()) {
                    return bound.get();
                }
            }
            throw new AttachmentException(
                    "found no free loop device for " + file + " in " + RACES_MAX + " tries");
        } finally {
            FileCalls.close(backing);
        }
    }

    private static Optional<LoopDevice> tryBind(
            final int backing, final Path file, final int blockSize) throws AttachmentException {
        final Path device = Path.of("/dev/loop" + freeNumber());
        final int fd = FileCalls.open(device, FileCalls.O_RDWR, 0);
        if (fd < 0) {
            throw new AttachmentException("cannot open " + device + ": " + Errno.describe(fd));
        }
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment config = arena.allocate(CONFIG_LENGTH, 8);
            config.set(ValueLayout.JAVA_INT, 0, backing);
            config.set(ValueLayout.JAVA_INT, CONFIG_BLOCK_SIZE, blockSize);
            config.set(ValueLayout.JAVA_INT, CONFIG_FLAGS, LO_FLAGS_DIRECT_IO);
            final int result = FileCalls.ioctl(fd, LOOP_CONFIGURE, config);
            if (result == -Errno.EBUSY) {
                return Optional.empty();
            }
            if (result < 0) {
                throw new AttachmentException(
                        "cannot bind " + device + " to " + file + ": " + Errno.describe(result));
            }
            return Optional.of(new LoopDevice(device));
        } finally {
            FileCalls.close(fd);
        }
    }

    private static int freeNumber() throws AttachmentException {
        final int control = FileCalls.open(CONTROL, FileCalls.O_RDWR, 0);
        if (control < 0) {
            throw new AttachmentException(
                    "cannot open " + CONTROL + ": " + Errno.describe(control));
        }
        try {
            final int number = FileCalls.ioctl(control, LOOP_CTL_GET_FREE, 0L);
            if (number < 0) {
                throw new AttachmentException(
                        "the kernel has no free loop device: " + Errno.describe(number));
            }
            return number;
        } finally {
            FileCalls.close(control);
        }
    }

    /// The loop device that is bound to `file`.
    static Optional<LoopDevice> boundTo(final Path file) {
        try (DirectoryStream<Path> loops = Files.newDirectoryStream(SYS_BLOCK, "loop*")) {
            for (final Path loop : loops) {
                final String backing = DeviceUsers.read(loop.resolve("loop/backing_file"));
                if (backing.equals(file.toString())) {
                    return Optional.of(new LoopDevice(Path.of("/dev", loop.getFileName() + "")));
                }
            }
            return Optional.empty();
        } catch (final IOException unreadable) {
            return Optional.empty();
        }
    }

    private Path sys() {
        return SYS_BLOCK.resolve(device.getFileName() + "");
    }

    boolean isBound() {
        return Files.exists(sys().resolve("loop/backing_file"));
    }

    boolean isDirect() {
        return "1".equals(DeviceUsers.read(sys().resolve("loop/dio")));
    }

    /// In bytes.
    long size() {
        final String sectors = DeviceUsers.read(sys().resolve("size"));
        return sectors.isEmpty() ? 0 : Long.parseLong(sectors) * 512;
    }

    /// Lets the file go; while somebody holds the device, when the last one closes it. Waits for
    /// I/O under way. Returns 0 or `-errno`.
    int unbind() {
        final int fd = FileCalls.open(device, FileCalls.O_RDWR, 0);
        if (fd < 0) {
            return fd;
        }
        final int result = FileCalls.ioctl(fd, LOOP_CLR_FD, 0L);
        FileCalls.close(fd);
        return result == -Errno.ENXIO ? 0 : result;
    }
}
