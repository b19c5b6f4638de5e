package dev.hast.daemon.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The first and last parts of a provider, addressed as the whole. What lies between was not read
/// and matches nothing.
///
/// @param head from byte 0
/// @param tail up to the end
/// @param size of the provider, in bytes
record ProbedContent(ByteBuffer head, ByteBuffer tail, long size) {

    /// Do `bytes` stand at `offset`, which counts from the end if negative?
    boolean has(final long offset, final byte[] bytes) {
        final long at = offset < 0 ? size + offset : offset;
        for (int i = 0; i < bytes.length; i++) {
            if (!isProbed(at + i, 1) || byteAt(at + i) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    boolean isProbed(final long at, final int length) {
        return at >= 0
                && at + length <= size
                && (at + length <= head.capacity() || at >= size - tail.capacity());
    }

    /// The little-endian number at `at`; 0 if that was not read.
    int intAt(final long at) {
        if (!isProbed(at, 4)) {
            return 0;
        }
        int value = 0;
        for (int i = 3; i >= 0; i--) {
            value = value << 8 | byteAt(at + i) & 0xff;
        }
        return value;
    }

    /// The big-endian number at `at`; 0 if that was not read.
    int bigEndianIntAt(final long at) {
        return Integer.reverseBytes(intAt(at));
    }

    long longAt(final long at) {
        return intAt(at) & 0xffffffffL | (long) intAt(at + 4) << 32;
    }

    /// Where the first byte is that is not zero, -1 if there is none.
    long firstNonZero() {
        final long inHead = firstNonZero(head);
        if (inHead >= 0) {
            return inHead;
        }
        final long inTail = firstNonZero(tail);
        return inTail < 0 ? -1 : size - tail.capacity() + inTail;
    }

    private byte byteAt(final long at) {
        return at < head.capacity()
                ? head.get((int) at)
                : tail.get((int) (at - (size - tail.capacity())));
    }

    private static int firstNonZero(final ByteBuffer buffer) {
        final ByteBuffer zeroes = ByteBuffer.allocate(buffer.capacity());
        return buffer.duplicate().order(ByteOrder.BIG_ENDIAN).mismatch(zeroes);
    }
}
