package dev.hast.daemon.guard;

import dev.hast.daemon.netlink.NetlinkSocket;
import dev.hast.daemon.network.ServiceAddress;
import dev.hast.daemon.posix.ClockCalls;
import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.PacketCalls;
import dev.hast.daemon.posix.PosixException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The dead-man's guard of this network namespace: a guarded address answers only as long as a
/// [GuardLease] on it is renewed.
///
/// Where nftables is missing, [#protection] says so, and everything else does nothing and succeeds.
///
/// Thread: one at a time. A call is one transaction of nftables, tens of microseconds, and waits
/// for transactions of others.
public final class AddressGuard implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AddressGuard.class);
    private static final int RECEIVE_BYTES = 16 * 1024;
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

    // How tests see what happens without a guard: two holders.
    private static final String SWITCH = "hast.test.guard";
    private static final String OFF = "off";

    private final Optional<NetlinkSocket> socket;
    private final long tick = ClockCalls.tick();
    private final MemorySegment answers = Arena.ofAuto().allocate(RECEIVE_BYTES, 8);
    private Protection protection;
    private Set<ServiceAddress> guarded;
    private long restored;

    private AddressGuard(
            final Optional<NetlinkSocket> socket,
            final Protection protection,
            final Collection<ServiceAddress> guarded) {
        this.socket = socket;
        this.protection = protection;
        this.guarded = Set.copyOf(guarded);
    }

    /// Guards `addresses` from now on, none of them alive. In the same moment it replaces what an
    /// earlier daemon has left. Call it before anything else is done about an address, with the
    /// left-overs among them.
    ///
    /// Needs CAP_NET_ADMIN; for the network namespace of the calling thread.
    public static AddressGuard install(final Collection<ServiceAddress> addresses) {
        if (OFF.equals(System.getProperty(SWITCH))) {
            return without("switched off by -D" + SWITCH + ", which is for tests", addresses);
        }
        final NetlinkSocket socket;
        try {
            socket = NetlinkSocket.open(NetlinkSocket.NETLINK_NETFILTER, "nftables");
        } catch (final PosixException failure) {
            return without(failure, addresses);
        }
        socket.setReceiveTimeout(ANSWER_LIMIT);
        final AddressGuard guard =
                new AddressGuard(
                        Optional.of(socket), new Protection.GuardAndLifetime(false), addresses);
        final int result = guard.replaceTables();
        if (result < 0) {
            socket.close();
            return without(new PosixException("install", "nftables rules", result), addresses);
        }
        return guard;
    }

    private static AddressGuard without(
            final PosixException failure, final Collection<ServiceAddress> addresses) {
        final String mend =
                switch (failure.errno()) {
                    case Errno.EPERM, Errno.EACCES ->
                            "; give hastd CAP_NET_ADMIN, and see that no other hastd runs here"
                                    + " (nft list tables)";
                    default -> "; use a kernel with nftables (families inet and arp)";
                };
        return without(failure.getMessage() + mend, addresses);
    }

    private static AddressGuard without(
            final String reason, final Collection<ServiceAddress> addresses) {
        LOG.atWarn()
                .addKeyValue("reason", reason)
                .log("Service addresses are protected by their lifetime alone");
        return new AddressGuard(Optional.empty(), new Protection.LifetimeOnly(reason), addresses);
    }

    /// Newer kernels first: a table with an owner; then tables as they were before.
    private int replaceTables() {
        int result = 0;
        for (final int[] flags :
                new int[][] {
                    {GuardRules.OWNED, GuardRules.OWNED},
                    {GuardRules.SHARED, GuardRules.OWNED},
                    {GuardRules.SHARED, GuardRules.SHARED}
                }) {
            result = transact(GuardLease.memory(GuardRules.install(guarded, flags[0], flags[1])));
            if (result == 0) {
                protection = new Protection.GuardAndLifetime(flags[1] == GuardRules.OWNED);
                return 0;
            }
            if (result == -Errno.EPERM) {
                return result;
            }
        }
        return result;
    }

    /// What protects the addresses of this node.
    public Protection protection() {
        return protection;
    }

    /// How often another program had removed the rules so far.
    public long restored() {
        return restored;
    }

    /// Guards `addresses` and no others from now on. What is alive stays so.
    public void guardOnly(final Collection<ServiceAddress> addresses) throws PosixException {
        guarded = Set.copyOf(addresses);
        final int result = transact(GuardLease.memory(GuardRules.guardOnly(guarded)));
        if (result != -Errno.ENOENT || !restore()) {
            PosixException.check("guard", "service addresses", result);
        }
    }

    /// A lease on `addresses`, not begun: they are silent until [GuardLease#open].
    public GuardLease lease(final Collection<InetAddress> addresses) {
        return lease(addresses, System::nanoTime);
    }

    GuardLease lease(final Collection<InetAddress> addresses, final LongSupplier clock) {
        return new GuardLease(this, clock, addresses);
    }

    /// The most milliseconds that are whole ticks of the kernel and not above `nanos`.
    long wholeTicks(final long nanos) {
        return nanos / tick * tick / 1_000_000;
    }

    /// Puts the tables back if another program has removed them, with nothing alive.
    ///
    /// @return whether it did
    boolean restore() {
        if (socket.isEmpty() || (present(NftBatch.INET) && present(NftBatch.ARP))) {
            return false;
        }
        final int result = replaceTables();
        restored++;
        LOG.atError()
                .addKeyValue("result", result == 0 ? "put back" : Errno.describe(result))
                .log("Another program has removed the guard of the service addresses");
        return result == 0;
    }

    private boolean present(final int family) {
        try {
            socket.orElseThrow()
                    .request(NftBatch.GET_TABLE, 0, NftBatch.tableName(family, GuardRules.TABLE));
            return true;
        } catch (final PosixException failure) {
            return failure.errno() != Errno.ENOENT;
        }
    }

    /// The kernel has answered by the time that sending returns: with an acknowledgement of the
    /// last message, or with an error for each that failed.
    int transact(final MemorySegment batch) {
        if (socket.isEmpty()) {
            return 0;
        }
        final int fd = socket.orElseThrow().descriptor();
        final int sent = PacketCalls.send(fd, batch.address(), batch.byteSize(), 0L, 0);
        if (sent < 0) {
            return sent;
        }
        int result = -Errno.EIO;
        boolean answered = false;
        while (true) {
            final int length = PacketCalls.receive(fd, answers.address(), RECEIVE_BYTES);
            if (length < 0) {
                return result;
            }
            for (int at = 0; at + NetlinkSocket.HEADER + 4 <= length; ) {
                final int error = error(at);
                if (!answered || error < 0 && result == 0) {
                    result = error;
                    answered = true;
                }
                at +=
                        Math.max(
                                NetlinkSocket.HEADER,
                                answers.get(ValueLayout.JAVA_INT, at) + 3 & ~3);
            }
        }
    }

    private int error(final int at) {
        return answers.get(ValueLayout.JAVA_SHORT, at + 4) == NetlinkSocket.NLMSG_ERROR
                ? answers.get(ValueLayout.JAVA_INT, at + NetlinkSocket.HEADER)
                : 0;
    }

    /// Takes the rules away. Remove the addresses first.
    @Override
    public void close() {
        socket.ifPresent(open -> {
            final int result = transact(GuardLease.memory(GuardRules.remove()));
            if (result < 0 && result != -Errno.ENOENT) {
                LOG.atWarn()
                        .addKeyValue("cause", Errno.describe(result))
                        .log("The guard of the service addresses stays behind");
            }
            open.close();
        });
    }

    /// Removes the rules behind this guard's back.
    void forget() {
        transact(GuardLease.memory(GuardRules.remove()));
    }

    /// Ends as a killed process does: the rules stay.
    void abandon() {
        socket.ifPresent(NetlinkSocket::close);
    }

    /// What is guarded now.
    public List<ServiceAddress> guarded() {
        return List.copyOf(guarded);
    }
}
