package dev.hast.daemon.address;

import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.ServiceAddress;
import dev.hast.daemon.network.VirtualInterfaces;
import dev.hast.daemon.packet.NeighbourSocket;
import dev.hast.daemon.posix.PosixException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// Where the addresses of a group are on this node while it holds them: on the interface itself, or
/// on one of their own with the hardware address of the vhid. On the loop.
sealed interface AddressHome {

    /// They, as the guard has to know them; also before they are there.
    List<ServiceAddress> addresses();

    /// Brings them there. What was half done is undone by [#release].
    void hold(long now) throws PosixException;

    /// Takes them away; tries all.
    void release() throws PosixException;

    /// Whether it is gone with an interface of its own.
    boolean isGoneWith(int interfaceIndex);

    /// Says where an address is, with the hardware address that it has there.
    void announce(InetAddress address, boolean router);

    /// @param sockets on the interface
    static AddressHome of(
            AddressNode node, VirtualIpDocument document, InterfaceState on, GroupSockets sockets) {
        final List<ServiceAddress> addresses = addressesOf(document, on);
        return document.link().virtualMac()
                ? new OfItsOwn(node, on, document.election().vhid(), addresses)
                : new OnInterface(node, sockets, addresses);
    }

    /// The addresses of a document on an interface, as the guard has to know them.
    static List<ServiceAddress> addressesOf(VirtualIpDocument document, InterfaceState on) {
        final String name =
                document.link().virtualMac()
                        ? VirtualInterfaces.name(on, document.election().vhid())
                        : on.name();
        return at(document.addresses(), on.index(), name);
    }

    private static List<ServiceAddress> at(List<InetAddress> addresses, int index, String name) {
        return addresses.stream().map(address -> new ServiceAddress(index, name, address)).toList();
    }

    /// On the interface, with its hardware address.
    record OnInterface(AddressNode node, GroupSockets sockets, List<ServiceAddress> addresses)
            implements AddressHome {

        @Override
        public void hold(long now) throws PosixException {
            for (ServiceAddress address : addresses) {
                node.held().hold(address, now);
            }
        }

        @Override
        public void release() throws PosixException {
            Optional<PosixException> failed = Optional.empty();
            for (ServiceAddress address : addresses) {
                try {
                    node.held().release(address);
                } catch (PosixException e) {
                    failed = Optional.of(e);
                }
            }
            if (failed.isPresent()) {
                throw failed.get();
            }
        }

        @Override
        public boolean isGoneWith(int interfaceIndex) {
            return false; // then the group ends
        }

        @Override
        public void announce(InetAddress address, boolean router) {
            sockets.announce(address, router);
        }
    }

    /// On a virtual interface that is there as long as they are held.
    final class OfItsOwn implements AddressHome {
        private final AddressNode node;
        private final InterfaceState parent;
        private final int vhid;
        private List<ServiceAddress> addresses;
        private Optional<InterfaceState> made = Optional.empty();
        private Optional<NeighbourSocket> socket = Optional.empty();

        private OfItsOwn(
                AddressNode node, InterfaceState parent, int vhid, List<ServiceAddress> addresses) {
            this.node = node;
            this.parent = parent;
            this.vhid = vhid;
            this.addresses = addresses;
        }

        @Override
        public List<ServiceAddress> addresses() {
            return addresses;
        }

        @Override
        public void hold(long now) throws PosixException {
            node.virtual().makeParentSilent(parent);
            final InterfaceState own = node.virtual().create(parent, vhid);
            made = Optional.of(own);
            addresses =
                    at(
                            addresses.stream().map(ServiceAddress::address).toList(),
                            own.index(),
                            own.name());
            for (ServiceAddress address : addresses) {
                node.held().hold(address, now);
            }
            socket =
                    Optional.of(NeighbourSocket.open(own, node.poller(), node.loop(), claim -> {}));
        }

        @Override
        public void release() throws PosixException {
            socket.ifPresent(NeighbourSocket::close);
            socket = Optional.empty();
            if (made.isEmpty()) {
                return;
            }
            for (ServiceAddress address : addresses) {
                try {
                    node.held().release(address);
                } catch (PosixException e) {
                    // It goes with its interface.
                    continue;
                }
            }
            node.virtual().remove(made.get());
            made = Optional.empty();
        }

        @Override
        public boolean isGoneWith(int interfaceIndex) {
            return made.isPresent() && made.get().index() == interfaceIndex;
        }

        @Override
        public void announce(InetAddress address, boolean router) {
            socket.ifPresent(open -> open.announce(address, router));
        }
    }
}
