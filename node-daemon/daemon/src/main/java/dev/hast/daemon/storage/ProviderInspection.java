package dev.hast.daemon.storage;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// Looks at a device or file before anything is written to it. Blocking; not for event loops.
public final class ProviderInspection {
    private static final int PROBED_HEAD = 1 << 20;
    private static final int PROBED_TAIL = 128 << 10;

    private final SystemUse systemUse;

    public ProviderInspection() {
        this(new SystemUse(Path.of("/proc"), Path.of("/sys")));
    }

    ProviderInspection(final SystemUse systemUse) {
        this.systemUse = systemUse;
    }

    /// A mark by which the caller knows its own metadata.
    ///
    /// @param offset where it stands, in bytes; from the end if negative
    /// @param bytes what stands there
    @SuppressWarnings("ArrayRecordComponent")
    public record Magic(long offset, byte[] bytes) {}

    /// The most important thing to know about `path`, in this order: it cannot be used, it is in
    /// use, it is too small, it is ours, it holds somebody's data, it is empty.
    public ProviderFinding inspect(final Path path, final long neededBytes, final Magic ours) {
        try {
            final ProviderKind kind = ProviderKind.of(path);
            final Optional<ProviderFinding> user = user(path);
            if (user.isPresent()) {
                return user.get();
            }
            final Optional<ProviderFinding> claim = claim(path, kind);
            if (claim.isPresent()) {
                return claim.get();
            }
            return content(path, neededBytes, ours);
        } catch (final ProviderException e) {
            return new ProviderFinding.NotAProvider(path, String.valueOf(e.getMessage()));
        } catch (final IOException e) {
            return new ProviderFinding.NotAProvider(
                    path,
                    path
                            + " cannot be read: "
                            + e.getMessage()
                            + "; check its health with `dmesg` and `smartctl`, or name another provider");
        }
    }

    /// Who uses `path` now, as far as the system's tables say: mounts, swap, device mapper and
    /// RAID, loop devices; for a whole disk also through its partitions.
    public Optional<ProviderFinding> user(final Path path) throws ProviderException {
        try {
            return systemUse.of(path).map(found -> found);
        } catch (final IOException e) {
            throw new ProviderException(
                    "cannot find out whether " + path + " is in use: " + e.getMessage(), e);
        }
    }

    /// Asks the kernel: it knows users that stand in no table, or in another namespace's.
    private static Optional<ProviderFinding> claim(final Path path, final ProviderKind kind)
            throws ProviderException {
        final int flags =
                switch (kind) {
                    case BLOCK_DEVICE -> FileCalls.O_RDWR | FileCalls.O_EXCL;
                    case REGULAR_FILE -> FileCalls.O_RDWR;
                };
        final int fd = FileCalls.open(path, flags, 0);
        if (fd == -Errno.EBUSY) {
            return Optional.of(ProviderFinding.InUse.locked(path));
        }
        if (fd < 0) {
            throw new ProviderException(
                    path
                            + " cannot be opened for writing: "
                            + Errno.describe(fd)
                            + "; check its permissions, or name another provider");
        }
        final int locked = kind == ProviderKind.REGULAR_FILE ? FileCalls.lockExclusively(fd) : 0;
        FileCalls.close(fd);
        return locked < 0 ? Optional.of(ProviderFinding.InUse.locked(path)) : Optional.empty();
    }

    private static ProviderFinding content(
            final Path path, final long neededBytes, final Magic ours) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            // A block device has no size for FileChannel; its end has.
            final long size = endOf(path);
            if (size < neededBytes) {
                return new ProviderFinding.TooSmall(path, size, neededBytes);
            }
            final int headSize = (int) Math.min(PROBED_HEAD, size);
            final int tailSize = (int) Math.min(PROBED_TAIL, size);
            final ByteBuffer head = read(channel, 0, headSize);
            final ByteBuffer tail = read(channel, size - tailSize, tailSize);
            final ProbedContent content = new ProbedContent(head, tail, size);
            if (content.has(ours.offset(), ours.bytes())) {
                return new ProviderFinding.Ours(path);
            }
            final Optional<Signatures.Match> match = Signatures.find(content);
            if (match.isPresent()) {
                return new ProviderFinding.HoldsData(path, match.get().what(), match.get().at());
            }
            final long data = content.firstNonZero();
            return data < 0
                    ? new ProviderFinding.Empty(path)
                    : new ProviderFinding.HoldsData(path, "data of an unknown kind", data);
        }
    }

    private static long endOf(final Path path) throws IOException {
        final int fd = FileCalls.open(path, FileCalls.O_RDONLY, 0);
        if (fd < 0) {
            throw new IOException(Errno.describe(fd));
        }
        final long size = FileCalls.lseek(fd, 0, FileCalls.SEEK_END);
        FileCalls.close(fd);
        if (size < 0) {
            throw new IOException(Errno.describe((int) size));
        }
        return size;
    }

    private static ByteBuffer read(final FileChannel channel, final long offset, final int length)
            throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                break;
            }
        }
        return buffer.clear();
    }
}
