import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import com.sun.nio.file.ExtendedOpenOption;

/// A client of a block device that knows what it was told.
///
///     write DEVICE ACKS SEED     writes until it is killed or a write fails
///     check DEVICE ACKS...       files of writers that ran one after the other, the oldest first
///     count DEVICE SEED          how many blocks hold a write of that writer
///
/// Four threads write, each to blocks of its own, past the page cache. A block carries seed, thread and a number that
/// rises. A write is noted in ACKS when it has been acknowledged: block, seed and number, and how many microseconds it
/// took. On check, a block must hold what was noted of it last, or the one write that a thread of that writer or of a
/// later one had under way when it ended.
final class Writer {
    private static final int THREADS = 4;
    private static final int BLOCK = 4096;
    private static final long MAGIC = 0x48415354_57524954L;

    private static final int AT_ONCE = 1 << 20;

    private record Ack(long seed, long number) {}

    /// How far the threads of a writer had come when it ended.
    private static final class Writing {
        int order;
        final long[] last = new long[THREADS];
    }

    public static void main(String[] arguments) throws Exception {
        final Path device = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "write" -> write(device, Path.of(arguments[2]), Long.parseLong(arguments[3]));
            case "check" -> {
                final List<Path> files = new ArrayList<>();
                for (int i = 2; i < arguments.length; i++) {
                    files.add(Path.of(arguments[i]));
                }
                System.exit(check(device, files) ? 0 : 1);
            }
            case "count" -> System.out.println(count(device, Long.parseLong(arguments[2])));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void write(Path device, Path acks, long seed) throws Exception {
        final FileChannel out =
                FileChannel.open(acks, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        final List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            final int number = thread;
            threads.add(Thread.ofPlatform().start(() -> writeBlocks(device, out, seed, number)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void writeBlocks(Path device, FileChannel acks, long seed, int thread) {
        try (FileChannel channel =
                FileChannel.open(device, StandardOpenOption.READ, StandardOpenOption.WRITE, ExtendedOpenOption.DIRECT)) {
            final long blocks = sizeOf(channel) / BLOCK / THREADS;
            final SplittableRandom random = new SplittableRandom(seed * THREADS + thread);
            final ByteBuffer data = ByteBuffer.allocateDirect(2 * BLOCK).alignedSlice(BLOCK).limit(BLOCK).slice();
            final ByteBuffer ack = ByteBuffer.allocate(32);
            for (long number = 1; ; number++) {
                // Four of five writes go to a small part, so that blocks are written again and again.
                final long block =
                        (random.nextInt(5) == 0 ? random.nextLong(blocks) : random.nextLong(Math.min(blocks, 256)))
                                * THREADS
                                + thread;
                fill(data, seed, thread, number, block, random);
                final long begin = System.nanoTime();
                channel.write(data.rewind(), block * BLOCK);
                final long took = (System.nanoTime() - begin) / 1000;
                ack.clear().putLong(block).putLong(seed).putLong(number).putLong(took).flip();
                acks.write(ack);
            }
        } catch (IOException failure) {
            System.out.println("writer " + seed + "." + thread + " ends: " + failure.getMessage());
        }
    }

    private static void fill(
            ByteBuffer data, long seed, int thread, long number, long block, SplittableRandom random) {
        data.clear();
        data.putLong(MAGIC).putLong(block).putLong(seed).putLong(thread).putLong(number);
        while (data.remaining() > Long.BYTES) {
            data.putLong(random.nextLong());
        }
        data.putLong(number);
    }

    private static long sizeOf(FileChannel device) throws IOException {
        return device.size();
    }

    private static boolean check(Path device, List<Path> files) throws IOException {
        final var last = new HashMap<Long, Ack>();
        final var ended = new HashMap<Long, Writing>();
        long acknowledged = 0;
        long longest = 0;
        for (int order = 0; order < files.size(); order++) {
            final Path file = files.get(order);
            try (DataInputStream in =
                    new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
                while (true) {
                    final long block = in.readLong();
                    final Ack ack = new Ack(in.readLong(), in.readLong());
                    longest = Math.max(longest, in.readLong());
                    final Writing writing = ended.computeIfAbsent(ack.seed(), seed -> new Writing());
                    writing.order = order;
                    final int thread = (int) (block % THREADS);
                    writing.last[thread] = Math.max(writing.last[thread], ack.number());
                    final Ack before = last.put(block, ack);
                    if (before != null && before.seed() == ack.seed() && before.number() > ack.number()) {
                        last.put(block, before);
                    }
                    acknowledged++;
                }
            } catch (EOFException end) {
                continue;
            }
        }
        long lost = 0;
        try (FileChannel channel = FileChannel.open(device, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
            final ByteBuffer data = ByteBuffer.allocateDirect(2 * BLOCK).alignedSlice(BLOCK).limit(BLOCK).slice();
            for (var entry : last.entrySet()) {
                data.clear();
                channel.read(data, entry.getKey() * BLOCK);
                final String problem = problem(data.flip(), entry.getKey(), entry.getValue(), ended);
                if (!problem.isEmpty() && ++lost <= 10) {
                    System.out.println("block " + entry.getKey() + ": " + problem);
                }
            }
        }
        System.out.printf(
                "%d writes acknowledged in %d blocks, %d lost, the longest took %d ms%n",
                acknowledged, last.size(), lost, longest / 1000);
        return lost == 0 && acknowledged > 0;
    }

    private static String problem(ByteBuffer data, long block, Ack ack, Map<Long, Writing> writers) {
        final long magic = data.getLong();
        final long itsBlock = data.getLong();
        final long seed = data.getLong();
        data.getLong();
        final long number = data.getLong();
        if (magic != MAGIC || itsBlock != block) {
            return "holds something else; acknowledged was write " + ack.number() + " of writer " + ack.seed();
        }
        if (data.getLong(BLOCK - Long.BYTES) != number) {
            return "is torn";
        }
        final Writing itsWriter = writers.get(seed);
        final boolean underWay =
                itsWriter != null
                        && itsWriter.order >= writers.get(ack.seed()).order
                        && number == itsWriter.last[(int) (block % THREADS)] + 1;
        return underWay || (seed == ack.seed() && number == ack.number())
                ? ""
                : "holds write %d of writer %d, acknowledged was write %d of writer %d"
                        .formatted(number, seed, ack.number(), ack.seed());
    }

    private static long count(Path device, long seed) throws IOException {
        long found = 0;
        try (FileChannel channel = FileChannel.open(device, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
            final ByteBuffer data =
                    ByteBuffer.allocateDirect(AT_ONCE + BLOCK).alignedSlice(BLOCK).limit(AT_ONCE).slice();
            for (long offset = 0; offset < channel.size(); offset += data.limit()) {
                if (channel.read(data.clear(), offset) <= 0) {
                    throw new EOFException("read nothing at " + offset);
                }
                data.flip();
                for (int at = 0; at < data.limit(); at += BLOCK) {
                    if (data.getLong(at) == MAGIC && data.getLong(at + 2 * Long.BYTES) == seed) {
                        found++;
                    }
                }
            }
        }
        return found;
    }
}
