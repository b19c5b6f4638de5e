package dev.hast.daemon.packet;

import dev.hast.daemon.posix.FileCalls;
import dev.hast.daemon.posix.PacketCalls;
import dev.hast.daemon.posix.PosixException;
import dev.hast.daemon.posix.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Wakes clients that are still connected to an earlier holder of an address.
///
/// A tickle is a bare ACK, as if from the old connection, with a sequence number that is most
/// likely wrong. The client answers with what it expects; this node knows no such connection and
/// resets it; and the client connects again at once instead of when its retransmissions have come
/// to an end.
///
/// Only after the guard is open: the tickle leaves from the service address.
///
/// Thread: one. Sending does not wait.
public final class TickleSocket implements AutoCloseable {
    private static final int IPPROTO_RAW = 255;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int TCP_HEADER = 20;
    private static final int HOP_LIMIT = 64;
    private static final int DATA_OFFSET_AND_ACK = 0x5010;
    private static final int SOCKADDR_IN6 = 28;

    private final int ipv4;
    private final int ipv6;
    private final MemorySegment packet = Arena.ofAuto().allocate(64, 8);
    private final MemorySegment target = Arena.ofAuto().allocate(SOCKADDR_IN6, 8);

    private TickleSocket(final int ipv4, final int ipv6) {
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
    }

    /// Opens it in the network namespace of the calling thread. Needs CAP_NET_RAW.
    public static TickleSocket open() throws PosixException {
        final int ipv4 = raw(SocketCalls.AF_INET);
        try {
            return new TickleSocket(ipv4, raw(SocketCalls.AF_INET6));
        } catch (final PosixException failure) {
            FileCalls.close(ipv4);
            throw failure;
        }
    }

    /// This protocol number means that headers are the sender's own.
    private static int raw(final int family) throws PosixException {
        return PosixException.check(
                "socket", "raw IP", SocketCalls.socket(family, SocketCalls.SOCK_RAW, IPPROTO_RAW));
    }

    /// Tickles the client of `connection`.
    ///
    /// @return 0 or `-errno`
    public int tickle(final TcpConnection connection) {
        final byte[] remote = connection.remote().getAddress();
        final boolean isIpv4 = remote.length == 4;
        final byte[] bytes = isIpv4 ? overIpv4(connection) : overIpv6(connection);
        MemorySegment.copy(bytes, 0, packet, ValueLayout.JAVA_BYTE, 0, bytes.length);
        // struct sockaddr_in: family, port, address; sockaddr_in6: family, port, flow, address,
        // scope
        target.fill((byte) 0);
        target.set(
                ValueLayout.JAVA_SHORT,
                0,
                (short) (isIpv4 ? SocketCalls.AF_INET : SocketCalls.AF_INET6));
        MemorySegment.copy(remote, 0, target, ValueLayout.JAVA_BYTE, isIpv4 ? 4 : 8, remote.length);
        final int sent =
                PacketCalls.send(
                        isIpv4 ? ipv4 : ipv6,
                        packet.address(),
                        bytes.length,
                        target.address(),
                        isIpv4 ? 16 : SOCKADDR_IN6);
        return Math.min(0, sent);
    }

    static byte[] overIpv4(final TcpConnection connection) {
        // The kernel fills in identification and checksum.
        return ByteBuffer.allocate(IPV4_HEADER + TCP_HEADER)
                .putShort((short) 0x4500)
                .putShort((short) (IPV4_HEADER + TCP_HEADER))
                .putInt(0)
                .put((byte) HOP_LIMIT)
                .put((byte) SocketCalls.IPPROTO_TCP)
                .putShort((short) 0)
                .put(connection.local().getAddress())
                .put(connection.remote().getAddress())
                .put(tcp(connection))
                .array();
    }

    static byte[] overIpv6(final TcpConnection connection) {
        return ByteBuffer.allocate(IPV6_HEADER + TCP_HEADER)
                .putInt(0x6000_0000)
                .putShort((short) TCP_HEADER)
                .put((byte) SocketCalls.IPPROTO_TCP)
                .put((byte) HOP_LIMIT)
                .put(connection.local().getAddress())
                .put(connection.remote().getAddress())
                .put(tcp(connection))
                .array();
    }

    private static byte[] tcp(final TcpConnection connection) {
        final ByteBuffer header =
                ByteBuffer.allocate(TCP_HEADER)
                        .putShort((short) connection.localPort())
                        .putShort((short) connection.remotePort())
                        .putInt(0)
                        .putInt(0)
                        .putShort((short) DATA_OFFSET_AND_ACK)
                        .putShort((short) 0)
                        .putShort((short) 0)
                        .putShort((short) 0);
        return header.putShort(16, checksum(connection, header.array())).array();
    }

    private static short checksum(final TcpConnection connection, final byte[] header) {
        long sum = SocketCalls.IPPROTO_TCP + (long) header.length;
        sum += words(connection.local()) + words(connection.remote());
        sum += words(header);
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (short) ~sum;
    }

    private static long words(final InetAddress address) {
        return words(address.getAddress());
    }

    private static long words(final byte[] bytes) {
        final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);
        long sum = 0;
        while (buffer.hasRemaining()) {
            sum += Short.toUnsignedInt(buffer.getShort());
        }
        return sum;
    }

    @Override
    public void close() {
        FileCalls.close(ipv4);
        FileCalls.close(ipv6);
    }
}
