package dev.hast.core.metadata;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;

/// One page of the activity log or of a dirty map: a header and the bits of 32,512 extents.
///
/// | offset | bytes | field | guards against |
/// |---|---|---|---|
/// | 0 | 4 | magic `HMAP` | something else written here |
/// | 4 | 4 | CRC-32C of the page with this field zero | torn writes, rot |
/// | 8 | 8 | format id of the provider | a page of an earlier format, or of another provider |
/// | 16 | 2 | map number | misdirected write |
/// | 18 | 2 | page number | misdirected write |
/// | 20 | 4 | version of the page format | software that does not know it |
/// | 24 | 8 | zero | |
/// | 32 | 4064 | bits, extent 0 in the lowest bit of the first little-endian 64-bit word | |
///
/// A page that fails any of these is read as "every extent": more is copied than needed, and
/// nothing is missed.
public final class MapPage {

    public static final int HEADER_BYTES = 32;
    public static final int WORDS = (MetadataLayout.PAGE_BYTES - HEADER_BYTES) / Long.BYTES;
    public static final int EXTENTS = WORDS * Long.SIZE;

    static final int MAGIC = 0x50414d48; // "HMAP" in little endian
    static final int VERSION = 1;

    private MapPage() {}

    public static byte[] encode(long formatId, int map, int page, long[] words) {
        final byte[] bytes = new byte[MetadataLayout.PAGE_BYTES];
        final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(MAGIC)
                .putInt(0)
                .putLong(formatId)
                .putShort((short) map)
                .putShort((short) page)
                .putInt(VERSION);
        buffer.position(HEADER_BYTES);
        for (int i = 0; i < WORDS; i++) {
            buffer.putLong(words[i]);
        }
        buffer.putInt(4, checksum(bytes));
        return bytes;
    }

    /// The words of a page that is what it should be; empty when it is not.
    public static Optional<long[]> decode(byte[] bytes, long formatId, int map, int page) {
        final ByteBuffer buffer = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
        final int checksum = buffer.getInt(4);
        buffer.putInt(4, 0);
        final boolean sound =
                buffer.getInt(0) == MAGIC
                        && checksum == checksum(buffer.array())
                        && buffer.getLong(8) == formatId
                        && buffer.getShort(16) == (short) map
                        && buffer.getShort(18) == (short) page
                        && buffer.getInt(20) == VERSION;
        if (!sound) {
            return Optional.empty();
        }
        final long[] words = new long[WORDS];
        buffer.position(HEADER_BYTES);
        buffer.asLongBuffer().get(words);
        return Optional.of(words);
    }

    static int checksum(byte[] bytes) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
