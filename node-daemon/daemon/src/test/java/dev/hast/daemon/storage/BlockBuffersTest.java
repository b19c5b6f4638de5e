package dev.hast.daemon.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BlockBuffersTest {
    private static final int MIB = 1 << 20;

    private final BlockBuffers buffers = new BlockBuffers(16L * MIB);

    @ParameterizedTest
    @ValueSource(ints = {1, 512, 4096, 4097, 131072, 1000000, 4 * MIB, 5 * MIB})
    void everyBufferIsAlignedAndHasTheCapacityAskedFor(final int length) {
        final ByteBuf buffer = buffers.allocate(length);
        assertThat(buffer.memoryAddress() % BlockBuffers.ALIGNMENT).isZero();
        assertThat(buffer.capacity()).isEqualTo(length);
        assertThat(buffer.readableBytes()).isZero();
        buffer.setByte(length - 1, 7);
        assertThat(buffer.getByte(length - 1)).isEqualTo((byte) 7);
        assertThat(buffer.release()).isTrue();
        assertThat(buffers.used()).isZero();
    }

    @Test
    void aLimitThatIsReachedIsToldAndPassesWhenBuffersComeHome() {
        final List<ByteBuf> held = new ArrayList<>();
        while (buffers.hasRoom(MIB)) {
            held.add(buffers.allocate(MIB));
        }
        assertThat(held).hasSize(16);
        assertThatThrownBy(() -> buffers.allocate(1))
                .isInstanceOf(BlockBufferLimitException.class)
                .hasMessageContaining("16777216 of 16777216 bytes");
        assertThatThrownBy(() -> buffers.allocate(5 * MIB))
                .isInstanceOf(BlockBufferLimitException.class);
        held.remove(3).release();
        assertThat(buffers.hasRoom(MIB)).isTrue();
        buffers.allocate(MIB).release();
        held.forEach(ByteBuf::release);
        assertThat(buffers.used()).isZero();
        assertThat(buffers.reserved()).isEqualTo(16L * MIB);
    }

    @Test
    void smallBuffersThatComeHomeMakeRoomForALargeOne() {
        final BlockBuffers one = new BlockBuffers(BlockBuffers.CHUNK_SIZE);
        final List<ByteBuf> small = new ArrayList<>();
        while (one.hasRoom(1)) {
            small.add(one.allocate(1));
        }
        assertThat(small).hasSize(1024);
        small.forEach(ByteBuf::release);
        one.allocate(BlockBuffers.CHUNK_SIZE).release();
    }

    @Test
    void buffersThatAreOutTogetherNeverOverlap() {
        final Random random = new Random(42);
        final List<ByteBuf> out = new ArrayList<>();
        final List<Integer> marks = new ArrayList<>();
        for (int round = 0; round < 20_000; round++) {
            final int length = 1 << random.nextInt(20);
            if (buffers.hasRoom(length) && random.nextInt(3) > 0) {
                final ByteBuf buffer = buffers.allocate(length);
                buffer.setByte(0, round);
                buffer.setByte(length - 1, round);
                out.add(buffer);
                marks.add(round);
            } else if (!out.isEmpty()) {
                final int at = random.nextInt(out.size());
                final ByteBuf buffer = out.remove(at);
                final byte mark = marks.remove(at).byteValue();
                assertThat(buffer.getByte(0)).isEqualTo(mark);
                assertThat(buffer.getByte(buffer.capacity() - 1)).isEqualTo(mark);
                buffer.release();
            }
        }
        out.forEach(ByteBuf::release);
        assertThat(buffers.used()).isZero();
    }

    @Test
    void bytesAreCopiedBetweenAllKindsOfBuffers() {
        final byte[] bytes = new byte[10_000];
        new Random(1).nextBytes(bytes);
        final ByteBuf direct = UnpooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes);
        final ByteBuf heap = Unpooled.wrappedBuffer(bytes);
        final ByteBuf composite =
                Unpooled.wrappedBuffer(heap.slice(0, 3000), heap.slice(3000, 7000));
        for (final ByteBuf source : List.of(direct, heap, composite, direct.slice())) {
            final ByteBuf buffer = buffers.allocate(10_000);
            buffer.writeBytes(source, 0, 10_000);
            final ByteBuf copy = UnpooledByteBufAllocator.DEFAULT.directBuffer(10_000);
            buffer.readBytes(copy, 10_000);
            assertThat(copy).isEqualTo(heap);
            final ByteBuf other = buffers.allocate(10_000);
            other.setBytes(0, copy, 0, 10_000).writerIndex(10_000);
            assertThat(other).isEqualTo(heap);
            assertThat(other.retainedSlice(100, 50).memoryAddress())
                    .isEqualTo(other.memoryAddress() + 100);
            other.release(2);
            copy.release();
            buffer.release();
        }
        direct.release();
        assertThat(buffers.used()).isZero();
    }

    @Test
    void anAccessBeyondTheCapacityOrAfterReleaseIsRefused() {
        final ByteBuf buffer = buffers.allocate(5000);
        assertThatThrownBy(() -> buffer.setBytes(4999, Unpooled.wrappedBuffer(new byte[2])))
                .isInstanceOf(IndexOutOfBoundsException.class);
        buffer.capacity(8192).setBytes(8190, Unpooled.wrappedBuffer(new byte[2]));
        assertThatThrownBy(() -> buffer.capacity(8193))
                .isInstanceOf(IllegalArgumentException.class);
        buffer.release();
        assertThatThrownBy(buffer::memoryAddress)
                .isInstanceOf(io.netty.util.IllegalReferenceCountException.class);
    }

    @Test
    void takingAndReturningABufferMakesNoGarbage() {
        final ByteBuf source = UnpooledByteBufAllocator.DEFAULT.directBuffer(4096);
        source.writeZero(4096);
        assertNoGarbage(source);
        source.release();
    }

    @Test
    void copyingFromASliceOfAReceiveBufferMakesNoGarbage() {
        final ByteBuf received = PooledByteBufAllocator.DEFAULT.directBuffer(64 << 10);
        received.writeZero(64 << 10);
        final ByteBuf slice = received.readRetainedSlice(8192);
        assertNoGarbage(slice);
        slice.release();
        received.release();
    }

    private void assertNoGarbage(final ByteBuf source) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        cycle(source, 20_000);
        final long before = threads.getCurrentThreadAllocatedBytes();
        cycle(source, 20_000);
        final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(allocated / 20_000).isLessThan(4);
    }

    private void cycle(final ByteBuf source, final int rounds) {
        for (int i = 0; i < rounds; i++) {
            final ByteBuf buffer = buffers.allocate(4096);
            buffer.setBytes(0, source, 0, 4096);
            buffer.getBytes(0, source, 0, 4096);
            buffer.release();
        }
    }
}
