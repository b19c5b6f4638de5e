package dev.hast.daemon.packet;

import dev.hast.daemon.netlink.NetlinkMessage;
import dev.hast.daemon.netlink.NetlinkSocket;
import dev.hast.daemon.posix.PosixException;
import dev.hast.daemon.posix.SocketCalls;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The TCP connections of this network namespace, asked of the kernel (`sock_diag`).
///
/// Thread: any, but not an event loop: the kernel walks all of its connections, which takes
/// milliseconds where there are many thousands.
public final class TcpConnections implements AutoCloseable {
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int TCP_ESTABLISHED = 1;
    private static final int REQUEST_BYTES = 56;
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);

    // struct inet_diag_msg: family, state, timer, retransmissions (u8 each), then the socket:
    // source
    // port, destination port (u16 in network order), source, destination (16 bytes each).
    private static final int SOURCE_PORT = 4;
    private static final int TARGET_PORT = 6;
    private static final int SOURCE = 8;
    private static final int TARGET = 24;
    private static final int MESSAGE_MIN = 40;

    private final NetlinkSocket socket;

    private TcpConnections(final NetlinkSocket socket) {
        this.socket = socket;
    }

    public static TcpConnections open() throws PosixException {
        final NetlinkSocket socket =
                NetlinkSocket.open(NetlinkSocket.NETLINK_SOCK_DIAG, "sock_diag");
        socket.setReceiveTimeout(ANSWER_LIMIT);
        return new TcpConnections(socket);
    }

    /// Those established now whose end on this node is one of `addresses`, at most `max`.
    ///
    /// @throws PosixException `ENOENT` when the kernel was built without TCP diagnostics
    public List<TcpConnection> establishedOn(final Collection<InetAddress> addresses, final int max)
            throws PosixException {
        final Set<InetAddress> wanted = Set.copyOf(addresses);
        final List<TcpConnection> found = new ArrayList<>();
        // IPv4 connections to a socket of both families are listed under IPv6.
        for (final int family : new int[] {SocketCalls.AF_INET, SocketCalls.AF_INET6}) {
            socket.dump(SOCK_DIAG_BY_FAMILY, request(family)).stream()
                    .flatMap(message -> connection(message).stream())
                    .filter(connection -> wanted.contains(connection.local()))
                    .limit(max - found.size())
                    .forEach(found::add);
        }
        return found;
    }

    /// struct inet_diag_req_v2: family, protocol, extensions, padding (u8 each), states (u32),
    /// socket.
    private static byte[] request(final int family) {
        return ByteBuffer.allocate(REQUEST_BYTES)
                .order(ByteOrder.nativeOrder())
                .put((byte) family)
                .put((byte) SocketCalls.IPPROTO_TCP)
                .putShort((short) 0)
                .putInt(1 << TCP_ESTABLISHED)
                .array();
    }

    private static Optional<TcpConnection> connection(final NetlinkMessage message) {
        final ByteBuffer body = message.body();
        if (body.limit() < MESSAGE_MIN) {
            return Optional.empty();
        }
        final byte[] bytes = new byte[MESSAGE_MIN];
        body.slice().get(bytes);
        final int length = bytes[0] == SocketCalls.AF_INET ? 4 : 16;
        final ByteBuffer ports = ByteBuffer.wrap(bytes);
        return Optional.of(
                new TcpConnection(
                        Addresses.of(bytes, SOURCE, length),
                        Short.toUnsignedInt(ports.getShort(SOURCE_PORT)),
                        Addresses.of(bytes, TARGET, length),
                        Short.toUnsignedInt(ports.getShort(TARGET_PORT))));
    }

    @Override
    public void close() {
        socket.close();
    }
}
