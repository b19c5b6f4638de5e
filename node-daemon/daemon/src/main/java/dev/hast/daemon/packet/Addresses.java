package dev.hast.daemon.packet;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/// IP addresses as packets carry them.
final class Addresses {
    private Addresses() {}

    /// The address of `length` bytes, 4 or 16, at `from`.
    static InetAddress of(final byte[] packet, final int from, final int length) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(packet, from, from + length));
        } catch (final UnknownHostException unlikely) {
            throw new IllegalArgumentException("not the length of an address: " + length, unlikely);
        }
    }
}
