package dev.hast.daemon.storage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// One piece of aligned memory, cut into halves of halves down to 4096 bytes, and joined again as
/// the parts come home.
///
/// The parts form a complete binary tree: node 1 is the whole, node `n` has the halves `2n` and `2n
/// + 1`. `largest[n]` is one more than the order of the largest free part under `n` (order 0 = 4096
///   bytes), 0 if there is none. Each node has at most one buffer object, which is made at first
///   use and then kept: that is what makes allocation free of garbage.
///
/// Not thread-safe: guarded by the lock of its [BlockBuffers].
final class BuddyChunk {
    static final int TOP_ORDER = 10;
    static final int SIZE = BlockBuffers.ALIGNMENT << TOP_ORDER;

    private final BlockBuffers owner;
    private final MemorySegment memory;
    private final byte[] largest = new byte[2 << TOP_ORDER];
    private final @Nullable BlockBuffer[] buffers = new BlockBuffer[2 << TOP_ORDER];

    BuddyChunk(final BlockBuffers owner) {
        this.owner = owner;
        // An automatic arena: the memory lives as long as any buffer on it can be reached, so no
        // I/O can lose its target.
        this.memory = Arena.ofAuto().allocate(SIZE, BlockBuffers.ALIGNMENT);
        for (int node = 1; node < largest.length; node++) {
            largest[node] = (byte) (orderOf(node) + 1);
        }
    }

    /// Order of the smallest part that holds `length` bytes.
    static int orderFor(final int length) {
        final int pages = (length + BlockBuffers.ALIGNMENT - 1) / BlockBuffers.ALIGNMENT;
        return Integer.SIZE - Integer.numberOfLeadingZeros(pages - 1);
    }

    boolean hasRoom(final int order) {
        return largest[1] > order;
    }

    /// Takes the leftmost free part of `order`; the caller has asked [#hasRoom].
    BlockBuffer take(final int order) {
        int node = 1;
        for (int at = TOP_ORDER; at > order; at--) {
            node = largest[2 * node] > order ? 2 * node : 2 * node + 1;
        }
        largest[node] = 0;
        for (int parent = node >> 1; parent > 0; parent >>= 1) {
            largest[parent] = (byte) Math.max(largest[2 * parent], largest[2 * parent + 1]);
        }
        final BlockBuffer known = buffers[node];
        return known != null ? known : make(node, order);
    }

    void giveBack(final int node) {
        int order = orderOf(node);
        largest[node] = (byte) (order + 1);
        for (int parent = node >> 1; parent > 0; parent >>= 1) {
            order++;
            final byte left = largest[2 * parent];
            final byte right = largest[2 * parent + 1];
            final boolean bothWhole = left == order && right == order;
            largest[parent] = bothWhole ? (byte) (order + 1) : (byte) Math.max(left, right);
        }
    }

    private BlockBuffer make(final int node, final int order) {
        final int size = BlockBuffers.ALIGNMENT << order;
        final long firstOfOrder = Integer.highestOneBit(node);
        final MemorySegment part = memory.asSlice((node - firstOfOrder) * size, size);
        final ByteBuffer region = part.asByteBuffer();
        final BlockBuffer buffer = new BlockBuffer(owner, this, node, region, part.address());
        buffers[node] = buffer;
        return buffer;
    }

    private static int orderOf(final int node) {
        return TOP_ORDER - (Integer.SIZE - 1 - Integer.numberOfLeadingZeros(node));
    }
}
