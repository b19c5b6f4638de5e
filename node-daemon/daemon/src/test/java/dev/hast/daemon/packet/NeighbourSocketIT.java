package dev.hast.daemon.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.Await;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.MacAddress;
import dev.hast.daemon.network.Segment;
import dev.hast.daemon.network.SocketPoller;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Announcing, asking, and hearing others claim, between hosts on a bridge.
final class NeighbourSocketIT {
    private final ExecutorService loop = Executors.newSingleThreadExecutor();
    private final List<NeighbourSocket> sockets = new ArrayList<>();
    private final LinkedBlockingQueue<Claim> claims = new LinkedBlockingQueue<>();
    private Segment segment;
    private SocketPoller poller;

    @BeforeEach
    void threeHosts() throws Exception {
        segment = Segment.create(3);
        poller = SocketPoller.start();
    }

    @AfterEach
    void away() throws Exception {
        sockets.forEach(NeighbourSocket::close);
        poller.close();
        loop.shutdown();
        assertThat(loop.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        segment.close();
    }

    private NeighbourSocket open(final int host) throws Exception {
        final InterfaceState on = segment.eth0(host);
        final NeighbourSocket socket =
                segment.in(host, () -> NeighbourSocket.open(on, poller, loop, claims::add));
        sockets.add(socket);
        return socket;
    }

    private Claim nextClaim() throws InterruptedException {
        final Claim claim = claims.poll(30, TimeUnit.SECONDS);
        assertThat(claim).isNotNull();
        return claim;
    }

    private static String family(final String address) {
        return address.contains(":") ? "-6" : "-4";
    }

    private void give(final int host, final String address) throws Exception {
        segment.on(
                host,
                "ip",
                "addr",
                "add",
                address + (address.contains(":") ? "/128" : "/32"),
                "dev",
                "eth0",
                "nodad");
    }

    private void take(final int host, final String address) throws Exception {
        segment.on(host, "ip", family(address), "addr", "flush", "to", address, "dev", "eth0");
    }

    private String neighbour(final int host, final String address) throws Exception {
        return segment.on(host, "ip", family(address), "neigh", "show", address, "dev", "eth0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.83.0.100", "fd83::100"})
    void anAnnouncementMovesTheEntryThatANeighbourHas(final String text) throws Exception {
        final InetAddress address = InetAddress.getByName(text);
        final String first = segment.eth0(1).mac().toString();
        final String second = segment.eth0(2).mac().toString();
        give(1, text);
        assertThat(segment.reaches(3, text)).isTrue();
        assertThat(neighbour(3, text)).contains(first);
        take(1, text);
        give(2, text);
        // At once after the entry was made: the time in which a careless announcement is ignored.
        assertThat(open(2).announce(address, false)).isZero();
        Await.until("the new owner", () -> neighbour(3, text).contains(second));
        assertThat(segment.reaches(3, text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.83.0.100", "fd83::100"})
    void aProbeFindsWhoHasTheAddress(final String text) throws Exception {
        final InetAddress address = InetAddress.getByName(text);
        give(2, text);
        final NeighbourSocket asker = open(1);
        asker.watch(List.of(address));
        assertThat(asker.probe(address)).isZero();
        final Claim claim = nextClaim();
        assertThat(claim.address()).isEqualTo(address);
        assertThat(claim.by()).isEqualTo(segment.eth0(2).mac());
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.83.0.100", "fd83::100"})
    void aProbeOfAFreeAddressIsNotAnsweredAndChangesNoCache(final String text) throws Exception {
        final InetAddress address = InetAddress.getByName(text);
        final NeighbourSocket asker = open(1);
        asker.watch(List.of(address, InetAddress.getByName("10.83.0.101")));
        assertThat(asker.probe(address)).isZero();
        // What is asked after it has been answered: so an answer to the first would be there.
        give(2, "10.83.0.101");
        assertThat(asker.probe(InetAddress.getByName("10.83.0.101"))).isZero();
        assertThat(nextClaim().address().getHostAddress()).isEqualTo("10.83.0.101");
        assertThat(claims).isEmpty();
        assertThat(neighbour(2, text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.83.0.100", "fd83::100"})
    void aForeignClaimIsToldAndOurOwnIsNot(final String text) throws Exception {
        final InetAddress address = InetAddress.getByName(text);
        final NeighbourSocket holder = open(1);
        holder.watch(List.of(address));
        give(1, text);
        assertThat(segment.reaches(3, text)).isTrue();
        assertThat(holder.announce(address, false)).isZero();
        final MacAddress other = segment.eth0(2).mac();
        assertThat(open(2).announce(address, false)).isZero();
        assertThat(nextClaim().by()).isEqualTo(other);
    }

    @Test
    void garbageOnTheListenerHurtsNothing() throws Exception {
        final InetAddress address = InetAddress.getByName("10.83.0.100");
        final NeighbourSocket listener = open(1);
        listener.watch(List.of(address, InetAddress.getByName("fd83::100")));
        segment.on(2, "python3", "-c", GARBAGE);
        assertThat(open(2).announce(address, false)).isZero();
        assertThat(nextClaim().address()).isEqualTo(address);
        assertThat(listener.dropped()).isZero();
    }

    private static final String GARBAGE =
            """
            import random, socket
            random.seed(3)
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            s.bind(('eth0', 0))
            for i in range(2000):
                kind = random.choice([b'\\x08\\x06', b'\\x86\\xdd'])
                body = bytes(random.getrandbits(8) for _ in range(random.randrange(0, 120)))
                if kind == b'\\x86\\xdd' and len(body) > 41:
                    body = body[:6] + b'\\x3a\\xff' + body[8:40] + random.choice([b'\\x87', b'\\x88']) + body[41:]
                s.send(b'\\xff' * 6 + b'\\x02\\x00\\x00\\x00\\x00\\x09' + kind + body)
            """;
}
