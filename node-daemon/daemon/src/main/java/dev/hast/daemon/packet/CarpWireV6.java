package dev.hast.daemon.packet;

import dev.hast.daemon.posix.PacketCalls;
import dev.hast.daemon.posix.PosixException;
import dev.hast.daemon.posix.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Adverts over IPv6. The kernel makes the header; its source is the link-local address of the
/// interface for the group, and never a service address, which is deprecated from birth.
///
/// No checksum is asked of the kernel: CARP's has no pseudo-header.
final class CarpWireV6 implements CarpWire {
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_UNICAST_HOPS = 16;
    private static final int IPV6_MULTICAST_IF = 17;
    private static final int IPV6_MULTICAST_HOPS = 18;
    private static final int IPV6_MULTICAST_LOOP = 19;
    private static final int IPV6_JOIN_GROUP = 20;
    private static final int IPV6_MULTICAST_ALL = 29;
    private static final int IPV6_RECVPKTINFO = 49;
    private static final int IPV6_PKTINFO = 50;
    private static final int IPV6_RECVHOPLIMIT = 51;
    private static final int IPV6_HOPLIMIT = 52;
    private static final int IPV6_TCLASS = 67;

    private static final int RECEIVE_MAX = 2048;
    private static final int SOCKADDR_IN6 = 28;
    private static final int CONTROL_BYTES = 256;
    private static final int CMSG_HEADER = 16;
    private static final int MSG_TRUNC = 0x20;

    // struct msghdr of 64-bit Linux: name, its length, vectors, their number, control, its length,
    // flags.
    private static final int MSG_NAMELEN = 8;
    private static final int MSG_IOV = 16;
    private static final int MSG_IOVLEN = 24;
    private static final int MSG_CONTROL = 32;
    private static final int MSG_CONTROLLEN = 40;
    private static final int MSG_FLAGS = 48;
    private static final int MSGHDR = 56;

    private final CarpSocket.Settings settings;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment input = arena.allocate(RECEIVE_MAX, 8);
    private final MemorySegment source = arena.allocate(SOCKADDR_IN6, 8);
    private final MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
    private final MemorySegment vector = arena.allocate(16, 8);
    private final MemorySegment message = arena.allocate(MSGHDR, 8);

    CarpWireV6(final CarpSocket.Settings settings) {
        this.settings = settings;
        vector.set(ValueLayout.JAVA_LONG, 0, input.address());
        vector.set(ValueLayout.JAVA_LONG, 8, RECEIVE_MAX);
        message.set(ValueLayout.JAVA_LONG, 0, source.address());
        message.set(ValueLayout.JAVA_LONG, MSG_IOV, vector.address());
        message.set(ValueLayout.JAVA_LONG, MSG_IOVLEN, 1L);
        message.set(ValueLayout.JAVA_LONG, MSG_CONTROL, control.address());
    }

    @Override
    public void setSource(final List<InetAddress> own) {
        // The kernel chooses.
    }

    @Override
    public void prepare(final int fd, final String what) throws PosixException {
        final int index = settings.networkInterface().index();
        // struct ipv6_mreq: group (16 bytes), interface index (int)
        final byte[] membership =
                ByteBuffer.allocate(20)
                        .order(ByteOrder.nativeOrder())
                        .put(settings.group().getAddress())
                        .putInt(index)
                        .array();
        option(fd, what, IPV6_UNICAST_HOPS, CarpSocket.HOP_LIMIT);
        option(fd, what, IPV6_MULTICAST_HOPS, CarpSocket.HOP_LIMIT);
        option(fd, what, IPV6_MULTICAST_IF, index);
        option(fd, what, IPV6_MULTICAST_LOOP, 0);
        option(fd, what, IPV6_RECVHOPLIMIT, 1);
        option(fd, what, IPV6_RECVPKTINFO, 1);
        option(fd, what, IPV6_TCLASS, CarpSocket.TRAFFIC_CLASS);
        // Linux 4.20; without it other groups of this node are heard too, and judged like garbage.
        SocketCalls.setOption(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
        if (settings.group().isMulticastAddress()) {
            PosixException.check(
                    "join " + settings.group().getHostAddress(),
                    what,
                    SocketCalls.setOption(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, membership));
        }
    }

    private static void option(final int fd, final String what, final int option, final int value)
            throws PosixException {
        PosixException.check(
                "setsockopt(IPv6 " + option + ")",
                what,
                SocketCalls.setOption(fd, IPPROTO_IPV6, option, value));
    }

    @Override
    public boolean isFamily(final InetAddress address) {
        return address.getAddress().length == 16;
    }

    @Override
    public MemorySegment target(final InetAddress address) {
        // struct sockaddr_in6: family (u16), port (u16), flow, address, scope (u32)
        final MemorySegment target = Arena.ofAuto().allocate(SOCKADDR_IN6, 8);
        target.set(ValueLayout.JAVA_SHORT, 0, (short) SocketCalls.AF_INET6);
        MemorySegment.copy(address.getAddress(), 0, target, ValueLayout.JAVA_BYTE, 8, 16);
        if (address.isMulticastAddress() || address.isLinkLocalAddress()) {
            target.set(ValueLayout.JAVA_INT, 24, settings.networkInterface().index());
        }
        return target;
    }

    @Override
    public int headerBytes() {
        return 0;
    }

    @Override
    public void address(final MemorySegment output, final MemorySegment target) {
        // The kernel does.
    }

    @Override
    public int receive(final int fd) {
        message.set(ValueLayout.JAVA_INT, MSG_NAMELEN, SOCKADDR_IN6);
        message.set(ValueLayout.JAVA_LONG, MSG_CONTROLLEN, CONTROL_BYTES);
        message.set(ValueLayout.JAVA_INT, MSG_FLAGS, 0);
        return PacketCalls.receiveMessage(fd, message.address());
    }

    @Override
    public @Nullable ReceivedAdvert parse(final int length) {
        if (length <= 0
                || length > CarpSocket.ADVERT_BYTES_MAX
                || (message.get(ValueLayout.JAVA_INT, MSG_FLAGS) & MSG_TRUNC) != 0) {
            return null;
        }
        final byte[] sender = source.toArray(ValueLayout.JAVA_BYTE);
        return new ReceivedAdvert(
                Addresses.of(sender, 8, 16),
                hopLimit(),
                sentToGroup(),
                input.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }

    private int hopLimit() {
        final long at = control(IPV6_HOPLIMIT);
        return at < 0 ? 0 : control.get(ValueLayout.JAVA_INT, at);
    }

    private boolean sentToGroup() {
        // struct in6_pktinfo: destination, interface index
        final long at = control(IPV6_PKTINFO);
        return at >= 0 && control.get(ValueLayout.JAVA_BYTE, at) == (byte) 0xff;
    }

    /// Where the data of that control message begins; -1 if there is none.
    private long control(final int type) {
        // struct cmsghdr: length (u64), level (int), type (int); each aligned to 8
        final long end =
                Math.min(CONTROL_BYTES, message.get(ValueLayout.JAVA_LONG, MSG_CONTROLLEN));
        long at = 0;
        while (at + CMSG_HEADER <= end) {
            final long length = control.get(ValueLayout.JAVA_LONG, at);
            if (length < CMSG_HEADER || at + length > end) {
                return -1;
            }
            if (control.get(ValueLayout.JAVA_INT, at + 8) == IPPROTO_IPV6
                    && control.get(ValueLayout.JAVA_INT, at + 12) == type) {
                return at + CMSG_HEADER;
            }
            at += (length + 7) & ~7L;
        }
        return -1;
    }
}
