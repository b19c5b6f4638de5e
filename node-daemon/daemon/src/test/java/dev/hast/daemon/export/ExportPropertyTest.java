package dev.hast.daemon.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Random requests, cut into random packets, against a plain array as the model. A failure names
/// its seed.
final class ExportPropertyTest {
    private static final int SIZE = 4 << 20;
    private static final int STEPS = 400;

    static Stream<Arguments> seeds() {
        long fresh = System.nanoTime();
        return LongStream.concat(LongStream.range(0, 20), LongStream.range(fresh, fresh + 5))
                .mapToObj(Arguments::of);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void exportBehavesLikeAnArray(long seed) throws IOException {
        Random random = new Random(seed);
        MemoryVolume volume = new MemoryVolume(SIZE, 512);
        var pair = EmbeddedClient.connect(volume, ExportLimits.DEFAULT);
        EmbeddedClient client = pair.client();
        boolean structured = random.nextBoolean();
        if (structured) {
            client.goStructured("demo");
        } else {
            client.go("demo");
        }
        byte[] model = new byte[SIZE];
        for (int cookie = 1; cookie <= STEPS; cookie++) {
            int length = 512 * (1 + random.nextInt(random.nextInt(10) == 0 ? 2048 : 16));
            int offset = 512 * random.nextInt((SIZE - length) / 512 + 1);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    byte[] data = new byte[length];
                    if (random.nextInt(4) > 0) {
                        random.nextBytes(data);
                    }
                    System.arraycopy(data, 0, model, offset, length);
                    ByteBuf bytes = NbdClient.requestBytes(1, 0, cookie, offset, length);
                    sendInPieces(client, bytes.writeBytes(data), random);
                    assertThat(client.status(cookie)).isZero();
                }
                case 2, 3 -> {
                    byte[] expected = Arrays.copyOfRange(model, offset, offset + length);
                    if (structured) {
                        int flags = random.nextBoolean() ? 4 : 0;
                        assertThat(client.readStructured(flags, cookie, offset, length))
                                .isEqualTo(expected);
                    } else {
                        client.request(0, 0, cookie, offset, length);
                        assertThat(client.reply(length).data())
                                .isEqualTo(Unpooled.wrappedBuffer(expected));
                    }
                }
                default -> {
                    Arrays.fill(model, offset, offset + length, (byte) 0);
                    int type = random.nextBoolean() ? 4 : 6;
                    client.request(type, random.nextInt(2), cookie, offset, length);
                    assertThat(client.status(cookie)).isZero();
                }
            }
        }
        assertThat(volume.bytes(0, SIZE)).isEqualTo(model);
        client.channel.close();
        client.channel.finishAndReleaseAll();
        assertThat(pair.buffers().used()).isZero();
    }

    private static void sendInPieces(EmbeddedClient client, ByteBuf bytes, Random random) {
        while (bytes.isReadable()) {
            int piece = 1 + random.nextInt(Math.min(bytes.readableBytes(), 3000));
            client.send(bytes.readRetainedSlice(piece));
        }
    }
}
