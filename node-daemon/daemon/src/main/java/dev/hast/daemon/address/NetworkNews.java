package dev.hast.daemon.address;

import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.network.InterfaceAddress;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.Interfaces;
import dev.hast.daemon.network.NetworkListener;
import dev.hast.daemon.posix.PosixException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the groups what the kernel says of interfaces and addresses. On the loop.
final class NetworkNews implements NetworkListener {

    private static final Logger LOG = LoggerFactory.getLogger(NetworkNews.class);

    private final VirtualIps ips;
    private final Interfaces interfaces;

    NetworkNews(VirtualIps ips, Interfaces interfaces) {
        this.ips = ips;
        this.interfaces = interfaces;
    }

    @Override
    public void interfaceChanged(InterfaceState state) {
        on(state.index()).forEach(group -> group.interfaceChanged(state));
        ips.beginWhatWaits();
    }

    @Override
    public void interfaceRemoved(InterfaceState last) {
        final InterfaceState gone =
                new InterfaceState(
                        last.index(), last.name(), last.mac(), false, false, last.forwardsIpv6());
        for (AddressGroup group : on(last.index())) {
            // Addresses and sockets went with it.
            group.interfaceChanged(gone);
            ips.endFor(group, last.name() + " is gone");
        }
        ips.running().forEach(group -> group.otherInterfaceRemoved(last.index()));
    }

    @Override
    public void addressAdded(InterfaceAddress address) {
        ownChanged(address);
        ips.beginWhatWaits();
    }

    @Override
    public void addressRemoved(InterfaceAddress address) {
        ips.running().forEach(group -> group.addressRemoved(address));
        ownChanged(address);
    }

    /// The source of adverts, and what ties are settled by.
    private void ownChanged(InterfaceAddress address) {
        for (AddressGroup group : on(address.interfaceIndex())) {
            final VirtualIpDocument document = group.view().document();
            if (!document.addresses().contains(address.address())) {
                try {
                    group.own(
                            GroupPlace.own(
                                    document, address.interfaceIndex(), interfaces.addresses()));
                } catch (PosixException e) {
                    LOG.atError().log("addresses cannot be read: {}", e.getMessage());
                }
            }
        }
    }

    @Override
    public void newsLost() {
        try {
            final List<InterfaceState> all = interfaces.all();
            all.forEach(this::interfaceChanged);
            ips.running().stream()
                    .map(AddressGroup::on)
                    .filter(known -> all.stream().noneMatch(s -> s.index() == known.index()))
                    .distinct()
                    .toList()
                    .forEach(this::interfaceRemoved);
        } catch (PosixException e) {
            LOG.atError().log("interfaces cannot be read: {}", e.getMessage());
        }
    }

    private List<AddressGroup> on(int index) {
        return ips.running().stream().filter(group -> group.interfaceIndex() == index).toList();
    }
}
