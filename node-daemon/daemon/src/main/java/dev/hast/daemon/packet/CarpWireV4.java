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
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Adverts over IPv4, with a header of our own making: only so is the source the node's address
/// whatever else is on the interface. The kernel fills in length, identification and checksum.
final class CarpWireV4 implements CarpWire {
    private static final int IPPROTO_IP = 0;
    private static final int IP_HDRINCL = 3;
    private static final int IP_MULTICAST_IF = 32;
    private static final int IP_MULTICAST_LOOP = 34;
    private static final int IP_ADD_MEMBERSHIP = 35;
    private static final int IP_MULTICAST_ALL = 49;

    private static final int HEADER = 20;
    private static final int RECEIVE_MAX = 2048;
    private static final int SOCKADDR_IN = 16;
    private static final int DONT_FRAGMENT = 0x40;

    private final CarpSocket.Settings settings;
    private final MemorySegment input = Arena.ofAuto().allocate(RECEIVE_MAX, 8);
    private byte[] source = new byte[4];

    CarpWireV4(final CarpSocket.Settings settings) {
        this.settings = settings;
        setSource(settings.own());
    }

    @Override
    public void setSource(final List<InetAddress> own) {
        source =
                own.stream()
                        .filter(this::isFamily)
                        .findFirst()
                        .map(InetAddress::getAddress)
                        .orElse(new byte[4]);
    }

    @Override
    public void prepare(final int fd, final String what) throws PosixException {
        // struct ip_mreqn: group, local address (4 bytes each), interface index (int)
        final byte[] membership =
                ByteBuffer.allocate(12)
                        .order(ByteOrder.nativeOrder())
                        .put(settings.group().getAddress())
                        .putInt(0)
                        .putInt(settings.networkInterface().index())
                        .array();
        check("own header", what, SocketCalls.setOption(fd, IPPROTO_IP, IP_HDRINCL, 1));
        check(
                "multicast interface",
                what,
                SocketCalls.setOption(fd, IPPROTO_IP, IP_MULTICAST_IF, membership));
        check("no loop", what, SocketCalls.setOption(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0));
        check("own groups", what, SocketCalls.setOption(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0));
        if (settings.group().isMulticastAddress()) {
            check(
                    "join " + settings.group().getHostAddress(),
                    what,
                    SocketCalls.setOption(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership));
        }
    }

    private static void check(final String option, final String what, final int result)
            throws PosixException {
        PosixException.check("setsockopt(" + option + ")", what, result);
    }

    @Override
    public boolean isFamily(final InetAddress address) {
        return address.getAddress().length == 4;
    }

    @Override
    public MemorySegment target(final InetAddress address) {
        // struct sockaddr_in: family (u16), port (u16), address, 8 of padding
        final MemorySegment target = Arena.ofAuto().allocate(SOCKADDR_IN, 8);
        target.set(ValueLayout.JAVA_SHORT, 0, (short) SocketCalls.AF_INET);
        MemorySegment.copy(address.getAddress(), 0, target, ValueLayout.JAVA_BYTE, 4, 4);
        return target;
    }

    @Override
    public int headerBytes() {
        return HEADER;
    }

    @Override
    public void address(final MemorySegment output, final MemorySegment target) {
        output.set(ValueLayout.JAVA_BYTE, 0, (byte) 0x45);
        output.set(ValueLayout.JAVA_BYTE, 1, (byte) CarpSocket.TRAFFIC_CLASS);
        output.set(ValueLayout.JAVA_BYTE, 6, (byte) DONT_FRAGMENT);
        output.set(ValueLayout.JAVA_BYTE, 8, (byte) CarpSocket.HOP_LIMIT);
        output.set(ValueLayout.JAVA_BYTE, 9, (byte) CarpSocket.IPPROTO_CARP);
        MemorySegment.copy(source, 0, output, ValueLayout.JAVA_BYTE, 12, 4);
        MemorySegment.copy(target, 4, output, 16, 4);
    }

    @Override
    public int receive(final int fd) {
        return PacketCalls.receive(fd, input.address(), RECEIVE_MAX);
    }

    @Override
    public @Nullable ReceivedAdvert parse(final int length) {
        final byte[] packet = input.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        if (length < HEADER || (packet[0] & 0xf0) != 0x40) {
            return null;
        }
        final int header = (packet[0] & 0x0f) * 4;
        final int whole = Short.toUnsignedInt(ByteBuffer.wrap(packet).getShort(2));
        final int payload = whole - header;
        if (header < HEADER
                || whole > length
                || payload <= 0
                || payload > CarpSocket.ADVERT_BYTES_MAX) {
            return null;
        }
        return new ReceivedAdvert(
                Addresses.of(packet, 12, 4),
                Byte.toUnsignedInt(packet[8]),
                (packet[16] & 0xf0) == 0xe0,
                Arrays.copyOfRange(packet, header, whole));
    }
}
