package dev.hast.daemon.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.posix.Errno;
import io.netty.channel.EventLoop;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kernels may stop in the middle of a transfer, be interrupted, or lack a way of zeroing; most
/// never do while one looks. Here real I/O goes through an engine that makes them all happen.
final class InterruptedTransfersIT {
    private static final int SECTOR = 512;

    private final StorageLoop loop = new StorageLoop(EngineChoice.THREADS);

    @TempDir Path directory;

    private LocalProvider provider;
    private TroubledEngine engine;

    @BeforeEach
    void open() throws Exception {
        final Path file = directory.resolve("provider");
        LocalProvider.createFile(file, 8 << 20, false);
        final ProviderOptions options = ProviderOptions.defaults();
        final ProviderFile opened = ProviderFile.open(file, options);
        provider =
                loop.call(() ->
                        new LocalProvider(
                                opened,
                                options,
                                loop.loop(),
                                (requests, sink, onLoopClosed) -> {
                                    engine = new TroubledEngine(opened, loop.loop(), sink);
                                    return engine;
                                }));
    }

    @AfterEach
    void close() throws Exception {
        loop.closeAndWait(provider);
        loop.close();
    }

    @Test
    void shortAndInterruptedTransfersAreContinuedToTheLastByte() throws Exception {
        for (long seed = 1; seed <= 3; seed++) {
            loop.call(() -> {
                engine.troubled = true;
                return true;
            });
            final RandomWorkload workload = new RandomWorkload(loop, provider, seed, 16);
            workload.run(2000);
            assertThat(workload.failures()).as("seed %d", seed).isEmpty();
            loop.call(() -> {
                engine.troubled = false;
                return true;
            });
            final byte[] expected = workload.expected();
            assertThat(Arrays.mismatch(loop.read(provider, 0, expected.length), expected))
                    .as("first byte that differs, seed %d", seed)
                    .isEqualTo(-1);
        }
        assertThat(loop.call(() -> engine.shortened)).isGreaterThan(100);
        assertThat(loop.call(() -> engine.interrupted)).isGreaterThan(100);
    }

    @Test
    void whereNothingZeroesZeroesAreWritten() throws Exception {
        loop.call(() -> {
            engine.allocates = false;
            return true;
        });
        final byte[] bytes = new byte[1 << 20];
        new Random(1).nextBytes(bytes);
        for (final boolean mayUnmap : new boolean[] {true, false, true}) {
            assertThat(loop.write(provider, 0, bytes)).isZero();
            assertThat(loop.zero(provider, SECTOR, (1 << 20) - 2 * SECTOR, mayUnmap)).isZero();
            final byte[] expected = bytes.clone();
            Arrays.fill(expected, SECTOR, (1 << 20) - SECTOR, (byte) 0);
            assertThat(loop.read(provider, 0, 1 << 20)).isEqualTo(expected);
        }
        // Two ways tried for the first unmapping, one for the first keeping, none again.
        assertThat(loop.call(() -> engine.refusedAllocations)).isEqualTo(3);
    }

    @Test
    void aKernelThatSaysTryAgainForEverIsNotAskedForEver() throws Exception {
        loop.call(() -> {
            engine.stuck = true;
            return true;
        });
        assertThat(loop.flush(provider)).isEqualTo(-Errno.EAGAIN);
    }

    /// All on the loop.
    private static final class TroubledEngine implements IoEngine {
        private final Random random = new Random(99);
        private final Map<IoRequest, Long> wholeLengths = new HashMap<>();
        private final Map<IoRequest, Integer> hiddenBytes = new HashMap<>();
        private final ThreadEngine engine;
        private final EventLoop loop;
        private final StepSink sink;
        private boolean troubled;
        private boolean stuck;
        private boolean allocates = true;
        private int shortened;
        private int interrupted;
        private int refusedAllocations;

        TroubledEngine(final ProviderFile file, final EventLoop loop, final StepSink sink) {
            this.engine = new ThreadEngine(file.descriptor(), "troubled", 4, loop, this::stepped);
            this.loop = loop;
            this.sink = sink;
        }

        @Override
        public boolean submit(final IoRequest request) {
            if (stuck) {
                loop.execute(() -> sink.stepped(request, -Errno.EAGAIN));
                return true;
            }
            if (!allocates && request.step == IoRequest.Step.ALLOCATE) {
                refusedAllocations++;
                loop.execute(() -> sink.stepped(request, -Errno.EOPNOTSUPP));
                return true;
            }
            if (troubled && random.nextInt(4) == 0) {
                interrupted++;
                final int errno = random.nextBoolean() ? Errno.EINTR : Errno.EAGAIN;
                loop.execute(() -> sink.stepped(request, -errno));
                return true;
            }
            final boolean transfer =
                    request.step == IoRequest.Step.READ || request.step == IoRequest.Step.WRITE;
            if (troubled && transfer && request.stepLength > SECTOR && random.nextInt(3) == 0) {
                shortened++;
                wholeLengths.put(request, request.stepLength);
                final int sectors = (int) (request.stepLength / SECTOR);
                request.stepLength = (long) SECTOR * (1 + random.nextInt(sectors - 1));
                // Now and then the kernel stops within a sector.
                if (request.stepLength > SECTOR && random.nextBoolean()) {
                    hiddenBytes.put(request, 1 + random.nextInt(SECTOR - 1));
                }
            }
            return engine.submit(request);
        }

        private void stepped(final IoRequest request, final int result) {
            final Long whole = wholeLengths.remove(request);
            if (whole != null) {
                request.stepLength = whole;
            }
            final Integer hidden = hiddenBytes.remove(request);
            sink.stepped(request, hidden == null ? result : result - hidden);
        }

        @Override
        public String name() {
            return "troubled";
        }

        @Override
        public void close() {
            engine.close();
        }
    }
}
