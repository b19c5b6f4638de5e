package dev.hast.daemon.address;

import dev.hast.core.address.Advert;
import dev.hast.core.address.AdvertWriter;
import dev.hast.core.address.Election;
import dev.hast.core.address.ElectionEffects;
import dev.hast.core.address.ElectionState;
import dev.hast.core.address.Intent;
import dev.hast.core.address.TransitionReason;
import dev.hast.daemon.document.VirtualIpDocument.OnDuplicate;
import dev.hast.daemon.guard.GuardLease;
import dev.hast.daemon.network.InterfaceAddress;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.ServiceAddress;
import dev.hast.daemon.packet.AnnouncementSchedule;
import dev.hast.daemon.packet.Claim;
import dev.hast.daemon.posix.PosixException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Does in the kernel what the election of a group asks for: adverts, guard, addresses,
/// announcements. What the election is owed is given to it by [#settle], after its call has
/// returned. On the loop.
final class GroupKernel implements ElectionEffects {

    private final AddressNode node;
    private final GroupSockets sockets;
    private final GroupMoves moves;
    private final ClientConnections clients;
    private final Consumer<TransitionNote> onTransition;
    private final AddressHome home;
    private final AnnouncementSchedule schedule = new AnnouncementSchedule();
    private final GuardLease lease;
    private final Deque<Consumer<Election>> owed = new ArrayDeque<>();
    private GroupSettings settings;
    private AdvertWriter writer;
    private InterfaceState on;
    private boolean holding;
    private boolean removed = true;
    private long sent;
    private long claimedAt;
    private Optional<Claim> contested = Optional.empty();

    /// A transition as the election tells it.
    record TransitionNote(
            ElectionState from, ElectionState to, TransitionReason reason, String detail) {}

    GroupKernel(
            AddressNode node,
            GroupSettings settings,
            InterfaceState on,
            GroupSockets sockets,
            GroupMoves moves,
            ClientConnections clients,
            Consumer<TransitionNote> onTransition) {
        this.node = node;
        this.settings = settings;
        this.on = on;
        this.sockets = sockets;
        this.moves = moves;
        this.clients = clients;
        this.onTransition = onTransition;
        this.writer = writer(settings);
        this.home = AddressHome.of(node, settings.document(), on, sockets);
        this.lease = node.guard().lease(settings.document().addresses());
    }

    private static AdvertWriter writer(GroupSettings settings) {
        return new AdvertWriter(
                settings.document().election().vhid(),
                settings.addresses(),
                settings.password(),
                settings.keys());
    }

    /// Another document with the same addresses, and perhaps other keys.
    void settings(GroupSettings next) {
        settings = next;
        writer = writer(next);
    }

    List<ServiceAddress> addresses() {
        return home.addresses();
    }

    /// Gives the election what it is owed.
    void settle(Election election) {
        for (Consumer<Election> due = owed.poll(); due != null; due = owed.poll()) {
            due.accept(election);
        }
    }

    /// Whether it is one of the addresses, where they belong.
    boolean isHeldAs(InterfaceAddress found) {
        return home.addresses().stream()
                .anyMatch(address ->
                        address.interfaceIndex() == found.interfaceIndex()
                                && address.address().equals(found.address()));
    }

    /// An interface is gone. One of the addresses' own is made again.
    void interfaceRemoved(int index) {
        if (!holding || !home.isGoneWith(index)) {
            return;
        }
        try {
            home.release();
            home.hold(System.nanoTime());
            provoked();
        } catch (PosixException e) {
            refused(String.valueOf(e.getMessage()));
        }
    }

    long advertsSent() {
        return sent;
    }

    boolean isHolding() {
        return holding;
    }

    /// Whether the addresses were off the interface when the guard was last closed.
    boolean isRemoved() {
        return removed;
    }

    void changed(InterfaceState state) {
        on = state;
    }

    // --- adverts ---

