package dev.hast.daemon.packet;

import dev.hast.daemon.network.BoundedExecutor;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.MacAddress;
import dev.hast.daemon.network.SocketPoller;
import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;
import dev.hast.daemon.posix.PacketCalls;
import dev.hast.daemon.posix.PosixException;
import dev.hast.daemon.posix.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// ARP and neighbour discovery on one interface: announces addresses, asks whether they are free,
/// and hears who else claims them.
///
/// What it sends is not filtered by the guard; what the kernel itself answers is.
///
/// Thread: any for sending, which does not wait. Claims are handed to the executor, and dropped
/// when it is [#PENDING_MAX] behind.
public final class NeighbourSocket implements AutoCloseable {
    static final int PENDING_MAX = 64;

    /// The queue of the interface may be full: then a frame is lost rather than waited for.
    private static final Duration SEND_LIMIT = Duration.ofMillis(1);

    private static final int READS_MAX = 64;
    private static final int RECEIVE_MAX = 2048;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    private static final int SOCKADDR_LL = 20;
    private static final int SOCKADDR_LL_TYPE = 10;
    private static final int PACKET_OUTGOING = 4;

    private final int arp;
    private final int neighbour;
    private final SocketPoller poller;
    private final BoundedExecutor executor;
    private final Consumer<Claim> listener;
    private final MemorySegment input = Arena.ofAuto().allocate(RECEIVE_MAX, 8);
    private final MemorySegment source = Arena.ofAuto().allocate(SOCKADDR_LL, 8);
    private final MemorySegment sourceLength = Arena.ofAuto().allocate(8, 8);
    private volatile MacAddress own;
    private volatile Set<InetAddress> watched = Set.of();

    private NeighbourSocket(
            final int arp,
            final int neighbour,
            final MacAddress own,
            final SocketPoller poller,
            final BoundedExecutor executor,
            final Consumer<Claim> listener) {
        this.arp = arp;
        this.neighbour = neighbour;
        this.own = own;
        this.poller = poller;
        this.executor = executor;
        this.listener = listener;
    }

    /// Opens packet sockets in the network namespace of the calling thread. Needs CAP_NET_RAW.
    public static NeighbourSocket open(
            final InterfaceState on,
            final SocketPoller poller,
            final Executor executor,
            final Consumer<Claim> listener)
            throws PosixException {
        final int arp = packetSocket(on, ArpFrame.ETHERTYPE, new byte[0]);
        final int neighbour;
        try {
            neighbour = packetSocket(on, NeighbourFrame.ETHERTYPE, onlyNeighbourDiscovery());
        } catch (final PosixException failure) {
            FileCalls.close(arp);
            throw failure;
        }
        final NeighbourSocket socket =
                new NeighbourSocket(
                        arp,
                        neighbour,
                        on.mac(),
                        poller,
                        new BoundedExecutor(executor, PENDING_MAX),
                        listener);
        poller.add(arp, () -> socket.read(arp));
        poller.add(neighbour, () -> socket.read(neighbour));
        return socket;
    }

    /// Made without a protocol, so that nothing comes in before the filter and the interface are
    /// set.
    private static int packetSocket(
            final InterfaceState on, final int ethertype, final byte[] filter)
            throws PosixException {
        final String what = "packet socket on " + on.name();
        final int fd =
                PosixException.check(
                        "socket",
                        what,
                        SocketCalls.socket(SocketCalls.AF_PACKET, SocketCalls.SOCK_RAW, 0));
        try {
            // Linux 4.20; without it what is outgoing is told by its type below.
            SocketCalls.setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
            SocketCalls.setTimeout(fd, SocketCalls.SO_SNDTIMEO, SEND_LIMIT);
            if (filter.length > 0) {
                PosixException.check("filter", what, PacketCalls.attachFilter(fd, filter));
            }
            // struct sockaddr_ll: family (u16), protocol (u16 in network order), interface (int),
            // ...
            final ByteBuffer address =
                    ByteBuffer.allocate(SOCKADDR_LL)
                            .order(ByteOrder.nativeOrder())
                            .putShort((short) SocketCalls.AF_PACKET)
                            .put((byte) (ethertype >> 8))
                            .put((byte) ethertype)
                            .putInt(on.index());
            PosixException.check("bind", what, PacketCalls.bind(fd, address.array()));
            return fd;
        } catch (final PosixException failure) {
            FileCalls.close(fd);
            throw failure;
        }
    }

