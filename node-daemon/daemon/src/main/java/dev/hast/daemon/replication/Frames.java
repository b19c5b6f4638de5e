package dev.hast.daemon.replication;

import io.netty.buffer.ByteBuf;
import java.util.zip.CRC32C;

/// The layout of frames; all numbers are little endian.
///
/// Every frame begins with 16 bytes:
///
/// | offset | bytes | field | guards against |
/// |---|---|---|---|
/// | 0 | 4 | length of what follows these 16 bytes | oversized frames |
/// | 4 | 1 | type ([FrameType]) | |
/// | 5 | 3 | zero | |
/// | 8 | 4 | CRC-32C of bytes 0 to 7 and of the body; of a payload's frame, of its fixed part only | damage on the way |
/// | 12 | 4 | zero | |
///
/// A frame with a payload (`WRITE`, `READ_REPLY`) has a fixed part of 64 bytes, then the payload:
///
/// | offset | bytes | field | guards against |
/// |---|---|---|---|
/// | 0 | 8 | epoch | an old primary (S5) |
/// | 8 | 8 | sequence, or id of the read | confirming the wrong write |
/// | 16 | 8 | watermark | |
/// | 24 | 8 | offset in the volume | |
/// | 32 | 4 | length in the volume | |
/// | 36 | 4 | length of the payload on the wire | |
/// | 40 | 1 | kind: 0 write, 1 zero, 2 copy | |
/// | 41 | 1 | flags: 1 FUA, 2 may unmap | |
/// | 42 | 1 | encoding of the payload ([Payload]) | |
/// | 43 | 1 | checksum of the data: 0 none, 1 CRC-32C, 2 SHA-256 | |
/// | 44 | 4 | result of a read, 0 or a negative errno | |
/// | 48 | 16 | checksum of the data as the volume holds it (SHA-256: its first 16 bytes) | damage anywhere between the two nodes |
final class Frames {

    static final int HEADER_BYTES = 16;
    static final int FIXED_BYTES = 64;

    /// Dirty maps of a 64 TiB volume at 2 MiB an extent are 4 MiB each.
    static final int CONTROL_BYTES_MAX = 40 << 20;

    /// A note is kept in memory for whoever it is meant for.
    static final int NOTE_BYTES_MAX = 64 << 10;

    /// Before a link has named its resource it may send this much.
    static final int PREFACE_BYTES_MAX = 4096;

    static final int VERSION = 1;
    static final long FEATURES = 0;
    static final long MAGIC = 0x4b4e494c54534148L; // "HASTLINK"

    private Frames() {}

    /// Fills in the header in front of a body that ends at the writer index.
    ///
    /// @param covered how many bytes of the body the checksum covers
    /// @param extra payload bytes that follow in other buffers
    static void finish(ByteBuf frame, int start, FrameType type, int covered, int extra) {
        final int body = frame.writerIndex() - start - HEADER_BYTES;
        frame.setIntLE(start, body + extra);
        frame.setByte(start + 4, type.code);
        frame.setMediumLE(start + 5, 0);
        frame.setIntLE(start + 12, 0);
        frame.setIntLE(start + 8, checksum(frame, start, covered));
    }

    /// Of a frame that lies in one buffer.
    static int checksum(ByteBuf frame, int start, int covered) {
        final CRC32C crc = new CRC32C();
        crc.update(frame.internalNioBuffer(start, 8));
        crc.update(frame.internalNioBuffer(start + HEADER_BYTES, covered));
        return (int) crc.getValue();
    }

    /// Of a frame whose body has its own buffer.
    static int checksum(ByteBuf header, ByteBuf body, int length) {
        final CRC32C crc = new CRC32C();
        crc.update(header.internalNioBuffer(0, 8));
        crc.update(body.internalNioBuffer(0, length));
        return (int) crc.getValue();
    }
}
