package dev.hast.daemon.guard;

import dev.hast.daemon.network.HeldAddresses;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.Interfaces;
import dev.hast.daemon.network.ServiceAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// A daemon reduced to what holds addresses: takes over from left-overs, holds, renews until it is
/// told to end on its standard input. Run in a namespace of its own, to be frozen and killed.
///
/// Arguments: the lease in ms (0: hold nothing, end at once), then the addresses.
final class HolderProgram {
    private HolderProgram() {}

    public static void main(final String[] arguments) throws Exception {
        final Duration lease = Duration.ofMillis(Long.parseLong(arguments[0]));
        try (Interfaces interfaces = Interfaces.open()) {
            final InterfaceState eth0 = interfaces.named("eth0").orElseThrow();
            final List<ServiceAddress> addresses = new ArrayList<>();
            for (int i = 1; i < arguments.length; i++) {
                addresses.add(
                        new ServiceAddress(
                                eth0.index(), "eth0", InetAddress.getByName(arguments[i])));
            }
            final List<ServiceAddress> leftOvers =
                    interfaces.leftOvers(addresses.stream().map(ServiceAddress::address).toList());
            final List<ServiceAddress> all = new ArrayList<>(addresses);
            all.addAll(leftOvers);
            try (AddressGuard guard = AddressGuard.install(all)) {
                System.out.println(guard.protection());
                for (final ServiceAddress leftOver : leftOvers) {
                    interfaces.remove(leftOver);
                    System.out.println("removed " + leftOver);
                }
                guard.guardOnly(addresses);
                System.out.println("clean");
                if (!lease.isZero()) {
                    hold(interfaces, guard, addresses, lease);
                }
            }
        }
    }

    private static void hold(
            final Interfaces interfaces,
            final AddressGuard guard,
            final List<ServiceAddress> addresses,
            final Duration timeout)
            throws Exception {
        final HeldAddresses held = new HeldAddresses(interfaces);
        for (final ServiceAddress address : addresses) {
            held.hold(address, System.nanoTime());
        }
        final GuardLease lease =
                guard.lease(addresses.stream().map(ServiceAddress::address).toList());
        boolean told = false;
        // Opened each time, not renewed: a daemon would go to BACKUP when it is late.
        while (System.in.available() == 0) {
            if (lease.open(System.nanoTime() + timeout.toNanos()) < 0) {
                throw new IllegalStateException("the lease cannot be renewed");
            }
            held.tick(System.nanoTime());
            if (!told) {
                System.out.println("held");
                told = true;
            }
            LockSupport.parkNanos(timeout.toNanos() / 20);
        }
        lease.end();
        for (final ServiceAddress address : addresses) {
            held.release(address);
        }
    }
}
