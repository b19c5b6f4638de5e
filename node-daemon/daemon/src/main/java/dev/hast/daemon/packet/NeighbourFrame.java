package dev.hast.daemon.packet;

import dev.hast.daemon.network.MacAddress;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/// Neighbour solicitations and advertisements of IPv6 (RFC 4861).
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 14 | Ethernet: target, source, `86dd` |
/// | 14 | 40 | IPv6: hop limit 255, source at 22, target at 38 |
/// | 54 | 8 | ICMPv6: type, code, checksum, flags |
/// | 62 | 16 | the address that it is about |
/// | 78 | 8 | option: type, length in 8 bytes, hardware address |
final class NeighbourFrame {
    static final int ETHERTYPE = 0x86dd;
    static final int SOLICITATION = 135;
    static final int ADVERTISEMENT = 136;

    private static final int IPPROTO_ICMPV6 = 58;
    private static final int HOP_LIMIT = 255;
    private static final int ETHERNET = 14;
    private static final int IPV6 = 40;
    private static final int ICMP = ETHERNET + IPV6;
    private static final int ICMP_MIN = 24;
    private static final int SOURCE = 22;
    private static final int TARGET = ICMP + 8;
    private static final int OPTIONS = ICMP + ICMP_MIN;
    private static final int OPTION_SOURCE_MAC = 1;
    private static final int OPTION_TARGET_MAC = 2;
    private static final int FLAG_ROUTER = 0x8000_0000;
    private static final int FLAG_OVERRIDE = 0x2000_0000;

    private static final byte[] UNSPECIFIED = new byte[16];
    private static final byte[] ALL_NODES = group(1);

    private NeighbourFrame() {}

    private static byte[] group(final int last) {
        final byte[] group = new byte[16];
        group[0] = (byte) 0xff;
        group[1] = 2;
        group[15] = (byte) last;
        return group;
    }

    /// "This address is mine", unasked, to all nodes.
    ///
    /// @param router whether the sender forwards, as its kernel says in its own advertisements
    static byte[] unsolicited(
            final MacAddress mac, final InetAddress address, final boolean router) {
        final ByteBuffer icmp =
                ByteBuffer.allocate(ICMP_MIN + 8)
                        .put((byte) ADVERTISEMENT)
                        .put((byte) 0)
                        .putShort((short) 0)
                        .putInt(FLAG_OVERRIDE | (router ? FLAG_ROUTER : 0))
                        .put(address.getAddress())
                        .put((byte) OPTION_TARGET_MAC)
                        .put((byte) 1)
                        .put(mac.toBytes());
        return frame(mac, address.getAddress(), ALL_NODES, icmp.array());
    }

    /// "Does anyone have this address?", as a node asks that is about to take it (RFC 4862).
    static byte[] probe(final MacAddress mac, final InetAddress address) {
        final byte[] wanted = address.getAddress();
        final byte[] solicited = group(0);
        solicited[11] = 1;
        solicited[12] = (byte) 0xff;
        System.arraycopy(wanted, 13, solicited, 13, 3);
        final ByteBuffer icmp =
                ByteBuffer.allocate(ICMP_MIN)
                        .put((byte) SOLICITATION)
                        .put((byte) 0)
                        .putShort((short) 0)
                        .putInt(0)
                        .put(wanted);
        return frame(mac, UNSPECIFIED, solicited, icmp.array());
    }

    private static byte[] frame(
            final MacAddress mac, final byte[] source, final byte[] target, final byte[] icmp) {
        final ByteBuffer frame =
                ByteBuffer.allocate(ICMP + icmp.length)
                        .put(new byte[] {0x33, 0x33})
                        .put(target, 12, 4)
                        .put(mac.toBytes())
                        .putShort((short) ETHERTYPE)
                        .putInt(0x6000_0000)
                        .putShort((short) icmp.length)
                        .put((byte) IPPROTO_ICMPV6)
                        .put((byte) HOP_LIMIT)
                        .put(source)
                        .put(target)
                        .put(icmp);
        final byte[] bytes = frame.array();
        frame.putShort(ICMP + 2, checksum(bytes, icmp.length));
        return bytes;
    }

    /// The Internet checksum over the pseudo-header and the ICMPv6 message; 0 over a message that
    /// has the right one.
    private static short checksum(final byte[] frame, final int length) {
        final ByteBuffer bytes = ByteBuffer.wrap(frame);
        long sum = (long) length + IPPROTO_ICMPV6;
        for (int at = SOURCE; at < ICMP; at += 2) {
            sum += Short.toUnsignedInt(bytes.getShort(at));
        }
        for (int at = 0; at < length; at += 2) {
            sum +=
                    at + 1 < length
                            ? Short.toUnsignedInt(bytes.getShort(ICMP + at))
                            : Byte.toUnsignedInt(frame[ICMP + at]) << 8;
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (short) ~sum;
    }

    /// Who the frame says has which address; none for anything else, garbage included.
    static Optional<Claim> claim(final byte[] frame) {
        final ByteBuffer bytes = ByteBuffer.wrap(frame);
        if (frame.length < ICMP + ICMP_MIN
                || Short.toUnsignedInt(bytes.getShort(12)) != ETHERTYPE
                || bytes.get(20) != IPPROTO_ICMPV6
                || Byte.toUnsignedInt(bytes.get(21)) != HOP_LIMIT) {
            return Optional.empty();
        }
        final int length = Short.toUnsignedInt(bytes.getShort(18));
        if (length < ICMP_MIN || length > frame.length - ICMP || checksum(frame, length) != 0) {
            return Optional.empty();
        }
        return switch (Byte.toUnsignedInt(bytes.get(ICMP))) {
            case ADVERTISEMENT ->
                    Optional.of(
                            new Claim(
                                    Addresses.of(frame, TARGET, 16),
                                    mac(frame, length, OPTION_TARGET_MAC),
                                    Claim.Message.NEIGHBOUR_ADVERTISEMENT));
            case SOLICITATION ->
                    isZero(frame)
                            ? Optional.empty()
                            : Optional.of(
                                    new Claim(
                                            Addresses.of(frame, SOURCE, 16),
                                            mac(frame, length, OPTION_SOURCE_MAC),
                                            Claim.Message.NEIGHBOUR_SOLICITATION));
            default -> Optional.empty();
        };
    }

    private static boolean isZero(final byte[] frame) {
        return Arrays.equals(frame, SOURCE, SOURCE + 16, UNSPECIFIED, 0, 16);
    }

    /// The hardware address in that option, else the sender of the frame.
    private static MacAddress mac(final byte[] frame, final int length, final int option) {
        int at = OPTIONS;
        final int end = ICMP + length;
        while (at + 8 <= end && frame[at + 1] != 0) {
            if (frame[at] == option) {
                return MacAddress.of(frame, at + 2);
            }
            at += 8 * Byte.toUnsignedInt(frame[at + 1]);
        }
        return MacAddress.of(frame, MacAddress.BYTES);
    }
}
