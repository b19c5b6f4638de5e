package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/// Finds bytes that are all zero.
final class ZeroScan {
    private static final int STEP = 64 << 10;
    private final ByteBuffer zeroes = ByteBuffer.allocateDirect(STEP);

    /// True if `length` (more than 0) bytes from `index` on are zero. Data that differs early costs
    /// next to nothing.
    boolean isZero(ByteBuf buffer, int index, int length) {
        if (buffer.getByte(index) != 0 || buffer.getByte(index + length - 1) != 0) {
            return false;
        }
        for (int done = 0; done < length; done += STEP) {
            int part = Math.min(STEP, length - done);
            zeroes.limit(part);
            if (buffer.internalNioBuffer(index + done, part).mismatch(zeroes) >= 0) {
                return false;
            }
        }
        return true;
    }
}
