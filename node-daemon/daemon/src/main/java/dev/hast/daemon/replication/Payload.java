package dev.hast.daemon.replication;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import dev.hast.core.replication.Replica;
import dev.hast.daemon.document.Checksum;
import dev.hast.daemon.document.Compression;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/// What is done to the bytes of a block on the wire: a checksum of the data as the volume holds it,
/// and an encoding.
///
/// Encodings: 0 as it is, 1 all zero (no payload), 2 LZ4, 3 Zstandard. A block that an encoding
/// would not make smaller goes as it is.
///
/// Not thread-safe: one per event loop.
final class Payload {

    /// The largest block of one frame.
    static final int BYTES_MAX = Replica.OPERATION_BYTES_MAX;

    static final int PLAIN = 0;
    static final int HOLE = 1;
    static final int LZ4 = 2;
    static final int ZSTD = 3;

    static final int CHECKSUM_NONE = 0;
    static final int CHECKSUM_CRC32C = 1;
    static final int CHECKSUM_SHA256 = 2;

    private static final int ZSTD_LEVEL = 1;
    private static final int COMPRESS_FROM = 1024;

    private final CRC32C crc = new CRC32C();
    private final MessageDigest sha256;
    private final LZ4Compressor lz4 = LZ4Factory.fastestInstance().fastCompressor();
    private final LZ4SafeDecompressor unlz4 = LZ4Factory.fastestInstance().safeDecompressor();
    private long first;
    private long second;

    Payload() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static int code(Checksum checksum) {
        return switch (checksum) {
            case NONE -> CHECKSUM_NONE;
            case CRC32C -> CHECKSUM_CRC32C;
            case SHA256 -> CHECKSUM_SHA256;
        };
    }

    /// Computes the checksum of `length` bytes from index 0: read it with [#first] and [#second].
    void digest(int kind, ByteBuf data, int length) throws FrameException {
        first = 0;
        second = 0;
        switch (kind) {
            case CHECKSUM_NONE -> {}
            case CHECKSUM_CRC32C -> {
                crc.reset();
                crc.update(data.internalNioBuffer(0, length));
                first = crc.getValue();
            }
            case CHECKSUM_SHA256 -> {
                sha256.reset();
                sha256.update(data.internalNioBuffer(0, length));
                final ByteBuffer bytes = ByteBuffer.wrap(sha256.digest());
                first = bytes.getLong();
                second = bytes.getLong();
            }
            default -> throw new FrameException(Refusal.UNKNOWN_KIND, "unknown checksum " + kind);
        }
    }

    long first() {
        return first;
    }

    long second() {
        return second;
    }

    /// Writes the encoded form of `length` bytes to `out` and says which encoding it took; [#PLAIN]
    /// and nothing written means: send as it is.
    int encode(Compression compression, ByteBuf data, int length, ByteBuf out) {
        if (compression == Compression.NONE) {
            return PLAIN;
        }
        if (isZero(data, length)) {
            return HOLE;
        }
        if (length < COMPRESS_FROM || compression == Compression.HOLE) {
            return PLAIN;
        }
        return compression == Compression.LZ4 ? lz4(data, length, out) : zstd(data, length, out);
    }

    private int lz4(ByteBuf data, int length, ByteBuf out) {
        final int bound = lz4.maxCompressedLength(length);
        out.ensureWritable(bound);
        final int start = out.writerIndex();
        final ByteBuffer target = out.nioBuffer(start, bound);
        lz4.compress(data.nioBuffer(0, length), target);
        return keep(out, start, target.position(), length, LZ4);
    }

    private int zstd(ByteBuf data, int length, ByteBuf out) {
        final int bound = (int) Zstd.compressBound(length);
        out.ensureWritable(bound);
        final int start = out.writerIndex();
        final int size =
                Zstd.compress(out.nioBuffer(start, bound), data.nioBuffer(0, length), ZSTD_LEVEL);
        return keep(out, start, size, length, ZSTD);
    }

    private static int keep(ByteBuf out, int start, int size, int length, int encoding) {
        if (size >= length - length / 16) {
            return PLAIN;
        }
        out.writerIndex(start + size);
        return encoding;
    }

    /// Fills `length` bytes of `target` from an encoded payload.
    void decode(int encoding, ByteBuf payload, ByteBuf target, int length) throws FrameException {
        switch (encoding) {
            case PLAIN -> target.setBytes(0, payload, payload.readerIndex(), length);
            case HOLE -> target.setZero(0, length);
            case LZ4 -> unlz4(payload, target, length);
            case ZSTD -> unzstd(payload, target, length);
            default ->
                    throw new FrameException(Refusal.UNKNOWN_KIND, "unknown encoding " + encoding);
        }
    }

    private void unlz4(ByteBuf payload, ByteBuf target, int length) throws FrameException {
        try {
            // The safe one: it never reads or writes past what it is given.
            final int size =
                    unlz4.decompress(
                            payload.nioBuffer(),
                            0,
                            payload.readableBytes(),
                            target.nioBuffer(0, length),
                            0,
                            length);
            if (size != length) {
                throw new FrameException("an LZ4 block of another length than its frame says");
            }
        } catch (LZ4Exception e) {
            throw new FrameException("a broken LZ4 block: " + e.getMessage());
        }
    }

    private void unzstd(ByteBuf payload, ByteBuf target, int length) throws FrameException {
        final long size;
        try {
            size =
                    Zstd.decompressDirectByteBuffer(
                            target.nioBuffer(0, length),
                            0,
                            length,
                            payload.nioBuffer(),
                            0,
                            payload.readableBytes());
        } catch (ZstdException e) {
            throw new FrameException("a broken Zstandard block: " + e.getMessage());
        }
        if (size != length) {
            throw new FrameException("a Zstandard block of another length than its frame says");
        }
    }

    static boolean isZero(ByteBuf data, int length) {
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            if (data.getLongLE(at) != 0) {
                return false;
            }
        }
        for (; at < length; at++) {
            if (data.getByte(at) != 0) {
                return false;
            }
        }
        return true;
    }
}