    @Override
    public void send(Advert advert, long token) {
        final var trailer = advert.trailer();
        if (trailer != null && trailer.intent() == Intent.CLAIM) {
            claimedAt = System.nanoTime();
            contested = Optional.empty();
            settings.document().addresses().forEach(sockets::probe);
        }
        final boolean ok = sockets.send(writer.write(advert)) >= 0;
        if (ok) {
            sent++;
        }
        owed.add(election -> election.sent(token, ok, System.nanoTime()));
    }

    // --- guard and addresses ---

    @Override
    public void openGuard(long until) {
        if (contested.isPresent() && settings.document().onDuplicate() == OnDuplicate.YIELD) {
            refused(
                    "%s is claimed by %s"
                            .formatted(
                                    contested.get().address().getHostAddress(),
                                    contested.get().by()));
            return;
        }
        try {
            home.hold(System.nanoTime());
        } catch (PosixException e) {
            closeGuard();
            refused(String.valueOf(e.getMessage()));
            return;
        }
        final int result = lease.open(until);
        if (result < 0) {
            closeGuard();
            refused(failure("open", result));
        } else {
            holding = true;
        }
    }

    @Override
    public void renewGuard(long until) {
        final int result = lease.renew(until);
        if (result < 0) {
            refused(failure("renew", result));
        }
    }

    private static String failure(String what, int result) {
        return String.valueOf(new PosixException(what, "the guard", result).getMessage());
    }

    private void refused(String cause) {
        owed.add(election -> election.guardRefused(cause, System.nanoTime()));
    }

    @Override
    public void closeGuard() {
        schedule.stop();
        clients.left();
        holding = false;
        lease.end();
        try {
            home.release();
            removed = true;
        } catch (PosixException e) {
            removed = false;
            node.events()
                    .notice(
                            settings.document().name(),
                            "what cannot be removed expires by itself: " + e.getMessage());
        }
    }

    // --- announcements ---

    /// Nothing is announced that could not be opened: an announcement leaves by a packet socket,
    /// which no guard holds up.
    @Override
    public void announce() {
        if (!holding) {
            return;
        }
        schedule.start(System.nanoTime());
        announceDue();
        clients.held();
    }

    /// Announces if it is time.
    void announceDue() {
        if (schedule.due(System.nanoTime())) {
            for (ServiceAddress address : home.addresses()) {
                home.announce(address.address(), on.forwardsIpv6());
            }
        }
    }

    /// When [#announceDue] has something to do next.
    long announceAt(long now) {
        final long remaining = schedule.remaining(now);
        return remaining == Long.MAX_VALUE ? Long.MAX_VALUE : now + remaining;
    }

    /// Neighbours may have forgotten, or learnt something else.
    void provoked() {
        if (!holding) {
            return;
        }
        schedule.provoked(System.nanoTime());
        announceDue();
    }

    /// Somebody else claims an address; says whether that is against what is known.
    ///
    /// @param heldByPeer a holder of the group was heard lately: it answers for the address rightly
    ///   until it has released it
    boolean claimed(Claim claim, boolean heldByPeer) {
        if (holding) {
            if (settings.document().onDuplicate() == OnDuplicate.DEFEND) {
                provoked();
            } else {
                refused(
                        "%s is claimed by %s"
                                .formatted(claim.address().getHostAddress(), claim.by()));
            }
            return true;
        }
        if (!heldByPeer && claimedAt != 0 && System.nanoTime() >= claimedAt) {
            contested = Optional.of(claim);
        }
        return false;
    }

    // --- what follows the address ---

    @Override
    public void beginPromotion(TransitionReason reason) {
        moves.promote();
    }

    @Override
    public void beginYield(TransitionReason reason) {
        moves.yield(reason);
    }

    @Override
    public void transition(
            ElectionState from, ElectionState to, TransitionReason reason, String detail) {
        onTransition.accept(new TransitionNote(from, to, reason, detail));
    }
}
