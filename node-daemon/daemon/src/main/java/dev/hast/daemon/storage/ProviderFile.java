package dev.hast.daemon.storage;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The open descriptor of a provider, its lock, and what it is. Blocking; not for event loops.
///
/// The lock of a block device is `O_EXCL`, which the kernel also takes for a mount, a swap area,
/// and the members of LVM, RAID and device mapper, so one excludes the other. The lock of a file
/// belongs to the open file description and goes with it, however the process ends.
final class ProviderFile {
    private static final Logger LOG = LoggerFactory.getLogger(ProviderFile.class);

    private final Path path;
    private final int descriptor;
    private final boolean blockDevice;
    private final boolean direct;
    private final int sectorSize;
    private final long capacity;

    private ProviderFile(
            final Path path,
            final Opened opened,
            final boolean blockDevice,
            final int sectorSize,
            final long capacity) {
        this.path = path;
        this.descriptor = opened.descriptor;
        this.direct = opened.direct;
        this.blockDevice = blockDevice;
        this.sectorSize = sectorSize;
        this.capacity = capacity;
    }

    private record Opened(int descriptor, boolean direct) {}

    static ProviderFile open(final Path path, final ProviderOptions options)
            throws ProviderException {
        final ProviderKind kind = ProviderKind.of(path);
        final Optional<ProviderFinding> user = new ProviderInspection().user(path);
        if (user.isPresent()) {
            throw new ProviderException(user.get().message());
        }
        final Opened opened = openDescriptor(path, kind);
        try {
            lock(path, kind, opened.descriptor);
            final int sectorSize = sectorSize(path, kind, opened, options.sectorSize());
            final long size = size(path, kind, opened.descriptor);
            return new ProviderFile(
                    path,
                    opened,
                    kind == ProviderKind.BLOCK_DEVICE,
                    sectorSize,
                    size & -(long) sectorSize);
        } catch (final ProviderException e) {
            FileCalls.close(opened.descriptor);
            throw e;
        }
    }

    /// Makes a new file of `size` bytes that reads as zero, durably. With `preallocate` its space
    /// is taken now, so that no later write can meet a full file system. An existing file is
    /// refused.
    static void create(final Path path, final long size, final boolean preallocate)
            throws ProviderException {
        final int fd =
                FileCalls.open(path, FileCalls.O_RDWR | FileCalls.O_CREAT | FileCalls.O_EXCL, 0600);
        if (fd < 0) {
            throw failure("cannot create", path, fd);
        }
        int result =
                preallocate ? FileCalls.fallocate(fd, 0, 0, size) : FileCalls.ftruncate(fd, size);
        if (result == 0) {
            result = FileCalls.fsync(fd);
        }
        FileCalls.close(fd);
        if (result == 0) {
            result = syncDirectory(path);
        }
        if (result < 0) {
            try {
                Files.deleteIfExists(path);
            } catch (final IOException e) {
                LOG.atWarn()
                        .addKeyValue("provider", path)
                        .setCause(e)
                        .log("half-made file stays behind");
            }
            throw failure("cannot make a file of " + size + " bytes at", path, result);
        }
    }

    private static int syncDirectory(final Path path) {
        final Path parent = path.toAbsolutePath().getParent();
        final int fd = FileCalls.open(parent == null ? path : parent, FileCalls.O_RDONLY, 0);
        if (fd < 0) {
            return fd;
        }
        final int result = FileCalls.fsync(fd);
        FileCalls.close(fd);
        return result;
    }

    private static Opened openDescriptor(final Path path, final ProviderKind kind)
            throws ProviderException {
        final int flags =
                FileCalls.O_RDWR | (kind == ProviderKind.BLOCK_DEVICE ? FileCalls.O_EXCL : 0);
        int fd = FileCalls.open(path, flags | FileCalls.O_DIRECT, 0);
        if (fd == -Errno.EINVAL) {
            // The file system cannot do direct I/O, as tmpfs before Linux 6.6.
            LOG.atWarn()
                    .addKeyValue("provider", path)
                    .log(
                            "no direct I/O here: data passes through the page cache, a write error may show only at a flush");
            fd = FileCalls.open(path, flags, 0);
            if (fd >= 0) {
                return new Opened(fd, false);
            }
        }
        if (fd < 0) {
            throw failure("cannot open", path, fd);
        }
        return new Opened(fd, true);
    }

