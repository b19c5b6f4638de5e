package dev.hast.daemon.address;

import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.network.InterfaceAddress;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.Interfaces;
import dev.hast.daemon.posix.PosixException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// The interface that a group's addresses belong on here.
///
/// @param own addresses of this node on it, for the source of adverts
record GroupPlace(InterfaceState on, List<InetAddress> own) {

    GroupPlace {
        own = List.copyOf(own);
    }

    /// @throws AddressException when there is none, with the mend
    static GroupPlace find(VirtualIpDocument document, String node, Interfaces interfaces)
            throws AddressException, PosixException {
        final List<InterfaceState> all = interfaces.all();
        final List<InterfaceAddress> addresses =
                interfaces.addresses().stream()
                        .filter(a -> !document.addresses().contains(a.address()))
                        .toList();
        final Optional<String> named = document.deviceOn(node);
        final InterfaceState on;
        if (named.isPresent()) {
            on =
                    all.stream()
                            .filter(state -> state.name().equals(named.get()))
                            .findFirst()
                            .orElseThrow(() ->
                                    new AddressException(
                                            "interface: there is no %s here; known are: %s"
                                                    .formatted(named.get(), names(all))));
        } else {
            on = bySubnet(document, all, addresses);
        }
        return new GroupPlace(on, own(document, on.index(), addresses));
    }

    /// This node's own addresses on an interface.
    ///
    /// @param all of the node
    static List<InetAddress> own(
            VirtualIpDocument document, int index, List<InterfaceAddress> all) {
        return all.stream()
                .filter(a -> a.interfaceIndex() == index)
                .map(InterfaceAddress::address)
                .filter(address -> !document.addresses().contains(address))
                .toList();
    }

    private static InterfaceState bySubnet(
            VirtualIpDocument document, List<InterfaceState> all, List<InterfaceAddress> addresses)
            throws AddressException {
        for (InterfaceState state : all) {
            final List<InterfaceAddress> here =
                    addresses.stream().filter(a -> a.interfaceIndex() == state.index()).toList();
            if (document.addresses().stream()
                    .allMatch(wanted -> here.stream().anyMatch(a -> holds(a, wanted)))) {
                return state;
            }
        }
        final InetAddress homeless =
                document.addresses().stream()
                        .filter(wanted -> addresses.stream().noneMatch(a -> holds(a, wanted)))
                        .findFirst()
                        .orElse(document.addresses().getFirst());
        throw new AddressException(
                "addresses: %s is in no subnet of an interface that has them all; give an interface an address in its subnet, or name it under spec.interface (known are: %s)"
                        .formatted(homeless.getHostAddress(), names(all)));
    }

    private static String names(List<InterfaceState> all) {
        return String.join(", ", all.stream().map(InterfaceState::name).toList());
    }

    /// Whether an address lies in the subnet of another; a subnet of one address is none.
    private static boolean holds(InterfaceAddress subnet, InetAddress address) {
        final byte[] one = subnet.address().getAddress();
        final byte[] other = address.getAddress();
        if (one.length != other.length || subnet.prefix() >= one.length * 8) {
            return false;
        }
        for (int bit = 0; bit < subnet.prefix(); bit++) {
            final int mask = 0x80 >> (bit & 7);
            if ((one[bit >> 3] & mask) != (other[bit >> 3] & mask)) {
                return false;
            }
        }
        return true;
    }
}
