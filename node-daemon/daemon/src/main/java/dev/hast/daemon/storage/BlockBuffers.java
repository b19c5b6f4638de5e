package dev.hast.daemon.storage;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The memory for I/O: direct buffers at addresses that are multiples of 4096, pooled and bounded.
///
/// Direct I/O needs the alignment, and Netty's own pool gives it only where `sun.misc.Unsafe` may
/// be used, which is no longer so. Memory is taken in chunks of 4 MiB when first needed, kept, and
/// cut by halves ([BuddyChunk]); a buffer takes the next power of two above its length. A buffer
/// above 4 MiB gets memory of its own, outside of the pool but inside of the limit.
///
/// **Thread.** Any: taking and giving back a buffer is a short critical section. **Limits.** Chunks
/// never exceed `limit`. Steady state makes no garbage. **Errors.** [#allocate] throws
/// [BlockBufferLimitException] when the limit is reached.
public final class BlockBuffers {
    /// What every buffer's address is a multiple of; also the smallest size.
    public static final int ALIGNMENT = 4096;

    /// Largest pooled buffer, and the granularity in which memory is taken, in bytes.
    public static final int CHUNK_SIZE = BuddyChunk.SIZE;

    private final long limit;
    private final List<BuddyChunk> chunks = new ArrayList<>();
    private long reserved;
    private long used;

    /// @param limit most memory in bytes that buffers may take; at least one chunk
    public BlockBuffers(final long limit) {
        if (limit < CHUNK_SIZE) {
            throw new IllegalArgumentException(
                    "buffer memory of "
                            + limit
                            + " bytes is less than one chunk of "
                            + CHUNK_SIZE
                            + " bytes");
        }
        this.limit = limit;
    }

    /// A buffer of capacity `length`, empty, with count 1. Its content is whatever was there
    /// before.
    public ByteBuf allocate(final int length) {
        if (length <= 0) {
            throw new IllegalArgumentException("a buffer of " + length + " bytes");
        }
        return length <= CHUNK_SIZE ? allocatePooled(length) : allocateAlone(length);
    }

    /// Would [#allocate] succeed now? Certain only while nobody else allocates.
    public synchronized boolean hasRoom(final int length) {
        if (length > CHUNK_SIZE) {
            return reserved + aligned(length) <= limit;
        }
        if (reserved + CHUNK_SIZE <= limit) {
            return true;
        }
        final int order = BuddyChunk.orderFor(length);
        for (int i = 0; i < chunks.size(); i++) {
            if (chunks.get(i).hasRoom(order)) {
                return true;
            }
        }
        return false;
    }

    /// Bytes held by buffers that are out, rounded up as they are allocated. 0 when every buffer
    /// has come home.
    public synchronized long used() {
        return used;
    }

    /// Bytes taken from the machine.
    public synchronized long reserved() {
        return reserved;
    }

    /// The bound on [#reserved].
    public long limit() {
        return limit;
    }

    private synchronized ByteBuf allocatePooled(final int length) {
        final int order = BuddyChunk.orderFor(length);
        used += (long) ALIGNMENT << order;
        for (int i = 0; i < chunks.size(); i++) {
            final BuddyChunk chunk = chunks.get(i);
            if (chunk.hasRoom(order)) {
                return chunk.take(order).handOut(length);
            }
        }
        if (reserved + CHUNK_SIZE > limit) {
            used -= (long) ALIGNMENT << order;
            throw new BlockBufferLimitException(length, used, limit);
        }
        final BuddyChunk fresh = new BuddyChunk(this);
        chunks.add(fresh);
        reserved += CHUNK_SIZE;
        return fresh.take(order).handOut(length);
    }

    private ByteBuf allocateAlone(final int length) {
        final int size = aligned(length);
        synchronized (this) {
            if (reserved + size > limit) {
                throw new BlockBufferLimitException(length, used, limit);
            }
            reserved += size;
            used += size;
        }
        final MemorySegment memory = Arena.ofAuto().allocate(size, ALIGNMENT);
        return new BlockBuffer(this, null, 0, memory.asByteBuffer(), memory.address())
                .handOut(length);
    }

    synchronized void takeBack(final BlockBuffer buffer) {
        final int size = buffer.maxCapacity();
        used -= size;
        final BuddyChunk chunk = buffer.chunk();
        if (chunk == null) {
            reserved -= size;
        } else {
            chunk.giveBack(buffer.node());
        }
    }

    private static int aligned(final int length) {
        return Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT;
    }
}
