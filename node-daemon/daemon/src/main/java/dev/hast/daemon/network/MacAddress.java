package dev.hast.daemon.network;

import java.util.HexFormat;

/// A hardware address of Ethernet.
///
/// @param bits its 48 bits, the first byte on the wire highest
public record MacAddress(long bits) {
    public static final int BYTES = 6;
    public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

    private static final HexFormat TEXT = HexFormat.ofDelimiter(":");

    public MacAddress {
        if (bits >>> 48 != 0) {
            throw new IllegalArgumentException("more than 48 bits: " + Long.toHexString(bits));
        }
    }

    /// Takes 6 bytes from `from` on.
    public static MacAddress of(final byte[] bytes, final int from) {
        long bits = 0;
        for (int i = 0; i < BYTES; i++) {
            bits = bits << 8 | Byte.toUnsignedInt(bytes[from + i]);
        }
        return new MacAddress(bits);
    }

    /// The virtual address of a vhid, as carp(4) and VRRP use it.
    public static MacAddress ofVhid(final int vhid) {
        return new MacAddress(0x0000_5e00_0100L | vhid);
    }

    public byte[] toBytes() {
        final byte[] bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = (byte) (bits >>> 40 - 8 * i);
        }
        return bytes;
    }

    @Override
    public String toString() {
        return TEXT.formatHex(toBytes());
    }
}