    /// Classic BPF: ICMPv6 right after the IPv6 header, of the two types that matter.
    private static byte[] onlyNeighbourDiscovery() {
        final int loadByte = 0x30;
        final int jumpIfEqual = 0x15;
        final int answer = 0x06;
        final ByteBuffer program = ByteBuffer.allocate(7 * 8).order(ByteOrder.nativeOrder());
        instruction(program, loadByte, 0, 0, 20);
        instruction(program, jumpIfEqual, 0, 3, 58);
        instruction(program, loadByte, 0, 0, 54);
        instruction(program, jumpIfEqual, 2, 0, NeighbourFrame.SOLICITATION);
        instruction(program, jumpIfEqual, 1, 0, NeighbourFrame.ADVERTISEMENT);
        instruction(program, answer, 0, 0, 0);
        instruction(program, answer, 0, 0, RECEIVE_MAX);
        return program.array();
    }

    private static void instruction(
            final ByteBuffer program,
            final int code,
            final int ifTrue,
            final int ifFalse,
            final int value) {
        program.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(value);
    }

    /// The addresses whose claims by others are told from now on.
    public void watch(final Collection<InetAddress> addresses) {
        watched = Set.copyOf(addresses);
    }

    /// The interface's hardware address, when it has changed.
    public void setOwn(final MacAddress mac) {
        own = mac;
    }

    /// Tells every neighbour that `address` is here: by a gratuitous ARP request and a reply, or by
    /// an unsolicited neighbour advertisement.
    ///
    /// @param router whether the interface forwards IPv6, see [InterfaceState#forwardsIpv6]
    /// @return 0 or `-errno`
    public int announce(final InetAddress address, final boolean router) {
        if (address instanceof Inet4Address) {
            final int request = send(arp, ArpFrame.gratuitousRequest(own, address));
            final int reply = send(arp, ArpFrame.gratuitousReply(own, address));
            return Math.min(request, reply);
        }
        return send(neighbour, NeighbourFrame.unsolicited(own, address, router));
    }

    /// Asks whether anyone has `address`. Whoever has it answers with what the listener is told as
    /// a claim, if the address is watched.
    ///
    /// @return 0 or `-errno`
    public int probe(final InetAddress address) {
        return address instanceof Inet4Address
                ? send(arp, ArpFrame.probe(own, address))
                : send(neighbour, NeighbourFrame.probe(own, address));
    }

    private static int send(final int fd, final byte[] frame) {
        return Math.min(0, SocketCalls.send(fd, frame, 0, frame.length));
    }

    /// Claims dropped because the executor was behind, so far.
    public long dropped() {
        return executor.dropped();
    }

    private void read(final int fd) {
        for (int left = READS_MAX; left > 0; left--) {
            sourceLength.set(ValueLayout.JAVA_INT, 0, SOCKADDR_LL);
            final int length =
                    PacketCalls.receiveFrom(
                            fd,
                            input.address(),
                            RECEIVE_MAX,
                            source.address(),
                            sourceLength.address());
            if (length == -Errno.EAGAIN) {
                return;
            }
            final boolean incoming =
                    source.get(ValueLayout.JAVA_BYTE, SOCKADDR_LL_TYPE) != PACKET_OUTGOING;
            if (length > 0 && incoming) {
                final byte[] frame = input.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                (fd == arp ? ArpFrame.claim(frame) : NeighbourFrame.claim(frame))
                        .ifPresent(this::hear);
            }
        }
    }

    private void hear(final Claim claim) {
        if (watched.contains(claim.address()) && !claim.by().equals(own)) {
            executor.offer(() -> listener.accept(claim));
        }
    }

    @Override
    public void close() {
        poller.close(arp);
        poller.close(neighbour);
    }
}
