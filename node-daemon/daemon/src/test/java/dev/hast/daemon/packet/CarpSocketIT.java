package dev.hast.daemon.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.Interfaces;
import dev.hast.daemon.network.Segment;
import dev.hast.daemon.network.ServiceAddress;
import dev.hast.daemon.network.SocketPoller;
import dev.hast.daemon.posix.Errno;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Adverts between hosts on a bridge.
final class CarpSocketIT {
    private static final byte[] ADVERT = new byte[36];
    private static final String GROUP_V4 = "224.0.0.18";
    private static final String GROUP_V6 = "ff02::12";

    static {
        new Random(1).nextBytes(ADVERT);
    }

    private final ExecutorService loop = Executors.newSingleThreadExecutor();
    private final List<CarpSocket> sockets = new ArrayList<>();
    private Segment segment;
    private SocketPoller poller;

    @BeforeEach
    void threeHosts() throws Exception {
        segment = Segment.create(3);
        poller = SocketPoller.start();
    }

    @AfterEach
    void away() throws Exception {
        sockets.forEach(CarpSocket::close);
        poller.close();
        loop.shutdown();
        assertThat(loop.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        segment.close();
    }

    private CarpSocket open(
            final int host, final String group, final LinkedBlockingQueue<ReceivedAdvert> received)
            throws Exception {
        final CarpSocket.Settings settings =
                new CarpSocket.Settings(
                        segment.eth0(host),
                        InetAddress.getByName(group),
                        List.of(
                                InetAddress.getByName(Segment.ipv4(host)),
                                InetAddress.getByName(Segment.ipv6(host))));
        final CarpSocket socket =
                segment.in(host, () -> CarpSocket.open(settings, poller, loop, received::add));
        sockets.add(socket);
        return socket;
    }

    private static ReceivedAdvert next(final LinkedBlockingQueue<ReceivedAdvert> received)
            throws InterruptedException {
        final ReceivedAdvert advert = received.poll(30, TimeUnit.SECONDS);
        assertThat(advert).isNotNull();
        return advert;
    }

    @Test
    void anAdvertOverIpv4ReachesTheGroupAndEachPeerWithTtl255FromTheNodesOwnAddress()
            throws Exception {
        final var first = new LinkedBlockingQueue<ReceivedAdvert>();
        final var second = new LinkedBlockingQueue<ReceivedAdvert>();
        final CarpSocket sender = open(1, GROUP_V4, first);
        open(2, GROUP_V4, second);
        // A service address that is first on the interface is not taken for the source.
        segment.on(1, "ip", "addr", "del", Segment.ipv4(1) + "/24", "dev", "eth0");
        segment.in(1, () -> add(segment.eth0(1), "10.83.0.100"));
        segment.on(1, "ip", "addr", "add", Segment.ipv4(1) + "/24", "dev", "eth0");
        sender.setPeers(List.of(InetAddress.getByName(Segment.ipv4(2))));
        assertThat(sender.send(ADVERT, ADVERT.length)).isZero();
        final ReceivedAdvert one = next(second);
        final ReceivedAdvert other = next(second);
        assertThat(List.of(one.toGroup(), other.toGroup())).containsExactlyInAnyOrder(true, false);
        for (final ReceivedAdvert advert : List.of(one, other)) {
            assertThat(advert.source()).isEqualTo(InetAddress.getByName(Segment.ipv4(1)));
            assertThat(advert.hopLimit()).isEqualTo(255);
            assertThat(advert.bytes()).isEqualTo(ADVERT);
        }
        assertThat(first).as("own adverts").isEmpty();
        assertThat(sender.peerErrors()).isZero();
    }

    private static boolean add(final InterfaceState on, final String address) throws Exception {
        try (Interfaces interfaces = Interfaces.open()) {
            interfaces.add(
                    new ServiceAddress(on.index(), on.name(), InetAddress.getByName(address)));
            return true;
        }
    }

    @Test
    void anAdvertOverIpv6ReachesTheGroupAndEachPeerWithHopLimit255() throws Exception {
        final var first = new LinkedBlockingQueue<ReceivedAdvert>();
        final var second = new LinkedBlockingQueue<ReceivedAdvert>();
        final CarpSocket sender = open(1, GROUP_V6, first);
        open(2, GROUP_V6, second);
        segment.in(1, () -> add(segment.eth0(1), "fd83::100"));
        sender.setPeers(
                List.of(
                        InetAddress.getByName(Segment.ipv6(2)),
                        InetAddress.getByName(Segment.ipv4(2))));
        assertThat(sender.send(ADVERT, ADVERT.length)).isZero();
        final ReceivedAdvert one = next(second);
        final ReceivedAdvert other = next(second);
        assertThat(List.of(one.toGroup(), other.toGroup())).containsExactlyInAnyOrder(true, false);
        for (final ReceivedAdvert advert : List.of(one, other)) {
            assertThat(advert.source()).isNotEqualTo(InetAddress.getByName("fd83::100"));
            assertThat(advert.hopLimit()).isEqualTo(255);
            assertThat(advert.bytes()).isEqualTo(ADVERT);
        }
        assertThat(first).isEmpty();
    }

    @Test
    void garbageIsHandedOnOrCountedAndWhatFollowsIsHeard() throws Exception {
        for (final String group : List.of(GROUP_V4, GROUP_V6)) {
            final var second = new LinkedBlockingQueue<ReceivedAdvert>();
            final CarpSocket sender = open(1, group, new LinkedBlockingQueue<>());
            final CarpSocket receiver = open(2, group, second);
            final Random random = new Random(7);
            for (int length = 1; length <= CarpSocket.ADVERT_BYTES_MAX; length += 17) {
                final byte[] garbage = new byte[length];
                random.nextBytes(garbage);
                assertThat(sender.send(garbage, length)).isZero();
                assertThat(next(second).bytes()).isEqualTo(garbage);
            }
            assertThat(sender.send(ADVERT, ADVERT.length)).isZero();
            assertThat(next(second).bytes()).isEqualTo(ADVERT);
            assertThat(receiver.malformed()).isZero();
            // Longer than any advert, by a plain raw socket.
            segment.on(1, "python3", "-c", RAW, group, "1400");
            segment.on(1, "python3", "-c", RAW, group, "0");
            assertThat(sender.send(ADVERT, ADVERT.length)).isZero();
            assertThat(next(second).bytes()).isEqualTo(ADVERT);
            // The kernel sends no empty packet over IPv6.
            assertThat(receiver.malformed()).isEqualTo(group.equals(GROUP_V4) ? 2 : 1);
        }
    }

    private static final String RAW =
            """
            import socket, sys
            six = ':' in sys.argv[1]
            s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW, 112)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth0')
            s.sendto(b'x' * int(sys.argv[2]), (sys.argv[1], 0))
            """;

    @Test
    void sendingWithoutACarrierSaysSo() throws Exception {
        final CarpSocket sender = open(1, GROUP_V4, new LinkedBlockingQueue<>());
        segment.on(1, "ip", "link", "set", "eth0", "down");
        assertThat(sender.send(ADVERT, ADVERT.length))
                .isIn(-Errno.ENETDOWN, -Errno.ENETUNREACH, -Errno.ENXIO);
    }

    @Test
    void steadySendingAllocatesNothing() throws Exception {
        final CarpSocket sender = open(1, GROUP_V4, new LinkedBlockingQueue<>());
        sender.setPeers(List.of(InetAddress.getByName(Segment.ipv4(2))));
        final var threads =
                (com.sun.management.ThreadMXBean)
                        java.lang.management.ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 20_000; i++) {
            sender.send(ADVERT, ADVERT.length);
        }
        final long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            sender.send(ADVERT, ADVERT.length);
        }
        final long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(bytes / 10_000).as("bytes per advert").isLessThan(32);
    }
}
