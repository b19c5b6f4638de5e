package dev.hast.daemon.address;

import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.SocketPoller;
import dev.hast.daemon.packet.CarpSocket;
import dev.hast.daemon.packet.Claim;
import dev.hast.daemon.packet.NeighbourSocket;
import dev.hast.daemon.packet.ReceivedAdvert;
import dev.hast.daemon.posix.PosixException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// The sockets of one group: adverts by each family that it has addresses of, and what neighbours
/// say of its addresses. On the loop.
final class GroupSockets implements AutoCloseable {

    private static final InetAddress GROUP_V4 = InetAddress.ofLiteral("224.0.0.18");
    private static final InetAddress GROUP_V6 = InetAddress.ofLiteral("ff02::12");

    private final List<CarpSocket> carp = new ArrayList<>();
    private final NeighbourSocket neighbours;

    /// @param own addresses of this node on the interface
    GroupSockets(
            InterfaceState on,
            List<InetAddress> addresses,
            List<InetAddress> own,
            SocketPoller poller,
            Executor loop,
            Consumer<ReceivedAdvert> adverts,
            Consumer<Claim> claims)
            throws PosixException {
        neighbours = NeighbourSocket.open(on, poller, loop, claims);
        neighbours.watch(addresses);
        try {
            for (InetAddress group : List.of(GROUP_V4, GROUP_V6)) {
                final boolean wanted =
                        addresses.stream()
                                .anyMatch(a ->
                                        a instanceof Inet4Address == group instanceof Inet4Address);
                if (wanted) {
                    carp.add(
                            CarpSocket.open(
                                    new CarpSocket.Settings(on, group, own),
                                    poller,
                                    loop,
                                    adverts));
                }
            }
        } catch (PosixException e) {
            close();
            throw e;
        }
    }

    void peers(List<InetAddress> addresses) {
        carp.forEach(socket -> socket.setPeers(addresses));
    }

    void multicast(boolean wanted) {
        carp.forEach(socket -> socket.setMulticast(wanted));
    }

    void own(List<InetAddress> addresses) {
        carp.forEach(socket -> socket.setOwn(addresses));
    }

    /// @return 0 when it went out by one family at least, else a negative errno
    int send(byte[] advert) {
        int result = Integer.MIN_VALUE;
        for (CarpSocket socket : carp) {
            result = Math.max(result, socket.send(advert, advert.length));
        }
        return result;
    }

    void announce(InetAddress address, boolean router) {
        neighbours.announce(address, router);
    }

    void probe(InetAddress address) {
        neighbours.probe(address);
    }

    @Override
    public void close() {
        carp.forEach(CarpSocket::close);
        neighbours.close();
    }
}
