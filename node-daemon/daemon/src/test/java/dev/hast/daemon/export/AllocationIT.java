package dev.hast.daemon.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a request costs the loop in garbage, once pools are warm: nothing.
final class AllocationIT {
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 20_000;
    private static final int BYTES_PER_REQUEST_MAX = 32;

    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();

    /// Looking for leaks samples buffers and notes where they came from, which is garbage of its
    /// own.
    @BeforeEach
    void doNotLookForLeaks() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterEach
    void lookForLeaks() {
        ResourceLeakDetector.setLevel(level);
    }

    @ParameterizedTest(name = "{1} bytes, {2} at a time, structured {0}")
    @CsvSource({"false, 4096, 1", "true, 4096, 1", "true, 4096, 16", "true, 131072, 4"})
    void requestsMakeNoGarbage(boolean structured, int length, int depth) throws IOException {
        try (var export = LiveExport.epoll();
                var client = export.connect()) {
            if (structured) {
                client.goStructured("demo");
            } else {
                client.go("demo");
            }
            int header = structured ? 28 : 16;
            var round = new Round(client, length, depth, header);
            int scale = length > 65536 ? 8 : 1;
            round.repeat(WARM_UP / depth / scale);
            long thread = export.onLoop(() -> Thread.currentThread().threadId());
            long before = allocated(thread);
            int rounds = MEASURED / depth / scale;
            round.repeat(rounds);
            // The loop itself reports: everything before this call has been done.
            export.onLoop(() -> {});
            double perRequest = (allocated(thread) - before) / (2.0 * rounds * depth);
            assertThat(perRequest)
                    .as("bytes allocated by the loop for one request")
                    .isLessThan(BYTES_PER_REQUEST_MAX);
        }
    }

    private static long allocated(long thread) {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(thread);
    }

    /// So many writes at once and their replies, then as many reads.
    private record Round(SocketClient client, int length, int depth, int readHeader) {

        void repeat(int times) throws IOException {
            ByteBuffer writes = ByteBuffer.allocateDirect((28 + length) * depth);
            ByteBuffer reads = ByteBuffer.allocateDirect(28 * depth);
            for (int i = 0; i < depth; i++) {
                ByteBuf write = NbdClient.requestBytes(1, 0, i, (long) i * length, length);
                writes.put(write.nioBuffer());
                for (int j = 0; j < length; j++) {
                    writes.put((byte) (j | 1));
                }
                reads.put(NbdClient.requestBytes(0, 0, i, (long) i * length, length).nioBuffer());
            }
            ByteBuffer acknowledgements = ByteBuffer.allocateDirect(16 * depth);
            ByteBuffer data = ByteBuffer.allocateDirect((readHeader + length) * depth);
            for (int i = 0; i < times; i++) {
                exchange(writes.rewind(), acknowledgements.clear());
                exchange(reads.rewind(), data.clear());
            }
        }

        private void exchange(ByteBuffer out, ByteBuffer in) throws IOException {
            while (out.hasRemaining()) {
                client.channel.write(out);
            }
            while (in.hasRemaining()) {
                if (client.channel.read(in) < 0) {
                    throw new IOException("the server closed the connection");
                }
            }
        }
    }
}
