package dev.hast.daemon.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileCallsTest {
    @TempDir Path directory;

    @Test
    void whatIsWrittenIsReadBack() {
        final int fd = create("data");
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment out =
                    arena.allocateFrom(ValueLayout.JAVA_LONG, 0x1122334455667788L);
            final MemorySegment in = arena.allocate(ValueLayout.JAVA_LONG);
            assertThat(FileCalls.pwrite(fd, out.address(), 8, 4096)).isEqualTo(8);
            assertThat(FileCalls.fdatasync(fd)).isZero();
            assertThat(FileCalls.fsync(fd)).isZero();
            assertThat(FileCalls.pread(fd, in.address(), 8, 4096)).isEqualTo(8);
            assertThat(in.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x1122334455667788L);
        }
        assertThat(FileCalls.close(fd)).isZero();
    }

    @Test
    void aReadAtTheEndReturnsZeroBytes() {
        final int fd = create("short");
        try (Arena arena = Arena.ofConfined()) {
            assertThat(FileCalls.pread(fd, arena.allocate(8).address(), 8, 0)).isZero();
        }
        FileCalls.close(fd);
    }

    @Test
    void anErrorIsTheNegativeErrnoOfItsOwnCall() {
        assertThat(FileCalls.open(directory.resolve("missing"), FileCalls.O_RDWR, 0))
                .isEqualTo(-Errno.ENOENT);
        assertThat(FileCalls.close(-1)).isEqualTo(-Errno.EBADF);
        assertThat(FileCalls.open(directory, FileCalls.O_RDWR, 0)).isEqualTo(-Errno.EISDIR);
    }

    @Test
    void aPunchedHoleIsFoundBySeekingAndReadsAsZero() throws Exception {
        final int fd = create("sparse");
        final Path file = directory.resolve("sparse");
        Files.write(file, new byte[1 << 20]);
        assertThat(
                        FileCalls.fallocate(
                                fd,
                                FileCalls.FALLOC_FL_PUNCH_HOLE | FileCalls.FALLOC_FL_KEEP_SIZE,
                                0,
                                1 << 19))
                .isZero();
        assertThat(FileCalls.lseek(fd, 0, FileCalls.SEEK_DATA)).isEqualTo(1 << 19);
        assertThat(FileCalls.lseek(fd, 0, FileCalls.SEEK_END)).isEqualTo(1 << 20);
        assertThat(FileCalls.ftruncate(fd, 4096)).isZero();
        assertThat(Files.size(file)).isEqualTo(4096);
        FileCalls.close(fd);
    }

    @Test
    void aSecondOpenOfALockedFileIsRefusedUntilTheFirstIsClosed() {
        final int first = create("locked");
        final int second = FileCalls.open(directory.resolve("locked"), FileCalls.O_RDWR, 0);
        assertThat(FileCalls.lockExclusively(first)).isZero();
        assertThat(FileCalls.lockExclusively(second)).isEqualTo(-Errno.EAGAIN);
        FileCalls.close(first);
        assertThat(FileCalls.lockExclusively(second)).isZero();
        FileCalls.close(second);
    }

    @Test
    void anIoctlThatTheFileDoesNotKnowSaysSo() {
        final int fd = create("plain");
        assertThat(FileCalls.ioctlGetInt(fd, FileCalls.BLKSSZGET)).isEqualTo(-Errno.ENOTTY);
        assertThat(FileCalls.ioctlGetLong(fd, FileCalls.BLKGETSIZE64)).isEqualTo(-Errno.ENOTTY);
        assertThat(FileCalls.ioctl(fd, FileCalls.BLKROGET, 0L)).isEqualTo(-Errno.ENOTTY);
        FileCalls.close(fd);
    }

    @Test
    void anErrnoIsDescribedBySymbolNumberAndMeaning() {
        assertThat(Errno.describe(-Errno.ENOSPC)).isEqualTo("ENOSPC (28): no space left on device");
        assertThat(Errno.describe(Errno.ECONNRESET))
                .isEqualTo("ECONNRESET (104): connection reset by peer");
        assertThat(Errno.name(-9999)).isEqualTo("errno 9999");
        assertThat(new PosixException("open", "/dev/x", -Errno.EBUSY))
                .hasMessage("open of /dev/x failed: EBUSY (16): device or resource busy");
    }

    @Test
    void aLimitIsReadAsTheKernelHasIt() throws Exception {
        final ProcessCalls.Limit limit = ProcessCalls.limit(ProcessCalls.RLIMIT_NOFILE);
        final String line =
                Files.readAllLines(Path.of("/proc/self/limits")).stream()
                        .filter(text -> text.startsWith("Max open files"))
                        .findFirst()
                        .orElseThrow();
        assertThat(line.split("\\s+"))
                .contains(Long.toString(limit.soft()), Long.toString(limit.hard()));
        assertThat(ProcessCalls.setLimit(ProcessCalls.RLIMIT_NOFILE, limit)).isZero();
    }

    private int create(final String name) {
        final int fd =
                FileCalls.open(directory.resolve(name), FileCalls.O_RDWR | FileCalls.O_CREAT, 0600);
        assertThat(fd).isNotNegative();
        return fd;
    }
}
