package dev.hast.daemon.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.channel.uring.IoUring;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A write costs the event loop's thread no garbage once the code is compiled.
final class SteadyStateAllocationIT {
    private static final int WRITES = 20_000;
    private static final int DEPTH = 16;

    /// The loop's own task queue takes a node now and then; a request object or a lambda per write
    /// would be far above.
    private static final long BYTES_PER_WRITE_MAX = 16;

    @TempDir Path directory;

    @ParameterizedTest
    @EnumSource(names = {"IO_URING", "THREADS"})
    void aWriteMakesNoGarbageOnTheLoop(final EngineChoice engine) throws Exception {
        Assumptions.assumeTrue(
                engine == EngineChoice.THREADS || IoUring.isAvailable(),
                "needs io_uring, which this machine does not allow");
        final Path file = directory.resolve("provider");
        ProviderFile.create(file, 16 << 20, true);
        try (StorageLoop loop = new StorageLoop(engine)) {
            final LocalProvider provider =
                    loop.open(file, ProviderOptions.defaults().withEngine(engine));
            final Writer writer = new Writer(loop, provider);
            // Compilation is in the background; rounds go on until it has come.
            long perWrite = Long.MAX_VALUE;
            for (int round = 0; round < 12 && perWrite >= BYTES_PER_WRITE_MAX; round++) {
                perWrite = writer.run() / WRITES;
            }
            assertThat(perWrite).isLessThan(BYTES_PER_WRITE_MAX);
            loop.closeAndWait(provider);
        }
    }

    private static final class Writer implements IoCompletion {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final StorageLoop loop;
        private final Provider provider;
        private CompletableFuture<Long> done = new CompletableFuture<>();
        private int left;
        private int inFlight;
        private long before;
        private final ByteBuf[] held = new ByteBuf[DEPTH];

        Writer(final StorageLoop loop, final Provider provider) {
            this.loop = loop;
            this.provider = provider;
        }

        /// Bytes allocated on the loop's thread by [#WRITES] writes.
        long run() throws Exception {
            done = new CompletableFuture<>();
            loop.loop()
                    .execute(() -> {
                        before = threads.getCurrentThreadAllocatedBytes();
                        left = WRITES;
                        for (int i = 0; i < DEPTH; i++) {
                            write(i);
                        }
                    });
            return done.get(2, TimeUnit.MINUTES);
        }

        private void write(final long slot) {
            left--;
            inFlight++;
            final ByteBuf buffer = loop.buffers().allocate(4096);
            held[(int) slot] = buffer;
            final long offset = (left * 2_654_435_761L & 0xfff) * 4096;
            provider.write(offset, buffer, 0, 4096, this, slot);
        }

        @Override
        public void completed(final long slot, final int result) {
            held[(int) slot].release();
            inFlight--;
            if (result != 0) {
                done.completeExceptionally(new AssertionError("write ended with " + result));
            } else if (left > 0) {
                write(slot);
            } else if (inFlight == 0) {
                done.complete(threads.getCurrentThreadAllocatedBytes() - before);
            }
        }
    }
}
