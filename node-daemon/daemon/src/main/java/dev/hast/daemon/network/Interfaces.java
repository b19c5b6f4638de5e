package dev.hast.daemon.network;

import dev.hast.daemon.netlink.NetlinkSocket;
import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.PosixException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// The network interfaces of this node and the addresses on them; adds service addresses and takes
/// them away.
///
/// It sees the network namespace of the thread that opened it.
///
/// Thread: any. Each call asks the kernel, which takes some ten microseconds, and at most
/// [#ANSWER_LIMIT].
public final class Interfaces implements AutoCloseable {
    /// The kernel removes a service address this long after it was last added or prolonged, rounded
    /// up to its own second or so.
    public static final Duration LIFETIME = Duration.ofSeconds(10);

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

    private final NetlinkSocket socket;

    private Interfaces(final NetlinkSocket socket) {
        this.socket = socket;
    }

    public static Interfaces open() throws PosixException {
        final NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.NETLINK_ROUTE, "rtnetlink");
        socket.setReceiveTimeout(ANSWER_LIMIT);
        return new Interfaces(socket);
    }

    /// Every interface, in the order of the kernel.
    public List<InterfaceState> all() throws PosixException {
        return socket.dump(AddressCodec.RTM_GETLINK, new byte[AddressCodec.IFINFOMSG]).stream()
                .flatMap(message -> AddressCodec.link(message).stream())
                .toList();
    }

    /// The interface of that name, if there is one.
    public Optional<InterfaceState> named(final String name) throws PosixException {
        return all().stream().filter(state -> state.name().equals(name)).findFirst();
    }

    /// Every address of both families.
    public List<InterfaceAddress> addresses() throws PosixException {
        return socket.dump(AddressCodec.RTM_GETADDR, new byte[AddressCodec.IFADDRMSG]).stream()
                .flatMap(message -> AddressCodec.address(message).stream())
                .toList();
    }

    /// Adds `address` for [#LIFETIME], or prolongs it: `/32` or `/128`, without a route, never
    /// chosen as a source, without the kernel's own search for duplicates, and with our tag.
    public void add(final ServiceAddress address) throws PosixException {
        add(address, LIFETIME);
    }

    /// As [#add], for whole seconds of the caller's choice.
    public void add(final ServiceAddress address, final Duration lifetime) throws PosixException {
        if (lifetime.toSeconds() < 1) {
            throw new IllegalArgumentException("less than a second: " + lifetime);
        }
        explained(
                "add " + address,
                () ->
                        socket.request(
                                AddressCodec.RTM_NEWADDR,
                                NetlinkSocket.NLM_F_CREATE | NetlinkSocket.NLM_F_REPLACE,
                                AddressCodec.add(address, lifetime)));
    }

    /// Removes `address`; that it is gone already is no error.
    public void remove(final ServiceAddress address) throws PosixException {
        remove(address.interfaceIndex(), address.address());
    }

    private void remove(final int interfaceIndex, final InetAddress address) throws PosixException {
        try {
            explained(
                    "remove " + address.getHostAddress(),
                    () ->
                            socket.request(
                                    AddressCodec.RTM_DELADDR,
                                    0,
                                    AddressCodec.remove(interfaceIndex, address)));
        } catch (final PosixException failure) {
            if (failure.errno() != Errno.EADDRNOTAVAIL && failure.errno() != Errno.ENODEV) {
                throw failure;
            }
        }
    }

    /// Service addresses that an earlier daemon has left: those with our tag, and, for kernels that
    /// keep no tag of IPv6 addresses, those of `known` that will expire.
    public List<ServiceAddress> leftOvers(final Collection<InetAddress> known)
            throws PosixException {
        final List<InterfaceState> interfaces = all();
        return addresses().stream()
                .filter(address -> AddressCodec.isOurs(address) || isLike(address, known))
                .map(address ->
                        new ServiceAddress(
                                address.interfaceIndex(),
                                name(interfaces, address.interfaceIndex()),
                                address.address()))
                .toList();
    }

    private static boolean isLike(
            final InterfaceAddress address, final Collection<InetAddress> known) {
        return address.prefix() == 8 * address.address().getAddress().length
                && address.protocol() == 0
                && address.validSeconds() != InterfaceAddress.FOR_EVER
                && known.contains(address.address());
    }

    private static String name(final List<InterfaceState> interfaces, final int index) {
        return interfaces.stream()
                .filter(state -> state.index() == index)
                .map(InterfaceState::name)
                .findFirst()
                .orElse("interface " + index);
    }

    @FunctionalInterface
    private interface Call {
        void make() throws PosixException;
    }

    private static void explained(final String what, final Call call) throws PosixException {
        try {
            call.make();
        } catch (final PosixException failure) {
            throw new PosixException("rtnetlink", what, failure.errno());
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
