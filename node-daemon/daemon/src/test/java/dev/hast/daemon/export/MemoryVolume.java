package dev.hast.daemon.export;

import dev.hast.daemon.storage.IoCompletion;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Queue;

/// A volume in memory. It can hold its completions back, fail, and counts what it is asked.
///
/// Thread: one, the loop of the export.
final class MemoryVolume implements Volume {
    static final int EXTENT = 64 << 10;

    private final ByteBuffer content;
    private final int minimumBlock;
    private final BitSet allocated = new BitSet();
    private final BitSet dirty = new BitSet();
    private final Queue<Runnable> held = new ArrayDeque<>();
    private final ByteBuffer zeroes = ByteBuffer.allocateDirect(EXTENT);
    private boolean holding;
    private int failure;
    int flushes;
    int fuas;
    int unmaps;
    int reads;
    int writes;

    MemoryVolume(int size, int minimumBlock) {
        this.content = ByteBuffer.allocateDirect(size);
        this.minimumBlock = minimumBlock;
    }

    /// From now on completions wait for [#goOn()].
    void hold() {
        holding = true;
    }

    void goOn() {
        holding = false;
        for (Runnable completion = held.poll(); completion != null; completion = held.poll()) {
            completion.run();
        }
    }

    int heldBack() {
        return held.size();
    }

    /// @param errno positive; 0 for success
    void failWith(int errno) {
        failure = -errno;
    }

    byte[] bytes(int offset, int length) {
        byte[] copy = new byte[length];
        content.get(offset, copy);
        return copy;
    }

    @Override
    public long size() {
        return content.capacity();
    }

    @Override
    public int preferredBlockSize() {
        return Math.max(4096, minimumBlock);
    }

    @Override
    public int minimumBlockSize() {
        return minimumBlock;
    }

    @Override
    public void read(
            long request, long offset, ByteBuf target, int length, IoCompletion completion) {
        reads++;
        if (failure == 0) {
            ByteBuffer to = target.internalNioBuffer(0, target.capacity());
            to.put(to.position(), content, (int) offset, length);
        }
        complete(request, completion);
    }

    @Override
    public void write(
            long request,
            long offset,
            ByteBuf source,
            int length,
            boolean fua,
            IoCompletion completion) {
        writes++;
        fuas += fua ? 1 : 0;
        if (failure == 0) {
            ByteBuffer from = source.internalNioBuffer(0, length);
            content.put((int) offset, from, from.position(), length);
            mark(offset, length);
        }
        complete(request, completion);
    }

    @Override
    public void zero(
            long request,
            long offset,
            long length,
            boolean mayUnmap,
            boolean fua,
            IoCompletion completion) {
        fuas += fua ? 1 : 0;
        unmaps += mayUnmap ? 1 : 0;
        if (failure == 0) {
            for (long at = offset; at < offset + length; at += EXTENT) {
                int part = (int) Math.min(EXTENT, offset + length - at);
                content.put((int) at, zeroes, 0, part);
            }
            mark(offset, length);
            if (mayUnmap) {
                int from = Math.ceilDiv((int) offset, EXTENT);
                allocated.clear(from, Math.max(from, (int) ((offset + length) / EXTENT)));
            }
        }
        complete(request, completion);
    }

    private void mark(long offset, long length) {
        int from = (int) (offset / EXTENT);
        int to = Math.ceilDiv((int) (offset + length), EXTENT);
        allocated.set(from, to);
        dirty.set(from, to);
    }

    @Override
    public void flush(long request, IoCompletion completion) {
        flushes++;
        complete(request, completion);
    }

    private void complete(long request, IoCompletion completion) {
        int result = failure;
        if (holding) {
            held.add(() -> completion.completed(request, result));
        } else {
            completion.completed(request, result);
        }
    }

    @Override
    public void blockStatus(long offset, long length, ExtentSink allocation, ExtentSink dirtiness) {
        for (long at = offset; at < offset + length; ) {
            int extent = (int) (at / EXTENT);
            long part = Math.min(offset + length, (extent + 1L) * EXTENT) - at;
            allocation.extent(part, allocated.get(extent) ? 0 : ExtentSink.HOLE | ExtentSink.ZERO);
            dirtiness.extent(part, dirty.get(extent) ? ExtentSink.DIRTY : 0);
            at += part;
        }
    }
}
