package dev.hast.daemon.resource;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Numbers for buffers: the core names a buffer by its handle. Loop-confined; makes no garbage once
/// it is large enough.
final class BufferTable {

    private @Nullable ByteBuf[] buffers = new ByteBuf[256];
    private int[] next = new int[256];
    private int free;
    private int used;

    BufferTable() {
        link(1, buffers.length);
        // Handle 0 means no buffer.
        free = 1;
    }

    /// The table holds the buffer from here on; [#release] gives it back.
    long add(ByteBuf buffer) {
        if (free == 0) {
            final int before = buffers.length;
            buffers = Arrays.copyOf(buffers, before * 2);
            next = Arrays.copyOf(next, before * 2);
            link(before, before * 2);
            free = before;
        }
        final int handle = free;
        free = next[handle];
        buffers[handle] = buffer;
        used++;
        return handle;
    }

    ByteBuf get(long handle) {
        final ByteBuf buffer = buffers[(int) handle];
        if (buffer == null) {
            throw new IllegalStateException("no buffer has handle " + handle);
        }
        return buffer;
    }

    void release(long handle) {
        remove(handle).release();
    }

    /// Forgets the handle; the buffer is the caller's.
    ByteBuf remove(long handle) {
        final ByteBuf buffer = get(handle);
        buffers[(int) handle] = null;
        next[(int) handle] = free;
        free = (int) handle;
        used--;
        return buffer;
    }

    int used() {
        return used;
    }

    private void link(int from, int to) {
        for (int i = from; i < to; i++) {
            next[i] = i + 1 < to ? i + 1 : 0;
        }
    }
}
