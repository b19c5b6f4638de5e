package dev.hast.simulator.world;

import dev.hast.simulator.kernel.Violation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The payload buffers of one process. Every handle is given back exactly once, and not while the
/// disk still uses it.
public final class BufferPool {

    /// What a buffer holds that nobody has filled: no client ever writes it, so a read of it is
    /// seen.
    public static final long POISON = -0x5afe_b10cL;

    private static final String RULE = "buffers released once";

    private static final class Buffer {
        private final long[] content;
        private int inUse;
        private boolean released;

        Buffer(long[] content) {
            this.content = content;
        }
    }

    private final List<Buffer> buffers = new ArrayList<>();
    private int held;

    /// Handles are counted from 1 in each process, and never used again.
    public long allocate(int bytes) {
        final long[] content = new long[bytes / SectorStore.SECTOR_BYTES];
        Arrays.fill(content, POISON);
        return wrap(content);
    }

    public long wrap(long[] content) {
        buffers.add(new Buffer(content));
        held++;
        return buffers.size();
    }

    public long[] content(long handle) {
        return live(handle).content;
    }

    public void release(long handle) {
        final Buffer buffer = live(handle);
        Violation.unless(
                buffer.inUse == 0, RULE, "buffer %d is released while the disk uses it", handle);
        buffer.released = true;
        buffers.set((int) handle - 1, RELEASED);
        held--;
    }

    /// The disk begins to use a buffer.
    public void pin(long handle) {
        live(handle).inUse++;
    }

    public void unpin(long handle) {
        live(handle).inUse--;
    }

    /// How many buffers the process holds.
    public int held() {
        return held;
    }

    private static final Buffer RELEASED = released();

    private static Buffer released() {
        final Buffer buffer = new Buffer(new long[0]);
        buffer.released = true;
        return buffer;
    }

    private Buffer live(long handle) {
        Violation.unless(
                handle > 0 && handle <= buffers.size(), RULE, "there is no buffer %d", handle);
        final Buffer buffer = buffers.get((int) handle - 1);
        Violation.unless(!buffer.released, RULE, "buffer %d is used after its release", handle);
        return buffer;
    }
}
