package dev.hast.daemon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.replication.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever bytes arrive on a link: they are understood, or the link ends with a reason, and no
/// buffer is lost.
final class FrameRobustnessTest {

    private static final int ROUNDS = 2000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatIsSentArrivesHoweverItIsCut(long seed) {
        final Random random = new Random(seed);
        for (int round = 0; round < ROUNDS / 4; round++) {
            final LoopedLink sender = LoopedLink.open();
            final LoopedLink receiver = LoopedLink.open();
            final Message message = Samples.random(random);
            sender.link.send(message);
            final byte[] frame = sender.sent();
            Samples.sendRandomBlock(random, sender.link);
            final byte[] block = sender.sent();
            receiver.receive(frame, 1 + random.nextInt(64));
            receiver.receive(block, 1 + random.nextInt(1000));
            assertThat(receiver.refusal).as(receiver.cause).isNull();
            assertThat(receiver.delivered).hasSize(2);
            assertThat(receiver.delivered.getFirst().message())
                    .usingRecursiveComparison()
                    .isEqualTo(message);
            assertThat(receiver.end()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6, 7, 8})
    void mutatedFramesEndTheLinkAndNothingElse(long seed) {
        final Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            final LoopedLink sender = LoopedLink.open();
            if (random.nextBoolean()) {
                sender.link.send(Samples.random(random));
            } else {
                Samples.sendRandomBlock(random, sender.link);
            }
            final byte[] bytes = mutate(random, sender.sent());
            final LoopedLink receiver = LoopedLink.open().receive(bytes, 1 + random.nextInt(500));
            assertThat(receiver.thrown).as("seed %d, round %d", seed, round).isEmpty();
            assertThat(receiver.end()).as("seed %d, round %d", seed, round).isZero();
        }
    }

    /// Changes some bytes, and mostly mends the checksum: what lies behind it is to be tested too.
    private static byte[] mutate(Random random, byte[] frame) {
        final byte[] bytes =
                random.nextInt(4) == 0
                        ? Arrays.copyOf(frame, random.nextInt(2 * frame.length))
                        : frame.clone();
        for (int changes = 1 + random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
            final int at =
                    random.nextBoolean()
                            ? random.nextInt(Math.min(bytes.length, 96))
                            : random.nextInt(bytes.length);
            bytes[at] =
                    random.nextBoolean()
                            ? (byte) random.nextInt()
                            : List.of((byte) 0, (byte) -1, (byte) 0x7f, (byte) 0x80)
                                    .get(random.nextInt(4));
        }
        if (bytes.length >= Frames.HEADER_BYTES && random.nextInt(8) != 0) {
            mend(bytes);
        }
        return bytes;
    }

