package dev.hast.daemon.storage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A buffer of [BlockBuffers]: direct memory at a multiple of 4096, which goes home when its count
/// falls to 0.
///
/// Its capacity is what was asked for; it may be set up to the size of its region without moving.
/// Copies from and to other buffers go from address to address, because Netty's own make NIO
/// buffers for each, and what the event loop's ring receives comes as slices, which keep none.
final class BlockBuffer extends UnpooledDirectByteBuf {
    @SuppressWarnings("restricted") // All copies stay inside of buffers whose bounds were checked.
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final BlockBuffers owner;
    private final @Nullable BuddyChunk chunk;
    private final int node;
    private final ByteBuffer region;
    private final long address;

    // Counted down from the region's size, not up from 0: the constructor of the superclass already
    // asks for the capacity.
    private int hidden;

    BlockBuffer(
            final BlockBuffers owner,
            final @Nullable BuddyChunk chunk,
            final int node,
            final ByteBuffer region,
            final long address) {
        super(PooledByteBufAllocator.DEFAULT, region, region.capacity());
        this.owner = owner;
        this.chunk = chunk;
        this.node = node;
        this.region = region;
        this.address = address;
    }

    /// Readies a buffer that nobody holds for its next user.
    ByteBuf handOut(final int length) {
        hidden = maxCapacity() - length;
        resetRefCnt();
        setIndex(0, 0);
        markReaderIndex();
        markWriterIndex();
        return this;
    }

    int node() {
        return node;
    }

    @Nullable BuddyChunk chunk() {
        return chunk;
    }

    @Override
    public int capacity() {
        return super.capacity() - hidden;
    }

    @Override
    public ByteBuf capacity(final int newCapacity) {
        checkNewCapacity(newCapacity);
        if (newCapacity < capacity()) {
            trimIndicesToCapacity(newCapacity);
        }
        hidden = maxCapacity() - newCapacity;
        return this;
    }

    @Override
    public boolean hasMemoryAddress() {
        return true;
    }

    @Override
    public long memoryAddress() {
        ensureAccessible();
        return address;
    }

    @Override
    public ByteBuf setBytes(
            final int index, final ByteBuf source, final int sourceIndex, final int length) {
        if (!source.hasMemoryAddress()) {
            return super.setBytes(index, source, sourceIndex, length);
        }
        checkSrcIndex(index, length, sourceIndex, source.capacity());
        copy(source.memoryAddress() + sourceIndex, memoryAddress() + index, length);
        return this;
    }

    @Override
    public ByteBuf getBytes(
            final int index, final ByteBuf target, final int targetIndex, final int length) {
        if (!target.hasMemoryAddress() || target.isReadOnly()) {
            return super.getBytes(index, target, targetIndex, length);
        }
        checkDstIndex(index, length, targetIndex, target.capacity());
        copy(memoryAddress() + index, target.memoryAddress() + targetIndex, length);
        return this;
    }

    private static void copy(final long from, final long to, final int length) {
        MemorySegment.copy(MEMORY, from, MEMORY, to, length);
    }

    @Override
    protected void deallocate() {
        owner.takeBack(this);
    }
}
