package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// Collects the extents of one metadata context for one request; used again for the next.
/// Neighbours with equal flags become one.
final class StatusReply implements ExtentSink {
    static final int DESCRIPTOR_BYTES = 8;

    /// Extents in one answer, at most; a client asks on from where the answer ends.
    static final int MAX_DESCRIPTORS = 4096;

    private @Nullable ByteBuf out;
    private long uncovered;
    private long pendingLength;
    private int pendingFlags;
    private int descriptors;
    private int maxDescriptors;

    /// @param length of the request, unsigned 32 bits
    void begin(ByteBufAllocator allocator, long length, boolean single) {
        out = allocator.directBuffer(256, MAX_DESCRIPTORS * DESCRIPTOR_BYTES);
        uncovered = length;
        pendingLength = 0;
        descriptors = 0;
        maxDescriptors = single ? 1 : MAX_DESCRIPTORS;
    }

    @Override
    public boolean extent(long length, int flags) {
        if (length <= 0) {
            throw new IllegalArgumentException("extent of length " + length);
        }
        // Never beyond the request: allowed without REQ_ONE, but of no use to a client.
        long part = Math.min(length, uncovered);
        if (part == 0) {
            return false;
        }
        if (pendingLength > 0 && flags != pendingFlags) {
            if (descriptors == maxDescriptors - 1) {
                uncovered = 0;
                return false;
            }
            writePending();
        }
        pendingFlags = flags;
        pendingLength += part;
        uncovered -= part;
        return uncovered > 0;
    }

    /// The descriptors, at least one; the caller owns the buffer.
    ByteBuf end(long requestLength) {
        if (pendingLength == 0) {
            pendingFlags = 0;
            pendingLength = requestLength;
        }
        writePending();
        ByteBuf result = buffer();
        out = null;
        return result;
    }

    private void writePending() {
        buffer().writeInt((int) pendingLength).writeInt(pendingFlags);
        descriptors++;
        pendingLength = 0;
    }

    private ByteBuf buffer() {
        ByteBuf buffer = out;
        if (buffer == null) {
            throw new IllegalStateException("an extent was reported after the answer was complete");
        }
        return buffer;
    }
}
