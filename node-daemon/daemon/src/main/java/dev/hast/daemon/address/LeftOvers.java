package dev.hast.daemon.address;

import dev.hast.daemon.guard.AddressGuard;
import dev.hast.daemon.guard.Protection;
import dev.hast.daemon.network.HeldAddresses;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.Interfaces;
import dev.hast.daemon.network.NamespaceLock;
import dev.hast.daemon.network.ServiceAddress;
import dev.hast.daemon.network.VirtualInterfaces;
import dev.hast.daemon.posix.PosixException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an earlier daemon has left in the kernel when it was killed.
final class LeftOvers {

    private static final Logger LOG = LoggerFactory.getLogger(LeftOvers.class);

    /// Of an address that nothing else protects: gone before a peer takes over at one advert a
    /// second.
    private static final Duration LIFETIME_ALONE = Duration.ofSeconds(2);

    private LeftOvers() {}

    /// What a daemon begins with.
    ///
    /// @param virtual makes the interfaces of addresses with a hardware address of their own
    /// @param sole against a second daemon in the same network namespace
    record Clean(
            AddressGuard guard, HeldAddresses held, VirtualInterfaces virtual, NamespaceLock sole) {

        void close() {
            guard.close();
            virtual.close();
            sole.close();
        }
    }

    /// The guard first, of what is found: from here on nothing answers that is not said to. Then it
    /// is removed, and is no concern any more.
    ///
    /// @param known addresses of the documents
    /// @throws PosixException `EADDRINUSE` when what is found is another living daemon's
    static Clean remove(Interfaces interfaces, List<InetAddress> known) throws PosixException {
        final NamespaceLock sole = NamespaceLock.take();
        try {
            return remove(interfaces, known, sole);
        } catch (PosixException e) {
            sole.close();
            throw e;
        }
    }

    private static Clean remove(Interfaces interfaces, List<InetAddress> known, NamespaceLock sole)
            throws PosixException {
        final List<ServiceAddress> leftOvers = interfaces.leftOvers(known);
        final VirtualInterfaces virtual = VirtualInterfaces.open();
        final AddressGuard guard = AddressGuard.install(leftOvers);
        try {
            for (ServiceAddress leftOver : leftOvers) {
                interfaces.remove(leftOver);
                LOG.atInfo()
                        .addKeyValue("address", leftOver)
                        .log("removed what an earlier daemon has left");
            }
            for (InterfaceState leftOver : virtual.leftOvers()) {
                virtual.remove(leftOver);
            }
            guard.guardOnly(List.of());
        } catch (PosixException e) {
            guard.close();
            virtual.close();
            throw e;
        }
        return new Clean(
                guard,
                switch (guard.protection()) {
                    case Protection.GuardAndLifetime ignored -> new HeldAddresses(interfaces);
                    case Protection.LifetimeOnly ignored ->
                            new HeldAddresses(interfaces, LIFETIME_ALONE);
                },
                virtual,
                sole);
    }

    /// The same on a node whose documents name no address any more. That there was one is known by
    /// its files.
    ///
    /// @param state the directory for what outlives the daemon
    static void removeWithoutDocuments(Path state) {
        if (!Sequences.anyIn(state)) {
            return;
        }
        try (Interfaces interfaces = Interfaces.open()) {
            remove(interfaces, List.of()).close();
        } catch (PosixException e) {
            LOG.atWarn().log("addresses that an earlier daemon may have left: {}", e.getMessage());
        }
    }
}