    private static void lock(final Path path, final ProviderKind kind, final int descriptor)
            throws ProviderException {
        if (kind == ProviderKind.BLOCK_DEVICE) {
            if (FileCalls.ioctlGetInt(descriptor, FileCalls.BLKROGET) > 0) {
                throw failure("cannot use", path, -Errno.EROFS);
            }
            return;
        }
        final int result = FileCalls.lockExclusively(descriptor);
        if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
            throw new ProviderException(ProviderFinding.InUse.locked(path).message());
        }
        if (result < 0) {
            throw failure("cannot lock", path, result);
        }
    }

    private static int sectorSize(
            final Path path, final ProviderKind kind, final Opened opened, final int wanted)
            throws ProviderException {
        final int own =
                switch (kind) {
                    case BLOCK_DEVICE ->
                            FileCalls.ioctlGetInt(opened.descriptor, FileCalls.BLKSSZGET);
                    case REGULAR_FILE ->
                            opened.direct ? fileSectorSize(path, opened.descriptor) : 512;
                };
        if (own < 0) {
            throw failure("cannot get the sector size of", path, own);
        }
        if (own > 4096 || Integer.bitCount(own) != 1) {
            throw new ProviderException(
                    path
                            + ": sectors of "
                            + own
                            + " bytes are not supported, only 512 and 4096; use another device");
        }
        return Math.max(Math.max(512, own), wanted);
    }

    private static int fileSectorSize(final Path path, final int descriptor) {
        final int told = FileCalls.directIoAlignment(path);
        if (told > 0) {
            return told;
        }
        // Older kernels and some file systems do not tell; then one read of half a kilobyte does.
        try (Arena arena = Arena.ofConfined()) {
            final long address = arena.allocate(4096, 4096).address();
            return FileCalls.pread(descriptor, address, 512, 512) == -Errno.EINVAL ? 4096 : 512;
        }
    }

    private static long size(final Path path, final ProviderKind kind, final int descriptor)
            throws ProviderException {
        final long size =
                switch (kind) {
                    case BLOCK_DEVICE -> FileCalls.ioctlGetLong(descriptor, FileCalls.BLKGETSIZE64);
                    case REGULAR_FILE -> FileCalls.lseek(descriptor, 0, FileCalls.SEEK_END);
                };
        if (size < 0) {
            throw failure("cannot get the size of", path, (int) size);
        }
        return size;
    }

    /// Grows to at least `newCapacity`; returns the capacity, or negative errno.
    long grow(final long newCapacity) {
        if (blockDevice) {
            final long size = FileCalls.ioctlGetLong(descriptor, FileCalls.BLKGETSIZE64);
            return size >= 0 && size < newCapacity ? -Errno.ENOSPC : size & -(long) sectorSize;
        }
        final long size = FileCalls.lseek(descriptor, 0, FileCalls.SEEK_END);
        if (size >= newCapacity || size < 0) {
            return size < 0 ? size : size & -(long) sectorSize;
        }
        final int extended = FileCalls.ftruncate(descriptor, newCapacity);
        final int synced = extended == 0 ? FileCalls.fdatasync(descriptor) : extended;
        return synced < 0 ? synced : newCapacity & -(long) sectorSize;
    }

    void close() {
        final int result = FileCalls.close(descriptor);
        if (result < 0) {
            LOG.atWarn()
                    .addKeyValue("provider", path)
                    .addKeyValue("error", Errno.describe(result))
                    .log("closing the provider failed");
        }
    }

    Path path() {
        return path;
    }

    int descriptor() {
        return descriptor;
    }

    boolean isDirect() {
        return direct;
    }

    int sectorSize() {
        return sectorSize;
    }

    long capacity() {
        return capacity;
    }

    private static ProviderException failure(final String what, final Path path, final int result) {
        final String mend =
                switch (-result) {
                    case Errno.EACCES, Errno.EPERM -> "; run hastd as root, or give it access";
                    case Errno.EBUSY ->
                            "; it is mounted, or another program holds it: see `lsblk "
                                    + path
                                    + "` and `fuser -v "
                                    + path
                                    + "`";
                    case Errno.EROFS -> "; make it writable, or name another provider";
                    case Errno.ENOSPC, Errno.EDQUOT ->
                            "; free some space, or choose a smaller size";
                    case Errno.EEXIST -> "; name another path, or use the file as it is";
                    case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV ->
                            "; check the path, and that the disk is there";
                    default -> "; see `dmesg` for what the kernel says about it";
                };
        return new ProviderException(what + " " + path + ": " + Errno.describe(result) + mend);
    }
}
