package dev.hast.daemon.network;

import dev.hast.daemon.posix.PosixException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The service addresses that this node holds now: keeps their lifetime up, and puts them back when
/// another program removes one.
///
/// Time comes from the caller, in nanoseconds of a monotonic clock. When the caller stops calling,
/// the kernel removes the addresses by itself.
///
/// Thread: one, the event loop of the addresses.
public final class HeldAddresses {
    private static final Logger LOG = LoggerFactory.getLogger(HeldAddresses.class);

    private final Interfaces interfaces;
    private final Duration lifetime;
    private final long renewal;
    private final Map<ServiceAddress, Long> renewedAt = new LinkedHashMap<>();

    /// With the usual lifetime.
    public HeldAddresses(final Interfaces interfaces) {
        this(interfaces, Interfaces.LIFETIME);
    }

    /// @param lifetime in whole seconds, prolonged when less than 0.7 of it is left; a short one
    ///   where it is the only protection
    public HeldAddresses(final Interfaces interfaces, final Duration lifetime) {
        this.interfaces = interfaces;
        this.lifetime = lifetime;
        this.renewal = lifetime.toNanos() / 10 * 3;
    }

    /// Those held now.
    public Set<ServiceAddress> all() {
        return Set.copyOf(renewedAt.keySet());
    }

    /// Adds `address` and keeps it. Guard it first.
    public void hold(final ServiceAddress address, final long now) throws PosixException {
        interfaces.add(address, lifetime);
        renewedAt.put(address, now);
    }

    /// Removes `address`. It is kept no more, also if this fails.
    public void release(final ServiceAddress address) throws PosixException {
        renewedAt.remove(address);
        interfaces.remove(address);
    }

    /// Prolongs what is due; call it at least each tenth of the lifetime.
    ///
    /// An address that cannot be prolonged is tried again at the next call, and logged.
    public void tick(final long now) {
        for (final Map.Entry<ServiceAddress, Long> held : renewedAt.entrySet()) {
            if (now - held.getValue() >= renewal && added(held.getKey())) {
                held.setValue(now);
            }
        }
    }

    /// The same for some of them alone: another group's may be late.
    public void keep(final Collection<ServiceAddress> addresses, final long now) {
        for (final ServiceAddress address : addresses) {
            final Long renewed = renewedAt.get(address);
            if (renewed != null && now - renewed >= renewal && added(address)) {
                renewedAt.put(address, now);
            }
        }
    }

    /// For the news of [NetworkListener#addressRemoved]: puts `gone` back if it is one of those
    /// held.
    ///
    /// Call it only while the node is entitled to the address and not late: after a pause the
    /// kernel's expiry is such news too.
    ///
    /// @return whether it was put back
    public boolean putBack(final InterfaceAddress gone, final long now) {
        for (final Map.Entry<ServiceAddress, Long> held : renewedAt.entrySet()) {
            final ServiceAddress address = held.getKey();
            if (address.interfaceIndex() == gone.interfaceIndex()
                    && address.address().equals(gone.address())) {
                LOG.atWarn()
                        .addKeyValue("address", address)
                        .log("Another program has removed a service address; it is put back");
                final boolean added = added(address);
                held.setValue(added ? now : now - renewal);
                return added;
            }
        }
        return false;
    }

    private boolean added(final ServiceAddress address) {
        try {
            interfaces.add(address, lifetime);
            return true;
        } catch (final PosixException failure) {
            LOG.atError()
                    .addKeyValue("address", address)
                    .addKeyValue("cause", failure.getMessage())
                    .log("A service address cannot be kept on its interface");
            return false;
        }
    }
}
