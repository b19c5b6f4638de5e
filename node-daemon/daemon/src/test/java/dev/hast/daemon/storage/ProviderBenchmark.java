package dev.hast.daemon.storage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import io.netty.buffer.ByteBuf;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Random 4 KiB writes by each engine and by fio, in turn on the same file, as ratios. A look, not
/// a proof: run it by hand on a quiet machine.
///
/// Argument: a directory on the disk to be measured. Needs fio.
public final class ProviderBenchmark {
    private static final long FILE_SIZE = 512L << 20;
    private static final int BLOCK = 4096;
    private static final int ROUNDS = 3;
    private static final long ROUND_NANOSECONDS = TimeUnit.SECONDS.toNanos(3);

    /// @param iops writes a second
    /// @param cpuMicroseconds CPU time of the whole process a write
    private record Score(double iops, double cpuMicroseconds) {}

    private final Path file;
    private final Map<String, List<Score>> scores = new LinkedHashMap<>();

    private ProviderBenchmark(final Path file) {
        this.file = file;
    }

    public static void main(final String[] arguments) throws Exception {
        final Path file = Path.of(arguments[0], "provider-benchmark");
        Files.deleteIfExists(file);
        try {
            new ProviderBenchmark(file).run();
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private void run() throws Exception {
        LocalProvider.createFile(file, FILE_SIZE, true);
        // Written once, so that nobody measures the conversion of unwritten extents.
        LoopDevice.run(
                "dd", "if=/dev/urandom", "of=" + file, "bs=4M", "count=128", "conv=notrunc,fsync");
        for (final int depth : new int[] {1, 16, 64}) {
            scores.clear();
            ours(EngineChoice.IO_URING, depth);
            ours(EngineChoice.THREADS, depth);
            scores.clear();
            for (int round = 0; round < ROUNDS; round++) {
                record("fio io_uring", fio("io_uring", depth, 1));
                record("ours io_uring", ours(EngineChoice.IO_URING, depth));
                record("fio psync", fio("psync", 1, Math.min(depth, 32)));
                record("ours threads", ours(EngineChoice.THREADS, depth));
            }
            report(depth);
        }
    }

    private void record(final String name, final Score score) {
        scores.computeIfAbsent(name, unused -> new ArrayList<>()).add(score);
    }

    private void report(final int depth) {
        System.out.printf(
                Locale.ROOT, "4 KiB random write, depth %d (median of %d)%n", depth, ROUNDS);
        for (final String engine : List.of("io_uring", "threads")) {
            final Score ours = median("ours " + engine);
            final Score fio = median("fio " + (engine.equals("threads") ? "psync" : engine));
            System.out.printf(
                    Locale.ROOT,
                    "  %-8s ours %7.0f IOPS %5.1f us CPU; fio %7.0f IOPS %5.1f us CPU; ratio %.2f, CPU %.2f%n",
                    engine,
                    ours.iops,
                    ours.cpuMicroseconds,
                    fio.iops,
                    fio.cpuMicroseconds,
                    ours.iops / fio.iops,
                    ours.cpuMicroseconds / fio.cpuMicroseconds);
        }
    }

    private Score median(final String name) {
        final List<Score> all = scores.getOrDefault(name, List.of());
        return new Score(
                all.stream().mapToDouble(Score::iops).sorted().toArray()[all.size() / 2],
                all.stream()
                        .mapToDouble(Score::cpuMicroseconds)
                        .sorted()
                        .toArray()[all.size() / 2]);
    }

    private Score fio(final String engine, final int depth, final int jobs) throws Exception {
        final String json =
                LoopDevice.run(
                        "fio",
                        "--name=b",
                        "--filename=" + file,
                        "--size=" + FILE_SIZE,
                        "--rw=randwrite",
                        "--bs=" + BLOCK,
                        "--direct=1",
                        "--ioengine=" + engine,
                        "--iodepth=" + depth,
                        "--numjobs=" + jobs,
                        "--thread",
                        "--group_reporting",
                        "--time_based",
                        "--runtime=" + TimeUnit.NANOSECONDS.toSeconds(ROUND_NANOSECONDS),
                        "--output-format=json");
        final JsonNode job =
                new ObjectMapper().readTree(json.substring(json.indexOf('{'))).at("/jobs/0");
        final double iops = job.at("/write/iops").asDouble();
        final double percent = job.path("usr_cpu").asDouble() + job.path("sys_cpu").asDouble();
        return new Score(iops, percent / 100 * jobs * 1e6 / iops);
    }

    private Score ours(final EngineChoice engine, final int depth) throws Exception {
        try (StorageLoop loop = new StorageLoop(engine)) {
            final LocalProvider provider =
                    loop.open(file, ProviderOptions.defaults().withEngine(engine));
            final Score score = new Writer(loop, provider, depth).run();
            loop.closeAndWait(provider);
            return score;
        }
    }

    private static final class Writer implements IoCompletion {
        private final OperatingSystemMXBean system =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        private final CompletableFuture<Long> done = new CompletableFuture<>();
        private final StorageLoop loop;
        private final Provider provider;
        private final ByteBuf[] buffers;
        private long random = 88172645463325252L;
        private long written;
        private long end;
        private int inFlight;

        Writer(final StorageLoop loop, final Provider provider, final int depth) {
            this.loop = loop;
            this.provider = provider;
            this.buffers = new ByteBuf[depth];
            for (int i = 0; i < depth; i++) {
                buffers[i] = loop.buffers().allocate(BLOCK);
            }
        }

        Score run() throws Exception {
            final long cpuBefore = system.getProcessCpuTime();
            final long start = System.nanoTime();
            end = start + ROUND_NANOSECONDS;
            loop.loop()
                    .execute(() -> {
                        for (int i = 0; i < buffers.length; i++) {
                            write(i);
                        }
                    });
            final long writes = done.get(1, TimeUnit.MINUTES);
            final long nanoseconds = System.nanoTime() - start;
            final long cpu = system.getProcessCpuTime() - cpuBefore;
            for (final ByteBuf buffer : buffers) {
                buffer.release();
            }
            return new Score(writes * 1e9 / nanoseconds, cpu / 1e3 / writes);
        }

        private void write(final int slot) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            inFlight++;
            final long block = Long.remainderUnsigned(random, FILE_SIZE / BLOCK);
            provider.write(block * BLOCK, buffers[slot], 0, BLOCK, this, slot);
        }

        @Override
        public void completed(final long slot, final int result) {
            inFlight--;
            written++;
            if (result != 0) {
                done.completeExceptionally(new AssertionError("write ended with " + result));
            } else if (System.nanoTime() < end) {
                write((int) slot);
            } else if (inFlight == 0) {
                done.complete(written);
            }
        }
    }
}
