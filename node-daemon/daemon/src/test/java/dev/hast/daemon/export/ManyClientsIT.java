package dev.hast.daemon.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Many clients at once, each in its own part of the volume, with limits that are always in the
/// way: everybody is served, nobody sees another's bytes, and those that vanish in the middle take
/// nothing with them.
final class ManyClientsIT {
    private static final int CLIENTS = 8;
    private static final int PART = 2 << 20;
    private static final int STEPS = 150;

    @ParameterizedTest(name = "io_uring {0}, seed {1}")
    @CsvSource({"false, 1", "false, 2", "true, 3"})
    void clientsShareTheLimitsWithoutHarm(boolean ioUring, long seed) throws Exception {
        Duration minute = Duration.ofMinutes(1);
        var limits = new ExportLimits(16, 64, 4, 6, 256 << 10, 512 << 10, minute, minute, minute);
        var volume = new MemoryVolume(CLIENTS * PART, 512);
        try (var export = new LiveExport(ioUring && LiveExport.hasIoUring(), volume, limits);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int part = i;
                clients.add(threads.submit(() -> run(export, part, new Random(seed + part))));
            }
            for (Future<Boolean> client : clients) {
                assertThat(finished(client)).isTrue();
            }
            export.until("all gone", () -> export.server.load().connections() == 0);
            assertThat(export.server.load().requests()).isZero();
            assertThat(export.buffers.used()).isZero();
            assertThat(export.counts.waits.get()).isPositive();
        }
    }

    private static boolean finished(Future<Boolean> client) throws Exception {
        try {
            return client.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private static boolean run(LiveExport export, int part, Random random) throws IOException {
        long base = (long) part * PART;
        byte[] model = new byte[PART];
        SocketClient client = export.connect();
        client.goStructured("demo");
        for (int step = 0; step < STEPS; step++) {
            int depth = 1 + random.nextInt(6);
            int length = 512 * (1 + random.nextInt(300));
            int[] offsets = new int[depth];
            for (int i = 0; i < depth; i++) {
                offsets[i] = 512 * random.nextInt((PART - length) / 512);
            }
            for (int i = 0; i < depth; i++) {
                byte[] data = new byte[length];
                random.nextBytes(data);
                System.arraycopy(data, 0, model, offsets[i], length);
                client.write(0, i, base + offsets[i], data);
            }
            long seen = 0;
            for (int i = 0; i < depth; i++) {
                NbdClient.Reply reply = client.reply(0);
                assertThat(reply.error()).isZero();
                seen |= 1L << reply.cookie();
            }
            assertThat(seen).isEqualTo((1L << depth) - 1);
            byte[] expected = Arrays.copyOfRange(model, offsets[0], offsets[0] + length);
            assertThat(client.readStructured(0, 99, base + offsets[0], length)).isEqualTo(expected);
            if (random.nextInt(10) == 0) {
                // Vanishes with a read unread and half a write sent, and comes again.
                client.request(0, 0, 7, base, PART / 2);
                client.send(NbdClient.requestBytes(1, 0, 8, base, 4096).writeZero(100));
                client.close();
                client = export.connect();
                client.goStructured("demo");
            }
        }
        client.close();
        return true;
    }
}