    private static void mend(byte[] bytes) {
        final ByteBuf frame = Unpooled.wrappedBuffer(bytes);
        final boolean payload =
                bytes[4] == FrameType.WRITE.code || bytes[4] == FrameType.READ_REPLY.code;
        final int rest = bytes.length - Frames.HEADER_BYTES;
        final int covered = payload ? Math.min(rest, Frames.FIXED_BYTES) : rest;
        frame.setIntLE(8, Frames.checksum(frame, 0, covered));
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 10})
    void garbageEndsTheLink(long seed) {
        final Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            final byte[] bytes = new byte[4096];
            random.nextBytes(bytes);
            final LoopedLink unnamed = LoopedLink.unnamed().receive(bytes);
            assertThat(unnamed.channel.isOpen()).isFalse();
            assertThat(unnamed.refusal).isNotNull();
            assertThat(unnamed.thrown).isEmpty();
            assertThat(unnamed.end()).isZero();
        }
    }

    @Test
    void anOversizedFrameIsRefusedBeforeItsBytesCome() {
        final LoopedLink open = LoopedLink.open().receive(header(0x7fffffff, FrameType.WRITE));
        assertThat(open.refusal).isEqualTo(Refusal.OVERSIZED);
        assertThat(open.cause).contains("2147483647 bytes", "at most");
        final LoopedLink unnamed =
                LoopedLink.unnamed().receive(header(Frames.PREFACE_BYTES_MAX + 1, FrameType.LINK));
        assertThat(unnamed.refusal).isEqualTo(Refusal.OVERSIZED);
        assertThat(open.buffers.reserved() + unnamed.buffers.reserved())
                .isLessThanOrEqualTo(2L * dev.hast.daemon.storage.BlockBuffers.CHUNK_SIZE);
    }

    @Test
    void aNoteThatIsLargerThanWhatIsKeptIsRefused() {
        final LoopedLink open =
                LoopedLink.open().receive(header(Frames.NOTE_BYTES_MAX + 1, FrameType.NOTE));
        assertThat(open.refusal).isEqualTo(Refusal.OVERSIZED);
    }

    @Test
    void aBlockBeforeTheGreetingIsRefused() {
        final LoopedLink unnamed = LoopedLink.unnamed().receive(header(64, FrameType.WRITE));
        assertThat(unnamed.refusal).isEqualTo(Refusal.MALFORMED);
        assertThat(unnamed.cause).contains("before the link was opened");
    }

    @Test
    void anUnknownTypeOfFrameIsNamed() {
        final byte[] header = header(0, FrameType.KEEPALIVE);
        header[4] = 63;
        final LoopedLink open = LoopedLink.open().receive(header);
        assertThat(open.refusal).isEqualTo(Refusal.UNKNOWN_KIND);
        assertThat(open.cause).isEqualTo("unknown frame type 63");
    }

    @Test
    void anotherVersionIsRefusedWithBothValues() {
        assertThat(greetedWith(2, 0).cause)
                .contains("protocol 2 with features 0x0", "this daemon 1 with 0x0");
        assertThat(greetedWith(2, 0).refusal).isEqualTo(Refusal.VERSION);
    }

    @Test
    void unknownFeatureBitsAreRefusedWithBothValues() {
        assertThat(greetedWith(1, 0x8001).cause)
                .contains("protocol 1 with features 0x8001", "this daemon 1 with 0x0");
        assertThat(greetedWith(1, 0x8001).refusal).isEqualTo(Refusal.VERSION);
    }

    private static LoopedLink greetedWith(int version, long features) {
        final ByteBuf frame = Unpooled.directBuffer().writeZero(Frames.HEADER_BYTES);
        new LinkGreeting(version, features, "demo", "a", "b").encode(frame);
        Frames.finish(frame, 0, FrameType.LINK, frame.readableBytes() - Frames.HEADER_BYTES, 0);
        final byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        frame.release();
        return LoopedLink.unnamed().receive(bytes);
    }

    @Test
    void whoSendsAByteNowAndThenIsClosedAllTheSame() {
        final LoopedLink slow = LoopedLink.unnamed();
        final byte[] header = header(64, FrameType.LINK);
        for (int second = 0; second < Link.NAMING_SECONDS_MAX; second++) {
            assertThat(slow.channel.isOpen()).isTrue();
            slow.receive(new byte[] {header[second]});
            slow.channel.advanceTimeBy(1, TimeUnit.SECONDS);
            slow.channel.runScheduledPendingTasks();
        }
        assertThat(slow.channel.isOpen()).isFalse();
        assertThat(slow.refusal).isEqualTo(Refusal.SILENT);
        assertThat(slow.end()).isZero();
    }

    @Test
    void aChangedBlockIsNotDelivered() {
        final LoopedLink sender = LoopedLink.open();
        Samples.golden().get("write").accept(sender.link);
        final byte[] frame = sender.sent();
        frame[frame.length - 1] ^= 1;
        final LoopedLink receiver = LoopedLink.open().receive(frame);
        assertThat(receiver.delivered).isEmpty();
        assertThat(receiver.cause).isEqualTo("the checksum of the block at 8192 is wrong");
        assertThat(receiver.end()).isZero();
    }

    private static byte[] header(int length, FrameType type) {
        final ByteBuf frame = Unpooled.buffer(Frames.HEADER_BYTES).writeZero(Frames.HEADER_BYTES);
        Frames.finish(frame, 0, type, 0, length);
        return frame.array().clone();
    }
}
