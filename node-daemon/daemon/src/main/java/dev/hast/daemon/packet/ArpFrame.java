package dev.hast.daemon.packet;

import dev.hast.daemon.network.MacAddress;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/// ARP for IPv4 over Ethernet.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 14 | Ethernet: target, source, `0806` |
/// | 14 | 8 | `0001 0800 06 04`, operation |
/// | 22 | 10 | sender: hardware address, IPv4 address |
/// | 32 | 10 | target: hardware address, IPv4 address |
/// | 42 | 18 | padding to the least length of Ethernet |
final class ArpFrame {
    static final int ETHERTYPE = 0x0806;
    static final int BYTES = 60;

    private static final int REQUEST = 1;
    private static final int REPLY = 2;
    private static final int BYTES_MIN = 42;
    private static final int SENDER_MAC = 22;
    private static final int SENDER_IP = 28;
    private static final long ETHERNET_IPV4 = 0x0001_0800_0604L;

    private static final MacAddress NOBODY = new MacAddress(0);
    private static final byte[] UNSPECIFIED = new byte[4];

    private ArpFrame() {}

    /// "This address is mine", as a question: every neighbour that knows the address takes it.
    static byte[] gratuitousRequest(final MacAddress mac, final InetAddress address) {
        return frame(REQUEST, mac, address.getAddress(), NOBODY, address);
    }

    /// The same as an answer, with the sender as the target: taken also within a second of the last
    /// change, where a broadcast target is not.
    static byte[] gratuitousReply(final MacAddress mac, final InetAddress address) {
        return frame(REPLY, mac, address.getAddress(), mac, address);
    }

    /// "Does anyone have this address?", changing nobody's cache (RFC 5227).
    static byte[] probe(final MacAddress mac, final InetAddress address) {
        return frame(REQUEST, mac, UNSPECIFIED, NOBODY, address);
    }

    private static byte[] frame(
            final int operation,
            final MacAddress sender,
            final byte[] senderAddress,
            final MacAddress target,
            final InetAddress targetAddress) {
        return ByteBuffer.allocate(BYTES)
                .put(MacAddress.BROADCAST.toBytes())
                .put(sender.toBytes())
                .putShort((short) ETHERTYPE)
                .putInt((int) (ETHERNET_IPV4 >>> 16))
                .putShort((short) ETHERNET_IPV4)
                .putShort((short) operation)
                .put(sender.toBytes())
                .put(senderAddress)
                .put(target.toBytes())
                .put(targetAddress.getAddress())
                .array();
    }

    /// Who the frame says has which address; none for anything else, garbage included.
    static Optional<Claim> claim(final byte[] frame) {
        final ByteBuffer bytes = ByteBuffer.wrap(frame);
        if (frame.length < BYTES_MIN
                || Short.toUnsignedInt(bytes.getShort(12)) != ETHERTYPE
                || bytes.getLong(14) >>> 16 != ETHERNET_IPV4
                || bytes.getInt(SENDER_IP) == 0) {
            return Optional.empty();
        }
        final int operation = Short.toUnsignedInt(bytes.getShort(20));
        if (operation != REQUEST && operation != REPLY) {
            return Optional.empty();
        }
        return Optional.of(
                new Claim(
                        Addresses.of(frame, SENDER_IP, 4),
                        MacAddress.of(frame, SENDER_MAC),
                        operation == REQUEST
                                ? Claim.Message.ARP_REQUEST
                                : Claim.Message.ARP_REPLY));
    }
}
