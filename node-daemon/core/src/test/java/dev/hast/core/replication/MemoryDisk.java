package dev.hast.core.replication;

import dev.hast.core.metadata.MetadataLayout;
import java.util.Arrays;
import java.util.function.LongPredicate;

/// The disk of one node of a [SmallCluster]: the volume in memory, with a cache that a flush
/// empties, and the pages of metadata. Faults are switched on by hand.
final class MemoryDisk {

    /// No result: the operation was lost on its way.
    static final int LOST = 1;

    private byte[] bytes;
    private byte[] medium;
    final byte[] metadata;

    /// Operations that are lost on their way, by their offset in the volume; those on metadata and
    /// flushes have -1.
    LongPredicate stuck = offset -> false;

    /// Offsets that cannot be read.
    LongPredicate unreadable = offset -> false;

    /// Every page of metadata is refused.
    boolean metadataFails;

    /// The pages of maps are refused, the superblocks are not.
    boolean mapsFail;

    MemoryDisk(int size, byte[] metadata) {
        this.bytes = new byte[size];
        this.medium = new byte[size];
        this.metadata = metadata;
    }

    byte at(long offset) {
        return bytes[(int) offset];
    }

    /// The first offset at which two disks differ, or -1.
    int mismatch(MemoryDisk other) {
        return Arrays.mismatch(bytes, other.bytes);
    }

    /// What was not flushed is gone.
    void losePower() {
        bytes = medium.clone();
    }

    int read(byte[] target, long offset, int length) {
        final int result = readability(offset);
        if (result == 0) {
            System.arraycopy(bytes, (int) offset, target, 0, length);
        }
        return result;
    }

    int write(byte[] source, long offset, int length, boolean fua) {
        if (stuck.test(offset)) {
            return LOST;
        }
        System.arraycopy(source, 0, bytes, (int) offset, length);
        if (fua) {
            System.arraycopy(bytes, (int) offset, medium, (int) offset, length);
        }
        return 0;
    }

    int zero(long offset, int length) {
        Arrays.fill(bytes, (int) offset, (int) offset + length, (byte) 0);
        return 0;
    }

    int flush() {
        if (stuck.test(-1)) {
            return LOST;
        }
        medium = bytes.clone();
        return 0;
    }

    int persist(int index, byte[] page) {
        if (metadataFails || (mapsFail && index >= MetadataLayout.SUPERBLOCKS)) {
            return Replica.EIO;
        }
        if (stuck.test(-1)) {
            return LOST;
        }
        System.arraycopy(page, 0, metadata, index * MetadataLayout.PAGE_BYTES, page.length);
        return 0;
    }

    /// Two words for each chunk, of which the second stays 0; meaningless where a read would fail.
    long[] hashes(long offset, int length) {
        final long[] hashes = new long[2 * Math.ceilDiv(length, Replica.CHUNK_BYTES)];
        final int end = (int) offset + length;
        for (int i = 0; i < hashes.length / 2; i++) {
            final int from = (int) offset + i * Replica.CHUNK_BYTES;
            hashes[2 * i] =
                    Arrays.hashCode(
                            Arrays.copyOfRange(
                                    bytes, from, Math.min(from + Replica.CHUNK_BYTES, end)));
        }
        return hashes;
    }

    /// What reading these bytes gives: 0, an error, or [#LOST].
    int readability(long offset) {
        if (unreadable.test(offset)) {
            return Replica.EIO;
        }
        return stuck.test(offset) ? LOST : 0;
    }
}
