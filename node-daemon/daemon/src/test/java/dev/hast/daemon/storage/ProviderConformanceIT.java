package dev.hast.daemon.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.posix.Errno;
import io.netty.buffer.ByteBuf;
import io.netty.channel.uring.IoUring;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/// What every provider does, whatever engine drives it and whatever it stands on.
@ParameterizedClass
@MethodSource("cases")
final class ProviderConformanceIT {
    private static final int SIZE = 16 << 20;

    /// @param device null stands for a regular file
    record Case(EngineChoice engine, String medium, int sectorSize) {
        @Override
        public String toString() {
            return engine + " on " + medium + " with sectors of " + sectorSize;
        }
    }

    static List<Case> cases() {
        final List<Case> cases = new ArrayList<>();
        for (final EngineChoice engine : List.of(EngineChoice.IO_URING, EngineChoice.THREADS)) {
            for (final int sectorSize : List.of(512, 4096)) {
                cases.add(new Case(engine, "file", sectorSize));
                cases.add(new Case(engine, "loop device", sectorSize));
            }
            cases.add(new Case(engine, "tmpfs", 4096));
        }
        return cases;
    }

    private final Case testCase;
    private final List<AutoCloseable> closeables = new ArrayList<>();
    private StorageLoop loop;
    private LocalProvider provider;
    private Path file;

    ProviderConformanceIT(final Case testCase) {
        this.testCase = testCase;
    }

    @TempDir Path directory;

    @BeforeEach
    void open() throws Exception {
        Assumptions.assumeTrue(
                testCase.engine != EngineChoice.IO_URING || IoUring.isAvailable(),
                "needs io_uring, which this machine does not allow");
        file = directory.resolve("provider");
        Path path = file;
        switch (testCase.medium) {
            case "file" -> ProviderFile.create(file, SIZE, false);
            case "loop device" -> {
                LoopDevice.assumeRoot();
                ProviderFile.create(file, SIZE, false);
                final LoopDevice device = LoopDevice.over(file, testCase.sectorSize);
                closeables.add(device);
                path = device.device();
            }
            case "tmpfs" -> {
                final Path shm = Path.of("/dev/shm");
                Assumptions.assumeTrue(
                        Files.isWritable(shm) && "tmpfs".equals(Files.getFileStore(shm).type()),
                        "needs a tmpfs at /dev/shm");
                file = Files.createTempDirectory(shm, "hast-test").resolve("provider");
                path = file;
                closeables.add(() -> {
                    Files.deleteIfExists(file);
                    Files.deleteIfExists(file.getParent());
                });
                ProviderFile.create(file, SIZE, false);
            }
            default -> throw new AssertionError(testCase.medium);
        }
        loop = new StorageLoop(testCase.engine);
        provider = loop.open(path, options());
    }

    private ProviderOptions options() {
        return ProviderOptions.defaults()
                .withEngine(testCase.engine)
                .withSectorSize(testCase.sectorSize)
                .withQueue(16, 256);
    }

