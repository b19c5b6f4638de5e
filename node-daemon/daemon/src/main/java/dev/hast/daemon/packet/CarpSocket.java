package dev.hast.daemon.packet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.hast.daemon.network.BoundedExecutor;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.SocketPoller;
import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;
import dev.hast.daemon.posix.PacketCalls;
import dev.hast.daemon.posix.PosixException;
import dev.hast.daemon.posix.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Sends and receives adverts on one interface, for one address family and all vhids.
///
/// An advert goes to the multicast group and to each peer that is known by address, because a
/// switch may keep multicast away.
///
/// Thread: [#send], [#setPeers] and [#close] on one thread, the event loop of the addresses; none
/// waits, and sending allocates nothing. Adverts are handed to the executor, those from own
/// addresses left out, and dropped when it is [#PENDING_MAX] behind.
public final class CarpSocket implements AutoCloseable {
    /// Longer payloads are no adverts, and are counted in [#malformed].
    public static final int ADVERT_BYTES_MAX = 512;

    static final int PENDING_MAX = 256;
    static final int IPPROTO_CARP = 112;
    static final int HOP_LIMIT = 255;

    /// CS7, network control, as FreeBSD marks adverts.
    static final int TRAFFIC_CLASS = 0xe0;

    private static final int READS_MAX = 64;
    private static final int SO_BINDTODEVICE = 25;
    private static final int SO_PRIORITY = 12;
    private static final int TC_PRIO_CONTROL = 7;

    private final int fd;
    private final SocketPoller poller;
    private final CarpWire wire;
    private final MemorySegment output = Arena.ofAuto().allocate(ADVERT_BYTES_MAX + 64, 8);
    private final MemorySegment group;
    private final BoundedExecutor executor;
    private final Consumer<ReceivedAdvert> receiver;
    private final AtomicLong malformed = new AtomicLong();
    private MemorySegment[] peers = {};
    private boolean multicast = true;
    private long groupErrors;
    private long peerErrors;
    private volatile Set<InetAddress> own;

    /// Where adverts go and come from.
    ///
    /// @param group `224.0.0.18`, `ff02::12`, or another; its family is the socket's
    /// @param own the addresses of this node on the interface; the first of the socket's family is
    ///   the source of IPv4 adverts (without one it is `0.0.0.0`)
    public record Settings(
            InterfaceState networkInterface, InetAddress group, List<InetAddress> own) {
        public Settings {
            own = List.copyOf(own);
        }
    }

    private CarpSocket(
            final int fd,
            final CarpWire wire,
            final Settings settings,
            final SocketPoller poller,
            final BoundedExecutor executor,
            final Consumer<ReceivedAdvert> receiver) {
        this.fd = fd;
        this.wire = wire;
        this.poller = poller;
        this.executor = executor;
        this.receiver = receiver;
        this.own = Set.copyOf(settings.own());
        this.group = wire.target(settings.group());
    }

    /// Opens the socket in the network namespace of the calling thread. Needs CAP_NET_RAW.
    public static CarpSocket open(
            final Settings settings,
            final SocketPoller poller,
            final Executor executor,
            final Consumer<ReceivedAdvert> receiver)
            throws PosixException {
        final boolean ipv4 = settings.group().getAddress().length == 4;
        final CarpWire wire = ipv4 ? new CarpWireV4(settings) : new CarpWireV6(settings);
        final String what = "CARP socket on " + settings.networkInterface().name();
        final int fd =
                PosixException.check(
                        "socket",
                        what,
                        SocketCalls.socket(
                                ipv4 ? SocketCalls.AF_INET : SocketCalls.AF_INET6,
                                SocketCalls.SOCK_RAW,
                                IPPROTO_CARP));
        try {
            PosixException.check(
                    "bind to device",
                    what,
                    SocketCalls.setOption(
                            fd,
                            SocketCalls.SOL_SOCKET,
                            SO_BINDTODEVICE,
                            (settings.networkInterface().name() + "\0").getBytes(US_ASCII)));
            SocketCalls.setOption(fd, SocketCalls.SOL_SOCKET, SO_PRIORITY, TC_PRIO_CONTROL);
            wire.prepare(fd, what);
        } catch (final PosixException failure) {
            FileCalls.close(fd);
            throw failure;
        }
        final CarpSocket socket =
                new CarpSocket(
                        fd,
                        wire,
                        settings,
                        poller,
                        new BoundedExecutor(executor, PENDING_MAX),
                        receiver);
        poller.add(fd, socket::read);
        return socket;
    }

    /// The peers that get each advert besides the group. Those of the other family are left out.
    public void setPeers(final Collection<InetAddress> addresses) {
        peers =
                addresses.stream()
                        .filter(wire::isFamily)
                        .map(wire::target)
                        .toArray(MemorySegment[]::new);
    }

    /// Whether adverts go to the group at all; not where it is the only one to tell.
    public void setMulticast(final boolean wanted) {
        multicast = wanted;
    }

    /// The addresses of this node on the interface, when they have changed.
    public void setOwn(final List<InetAddress> addresses) {
        own = Set.copyOf(addresses);
        wire.setSource(addresses);
    }

    /// Sends the first `length` bytes of `advert` to the group and to each peer.
    ///
    /// @return 0 if one copy at least was sent, else a negative errno
    public int send(final byte[] advert, final int length) {
        final int header = wire.headerBytes();
        MemorySegment.copy(advert, 0, output, ValueLayout.JAVA_BYTE, header, length);
        int result = 0;
        boolean sent = false;
        if (multicast || peers.length == 0) {
            result = sendTo(group, header + length);
            sent = result >= 0;
            if (!sent) {
                groupErrors++;
            }
        }
        for (final MemorySegment peer : peers) {
            final int toPeer = sendTo(peer, header + length);
            if (toPeer >= 0) {
                sent = true;
            } else {
                peerErrors++;
                result = Math.min(result, toPeer);
            }
        }
        return sent ? 0 : result;
    }

    private int sendTo(final MemorySegment target, final int length) {
        wire.address(output, target);
        return PacketCalls.send(
                fd, output.address(), length, target.address(), (int) target.byteSize());
    }

    /// Adverts that could not be sent to the group, so far.
    public long groupErrors() {
        return groupErrors;
    }

    /// Adverts that could not be sent to one of the peers, so far.
    public long peerErrors() {
        return peerErrors;
    }

    /// Packets that were not whole or too long, so far. Any thread.
    public long malformed() {
        return malformed.get();
    }

    /// Packets dropped because the executor was behind, so far. Any thread.
    public long dropped() {
        return executor.dropped();
    }

    private void read() {
        for (int left = READS_MAX; left > 0; left--) {
            final int length = wire.receive(fd);
            if (length == -Errno.EAGAIN) {
                return;
            }
            if (length < 0) {
                // Such as ENETDOWN, told once: the watch of interfaces tells the same.
                continue;
            }
            final ReceivedAdvert advert = wire.parse(length);
            if (advert == null) {
                malformed.incrementAndGet();
            } else if (!own.contains(advert.source())) {
                executor.offer(() -> receiver.accept(advert));
            }
        }
    }

    @Override
    public void close() {
        poller.close(fd);
    }
}
