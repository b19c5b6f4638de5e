package dev.hast.core.address;

import java.nio.ByteBuffer;

/// An IPv4 or IPv6 address. Ordered as CARP hashes them: IPv4 before IPv6, each by value.
///
/// @param six whether it is IPv6
/// @param high the first 8 bytes of an IPv6 address; 0 for IPv4
/// @param low the last 8 bytes, or the 4 of IPv4
public record IpAddress(boolean six, long high, long low) implements Comparable<IpAddress> {

    private static final int FOUR_BYTES = 4;
    private static final int SIX_BYTES = 16;
    private static final long LINK_LOCAL = 0xfe80L << 48;
    private static final long LINK_LOCAL_MASK = 0xffc0L << 48;
    private static final long SCOPE_MASK = 0xffffL << 32;

    public IpAddress {
        if (!six && (high != 0 || low >>> 32 != 0)) {
            throw new IllegalArgumentException("an IPv4 address has 4 bytes");
        }
    }

    /// @param bytes in network order, 4 or 16
    public static IpAddress of(byte[] bytes) {
        final ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return switch (bytes.length) {
            case FOUR_BYTES -> new IpAddress(false, 0, buffer.getInt() & 0xffff_ffffL);
            case SIX_BYTES -> new IpAddress(true, buffer.getLong(), buffer.getLong());
            default ->
                    throw new IllegalArgumentException(
                            "an address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    /// In network order.
    public byte[] bytes() {
        return six
                ? ByteBuffer.allocate(SIX_BYTES).putLong(high).putLong(low).array()
                : ByteBuffer.allocate(FOUR_BYTES).putInt((int) low).array();
    }

    public boolean linkLocal() {
        return six && (high & LINK_LOCAL_MASK) == LINK_LOCAL;
    }

    /// Without the interface number that some kernels keep in bytes 2 and 3 of link-local ones.
    public IpAddress withoutScope() {
        return linkLocal() ? new IpAddress(true, high & ~SCOPE_MASK, low) : this;
    }

    @Override
    public int compareTo(IpAddress other) {
        if (six != other.six) {
            return six ? 1 : -1;
        }
        final int first = Long.compareUnsigned(high, other.high);
        return first != 0 ? first : Long.compareUnsigned(low, other.low);
    }

    /// Compares from the last byte to the first, as a little-endian machine does that takes an
    /// address in network order for a number. UCarp settles equal adverts so.
    public int compareFromLastByte(IpAddress other) {
        if (six != other.six) {
            return six ? 1 : -1;
        }
        final int last = Long.compareUnsigned(Long.reverseBytes(low), Long.reverseBytes(other.low));
        return last != 0
                ? last
                : Long.compareUnsigned(Long.reverseBytes(high), Long.reverseBytes(other.high));
    }

    @Override
    public String toString() {
        final byte[] bytes = bytes();
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length; i += six ? 2 : 1) {
            if (i > 0) {
                text.append(six ? ':' : '.');
            }
            text.append(
                    six
                            ? Integer.toHexString((bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff)
                            : Integer.toString(bytes[i] & 0xff));
        }
        return text.toString();
    }
}