    @AfterEach
    void close() throws Exception {
        if (provider != null) {
            loop.closeAndWait(provider);
        }
        if (loop != null) {
            assertThat(loop.buffers().used()).isZero();
            loop.close();
        }
        for (final AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    @Test
    void itsCapacityAndSectorSizeAreThoseOfTheMedium() {
        assertThat(provider.capacity()).isEqualTo(SIZE);
        assertThat(provider.sectorSize()).isEqualTo(testCase.sectorSize);
        assertThat(provider.engine())
                .isEqualTo(testCase.engine == EngineChoice.IO_URING ? "io_uring" : "threads");
    }

    @Test
    void newSpaceReadsAsZero() throws Exception {
        assertThat(loop.read(provider, SIZE - (1 << 20), 1 << 20)).containsOnly(0);
    }

    @Test
    void whatIsWrittenIsReadBackUpToTheLastSector() throws Exception {
        final int sector = provider.sectorSize();
        for (final long offset : new long[] {0, sector, 65536 - sector, SIZE - sector}) {
            final byte[] bytes = random(offset, sector);
            assertThat(loop.write(provider, offset, bytes)).isZero();
            assertThat(loop.read(provider, offset, sector)).isEqualTo(bytes);
        }
        final byte[] large = random(7, 4 << 20);
        assertThat(loop.write(provider, 1 << 20, large)).isZero();
        assertThat(loop.flush(provider)).isZero();
        assertThat(loop.read(provider, 1 << 20, 4 << 20)).isEqualTo(large);
    }

    @Test
    void aWriteTakesItsBytesFromTheOffsetInTheBuffer() throws Exception {
        final int sector = provider.sectorSize();
        final ByteBuf buffer = loop.buffers().allocate(4 * sector);
        final byte[] bytes = random(1, 4 * sector);
        buffer.setBytes(0, bytes);
        assertThat(
                        loop.run(completion ->
                                provider.write(0, buffer, 2 * sector, sector, completion, 0)))
                .isZero();
        buffer.release();
        assertThat(loop.read(provider, 0, sector))
                .isEqualTo(Arrays.copyOfRange(bytes, 2 * sector, 3 * sector));
    }

    @Test
    void aZeroedRangeReadsAsZeroAndItsNeighboursStay() throws Exception {
        final int sector = provider.sectorSize();
        for (final boolean mayUnmap : new boolean[] {true, false}) {
            final byte[] bytes = random(3, 1 << 20);
            assertThat(loop.write(provider, 0, bytes)).isZero();
            assertThat(loop.zero(provider, 3L * sector, 101L * sector, mayUnmap)).isZero();
            Arrays.fill(bytes, 3 * sector, 104 * sector, (byte) 0);
            assertThat(loop.read(provider, 0, 1 << 20)).isEqualTo(bytes);
        }
        assertThat(loop.zero(provider, 0, SIZE, true)).isZero();
        assertThat(loop.read(provider, 0, 4 << 20)).containsOnly(0);
    }

    @Test
    void whatIsUnalignedOrOutsideIsRefused() throws Exception {
        final int sector = provider.sectorSize();
        final ByteBuf buffer = loop.buffers().allocate(4 * sector);
        for (final long[] bad :
                new long[][] {
                    {1, 0, sector},
                    {0, 0, sector - 1},
                    {0, 1, sector},
                    {0, 0, 0},
                    {0, 0, -sector},
                    {-sector, 0, sector},
                    {0, 4L * sector, sector},
                    {0, -sector, sector},
                    {SIZE, 0, sector},
                    {SIZE - sector, 0, 2L * sector},
                    {Long.MAX_VALUE - sector + 1, 0, sector}
                }) {
            assertThat(
                            loop.run(completion ->
                                    provider.write(
                                            bad[0],
                                            buffer,
                                            (int) bad[1],
                                            (int) bad[2],
                                            completion,
                                            0)))
                    .as("write of %s", Arrays.toString(bad))
                    .isEqualTo(-Errno.EINVAL);
        }
        buffer.release();
        assertThat(loop.zero(provider, 0, SIZE + sector, true)).isEqualTo(-Errno.EINVAL);
        assertThat(loop.zero(provider, 1, sector, true)).isEqualTo(-Errno.EINVAL);
        assertThat(loop.read(provider, 0, 1 << 16)).containsOnly(0);
    }

    @Test
    void noCompletionRunsInsideTheCallThatAskedForIt() throws Exception {
        final boolean[] inside = new boolean[1];
        final List<Integer> results = new ArrayList<>();
        final IoCompletion completion =
                (token, result) -> {
                    assertThat(inside[0]).isFalse();
                    results.add(result);
                };
        final ByteBuf buffer = loop.buffers().allocate(4096);
        loop.call(() -> {
            inside[0] = true;
            provider.flush(completion, 0);
            provider.read(0, buffer, 4096, completion, 1);
            provider.read(1, buffer, 4096, completion, 2);
            provider.zero(0, 4096, true, completion, 3);
            inside[0] = false;
            return true;
        });
        loop.closeAndWait(provider);
        buffer.release();
        assertThat(loop.call(() -> List.copyOf(results)))
                .containsExactlyInAnyOrder(0, 0, -Errno.EINVAL, 0);
    }

    @Test
    void moreThanTheQueueTakesIsToldToComeAgain() throws Exception {
        final List<Integer> results = new ArrayList<>();
        final CompletableFuture<List<Integer>> all = new CompletableFuture<>();
        final IoCompletion completion =
                (token, result) -> {
                    results.add(result);
                    if (results.size() == 300) {
                        all.complete(results);
                    }
                };
        final ByteBuf buffer = loop.buffers().allocate(4096);
        final int outstanding =
                loop.call(() -> {
                    for (int i = 0; i < 300; i++) {
                        provider.read(0, buffer, 4096, completion, i);
                    }
                    return provider.outstanding();
                });
        assertThat(outstanding).isEqualTo(256);
        assertThat(all.get(1, TimeUnit.MINUTES).stream().filter(result -> result == 0))
                .hasSize(256);
        assertThat(results.stream().filter(result -> result == -Errno.EAGAIN)).hasSize(44);
        buffer.release();
    }

    @Test
    void closingEndsWhatWaitsCompletesWhatIsInFlightAndRefusesWhatComes() throws Exception {
        final List<Integer> results = new ArrayList<>();
        final ByteBuf buffer = loop.buffers().allocate(1 << 20);
        loop.call(() -> {
            for (int i = 0; i < 32; i++) {
                provider.write(0, buffer, 0, 1 << 20, (token, result) -> results.add(result), i);
            }
            provider.close();
            provider.read(0, buffer, 4096, (token, result) -> results.add(result), 99);
            return true;
        });
        loop.closeAndWait(provider);
        buffer.release();
        final List<Integer> all = loop.call(() -> List.copyOf(results));
        assertThat(all.stream().filter(result -> result == 0)).hasSize(16);
        assertThat(all.stream().filter(result -> result == -Errno.ECANCELED)).hasSize(16);
        assertThat(all.stream().filter(result -> result == -Errno.ESHUTDOWN)).hasSize(1);
    }

    @Test
    void itIsFreeForOthersOnlyWhenItIsClosed() throws Exception {
        final Path path = provider.path();
        final Throwable refusal = loop.refusal(path, options());
        assertThat(refusal).isInstanceOf(ProviderException.class);
        assertThat(refusal.getMessage()).contains(path.toString()).contains("fuser");
        loop.closeAndWait(provider);
        provider = loop.open(path, options());
    }

    @Test
    void aFileThatWasCutShortIsAnErrorNotShortData() throws Exception {
        try (RandomAccessFile other = new RandomAccessFile(file.toFile(), "rw")) {
            other.setLength(SIZE / 2);
        }
        final ByteBuf buffer = loop.buffers().allocate(8192);
        assertThat(
                        loop.run(completion ->
                                provider.read(SIZE / 2 - 4096, buffer, 8192, completion, 0)))
                .isEqualTo(-Errno.EIO);
        buffer.release();
    }

    @Test
    void growingAddsZeroes() throws Exception {
        final Random random = new Random(5);
        loop.write(provider, SIZE - 4096, random(5, 4096));
        final int result = loop.run(completion -> provider.grow(2L * SIZE, completion, 0));
        if (testCase.medium.equals("loop device")) {
            assertThat(result).isEqualTo(-Errno.ENOSPC);
            try (RandomAccessFile other = new RandomAccessFile(file.toFile(), "rw")) {
                other.setLength(2L * SIZE);
            }
            LoopDevice.run("losetup", "--set-capacity", provider.path().toString());
            assertThat(loop.run(completion -> provider.grow(2L * SIZE, completion, 0))).isZero();
        } else {
            assertThat(result).isZero();
        }
        assertThat(provider.capacity()).isEqualTo(2L * SIZE);
        assertThat(loop.read(provider, SIZE, 1 << 20)).containsOnly(0);
        final long offset = SIZE + 4096L * random.nextInt(100);
        loop.write(provider, offset, random(6, 4096));
        assertThat(loop.read(provider, offset, 4096)).isEqualTo(random(6, 4096));
    }

    @Test
    void randomOperationsAtDepth64AgreeWithAModel() throws Exception {
        for (long seed = 1; seed <= 3; seed++) {
            final RandomWorkload workload = new RandomWorkload(loop, provider, seed, 64);
            workload.run(3000);
            assertThat(workload.failures()).as("seed %d", seed).isEmpty();
            final byte[] expected = workload.expected();
            assertThat(Arrays.mismatch(loop.read(provider, 0, expected.length), expected))
                    .as("first byte that differs, seed %d", seed)
                    .isEqualTo(-1);
        }
    }

    private static byte[] random(final long seed, final int length) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
