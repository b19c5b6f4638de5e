package dev.hast.daemon.address;

import dev.hast.core.address.AdvertReader;
import dev.hast.core.address.AdvertRefusal;
import dev.hast.core.address.DemotionSource;
import dev.hast.core.address.Election;
import dev.hast.core.address.ElectionSettings;
import dev.hast.core.address.ElectionState;
import dev.hast.core.address.ElectionStatus;
import dev.hast.core.address.Reading;
import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.document.VirtualIpDocument.Holder;
import dev.hast.daemon.network.InterfaceAddress;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.ServiceAddress;
import dev.hast.daemon.packet.Claim;
import dev.hast.daemon.packet.ReceivedAdvert;
import dev.hast.daemon.posix.PosixException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One group of addresses on one interface of this node: feeds its election with what happens, and
/// wakes it when it is time. On the loop, except for [#view].
final class AddressGroup implements AutoCloseable {

    /// How often what has no event is looked at: followed resources, lifetimes of addresses.
    private static final long LOOK_NANOS = 50_000_000L;

    private final AddressNode node;
    private final GroupSockets sockets;
    private final GroupKernel kernel;
    private final GroupMoves moves;
    private final ClientConnections clients;
    private final Following following;
    private final Election election;
    private final TransitionHooks hooks;
    private final StepTimes times = new StepTimes();
    private final GroupNotes notes;
    private final GroupPeers peers;
    private final HandOverOrders orders = new HandOverOrders();
    private GroupSettings settings;
    private final SeenSequences sequences;
    private AdvertReader reader;
    private Probes probes;
    private InterfaceState on;
    private Map<String, Integer> failingProbes = Map.of();
    private @Nullable Future<?> alarm;
    private long lookedAt;
    private boolean closed;
    private volatile View view;

    /// What is seen of a group.
    record View(
            VirtualIpDocument document,
            String device,
            ElectionStatus status,
            boolean holding,
            Map<String, Integer> failingProbes,
            List<GroupPeers.Peer> peers,
            GroupNotes.Seen notes,
            List<String> notPromotable,
            long sent,
            long tickled,
            int advskew) {}

    /// @param sequence of adverts, see [Election]
    AddressGroup(AddressNode node, GroupSettings settings, InterfaceState on, long sequence)
            throws PosixException {
        final VirtualIpDocument document = settings.document();
        // What the settings forbid is said before anything is opened.
        final ElectionSettings rules = settings.election();
        this.node = node;
        this.settings = settings;
        this.on = on;
        this.notes = new GroupNotes(document.name());
        this.peers = new GroupPeers(document);
        this.reader = new AdvertReader(settings.reader());
        this.sequences = new SeenSequences(node.state(), document.name(), node.blocking());
        reader.restore(sequences.kept(), now());
        this.sockets =
                new GroupSockets(
                        on,
                        document.addresses(),
                        settings.own(),
                        node.poller(),
                        node.loop(),
                        this::received,
                        this::claimed);
        tell(document);
        this.moves =
                new GroupMoves(
                        new GroupMoves.Site(
                                node.name(), node.blocking(), node.storage(), node.events()),
                        document,
                        new ServiceSteps(document, node.storage(), node.state(), times),
                        times,
                        new ToElection());
        this.following = new Following(document, moves);
        this.clients = new ClientConnections(node, document);
        this.kernel =
                new GroupKernel(node, settings, on, sockets, moves, clients, this::transition);
        this.hooks = new TransitionHooks(document, on.name());
        this.election =
                new Election(rules, ThreadLocalRandom.current().nextLong(), sequence, kernel);
        this.view = look();
        this.probes = probes(document);
    }

    private Probes probes(VirtualIpDocument document) {
        return new Probes(
                document.name(),
                document.probes(),
                failing -> node.loop().execute(() -> probed(failing)));
    }

    /// Sets whom adverts go to: the group, and who is told by unicast.
    private void tell(VirtualIpDocument document) {
        final List<InetAddress> all = new ArrayList<>(document.link().unicastPeers());
        for (Holder holder : document.holders()) {
            if (!holder.node().equals(node.name())) {
                holder.address().ifPresent(all::add);
            }
        }
        sockets.peers(all);
        sockets.multicast(document.link().multicast());
    }

    // --- life ---

    void start() {
        hooks.state(ElectionState.INIT);
        step(e -> {
            if (!on.usable()) {
                e.linkDown("no carrier on " + on.name(), now());
            }
            lookAtStorage(e);
            e.start(now());
        });
    }

    /// Begins an orderly end: what is followed is given to another node. [#ended] says when it is
    /// done.
    ///
    /// @param returning the daemon is back at once: resources, mounts and services stay
    void stop(boolean returning) {
        if (returning) {
            moves.stay();
        }
        step(e -> e.stop(now()));
    }

    boolean ended() {
        final ElectionState state = election.status(now()).state();
        return state == ElectionState.INIT || state == ElectionState.FAULT;
    }

    /// Ends at once; [#stop] it before.
    @Override
    public void close() {
        closed = true;
        final Future<?> set = alarm;
        if (set != null) {
            set.cancel(false);
        }
        probes.close();
        kernel.closeGuard();
        sockets.close();
        hooks.close();
    }

    /// Waits for hooks that still run, after [#close]. Not on the loop.
    void awaitHooks(Duration limit) {
        hooks.await(limit);
    }

    /// Takes over settings that [GroupSettings#fitsInPlace].
    void settings(GroupSettings next) {
        final ElectionSettings rules = next.election();
        final boolean sameProbes = settings.document().probes().equals(next.document().probes());
        final AdvertReader before = reader;
        settings = next;
        reader = new AdvertReader(next.reader());
        reader.restore(before.seen(), now());
        kernel.settings(next);
        tell(next.document());
        sockets.own(next.own());
        peers.document(next.document());
        following.document(next.document());
        clients.document(next.document());
        hooks.document(next.document());
        if (!sameProbes) {
            probes.close();
            probes = probes(next.document());
            probed(Map.of());
        }
        step(e -> e.settings(rules, now()));
    }

    GroupSettings settings() {
        return settings;
    }

    /// The node's own addresses on the interface, when they have changed.
    void own(List<InetAddress> own) {
        if (!own.equals(settings.own())) {
            settings(settings.withOwn(own));
        }
    }

    /// Runs something with the election, gives it what it is owed, and sets the alarm anew.
    private void step(Consumer<Election> what) {
        if (closed) {
            return;
        }
        what.accept(election);
        kernel.settle(election);
        arm();
        view = look();
    }

    /// What moved tells the election, on the loop.
    private final class ToElection implements GroupMoves.Outcome {
        @Override
        public void promoted(GroupMoves.Entitlement entitlement) {
            later(e -> e.promotionDone(entitlement.epoch(), entitlement.until(), now()));
        }

        @Override
        public void notPromoted(String cause) {
            later(e -> e.promotionFailed(cause, now()));
        }

        @Override
        public void yielded() {
            later(e -> e.yieldDone(now()));
        }

        @Override
        public void notYielded(String cause) {
            later(e -> e.yieldFailed(cause, now()));
        }

        private void later(Consumer<Election> what) {
            node.loop().execute(() -> step(what));
        }
    }

    private void arm() {
        final Future<?> set = alarm;
        if (set != null) {
            set.cancel(false);
        }
        final long now = now();
        final long next =
                Math.min(Math.min(election.deadline(), kernel.announceAt(now)), now + LOOK_NANOS);
        alarm = node.loop().at(next, this::tick);
    }

    private void tick() {
        step(e -> {
            final long now = now();
            if (now >= e.deadline()) {
                e.tick(now);
            }
            kernel.settle(e);
            kernel.announceDue();
            if (now - lookedAt >= LOOK_NANOS) {
                lookedAt = now;
                lookAtStorage(e);
                sequences.keep(() -> reader.seen(), now);
                // Never one whose time is over: it may answer elsewhere by now.
                if (kernel.isHolding() && e.status(now).guardUntil() > now()) {
                    node.held().keep(kernel.addresses(), now);
                    clients.look(now);
                }
            }
        });
    }

    private static long now() {
        return System.nanoTime();
    }

    // --- what it follows ---

    private void lookAtStorage(Election e) {
        following.look(e, now());
    }

    /// A followed resource has changed its role. Any thread.
    void storageChanged() {
        node.loop().execute(() -> step(this::lookAtStorage));
    }

    /// Whether followed resources must not be moved but by [#handOver].
    boolean movesResources() {
        return switch (election.status(now()).state()) {
            case MASTER, PROMOTING, YIELDING -> true;
            case INIT, BACKUP, FAULT -> false;
        };
    }

    /// Gives the addresses and all that they follow to another node, in order: guard, services,
    /// mounts, resources.
    ///
    /// @param wanted absent: whoever could have them all
    CompletableFuture<String> handOver(Optional<String> wanted) throws AddressException {
        final VirtualIpDocument document = settings.document();
        final String to =
                HandOverOrders.target(document, election.status(now()).state(), moves, wanted);
        final CompletableFuture<String> done = orders.begun(to);
        step(e -> {
            following.leaveTo(to, e, now());
            if (document.election().preempt()) {
                // Or this node would take it back at once.
                e.demote(now());
                node.events()
                        .notice(
                                document.name(),
                                "demoted here, because preempt would bring it back from %s; `hastctl vip release %s` ends that"
                                        .formatted(to, document.name()));
            }
        });
        return done;
    }

    // --- the segment ---

    private void received(ReceivedAdvert packet) {
        final var source = GroupSettings.ip(packet.source());
        step(e -> {
            final Reading reading = reader.read(packet.bytes(), packet.hopLimit(), source, now());
            switch (reading) {
                case Reading.Accepted(var advert) -> {
                    notes.received();
                    peers.heard(advert, packet.source(), Instant.now());
                    following.heard(advert, peers, e, now());
                    e.received(advert, source, now());
                }
                case Reading.Refused(AdvertRefusal cause) -> notes.refused(cause, packet.source());
            }
        });
    }

    private void claimed(Claim claim) {
        step(e -> {
            final Instant lately = Instant.now().minusNanos(3 * settings.election().interval());
            if (kernel.claimed(claim, peers.anyHolds(lately)) && notes.duplicate(claim) == 1) {
                node.events()
                        .notice(
                                settings.document().name(),
                                "%s is claimed by %s too; find that host, or take the address out"
                                        .formatted(claim.address().getHostAddress(), claim.by()));
            }
        });
    }

    // --- the interface ---

    void interfaceChanged(InterfaceState state) {
        final boolean usable = on.usable();
        on = state;
        kernel.changed(state);
        step(e -> {
            if (usable && !state.usable()) {
                e.linkDown((state.up() ? "no carrier on " : "down: ") + state.name(), now());
            } else if (!usable && state.usable()) {
                e.linkUp(now());
                kernel.provoked();
            }
        });
    }

    /// Some interface is gone, not the one that this group is on.
    void otherInterfaceRemoved(int index) {
        step(e -> {
            // Never when its time is over: it may answer elsewhere by now.
            if (e.status(now()).guardUntil() > now()) {
                kernel.interfaceRemoved(index);
            }
        });
    }

    /// Another program has removed one of the addresses, perhaps. They are put back while the guard
    /// is open.
    void addressRemoved(InterfaceAddress gone) {
        if (kernel.isHolding()
                && kernel.isHeldAs(gone)
                && election.status(now()).guardUntil() > now()
                && node.held().putBack(gone, now())) {
            kernel.provoked();
            node.events()
                    .notice(
                            settings.document().name(),
                            "another program removed %s; it is back"
                                    .formatted(gone.address().getHostAddress()));
        }
    }

    InterfaceState on() {
        return on;
    }

    int interfaceIndex() {
        return on.index();
    }

    /// What has to be guarded for this group: also after its end, when an address could not be
    /// removed.
    List<ServiceAddress> guarded() {
        return closed && kernel.isRemoved() ? List.of() : kernel.addresses();
    }

    // --- people and probes ---

    private void probed(Map<String, Integer> failing) {
        failingProbes = failing;
        final int sum = failing.values().stream().mapToInt(Integer::intValue).sum();
        step(e ->
                e.demotion(
                        DemotionSource.PROBE,
                        Math.min(sum, VirtualIpDocument.DEMOTION_MAX),
                        now()));
    }

    /// What an administrator wants; says what was done.
    String order(GroupOrder order) throws AddressException {
        final StringBuilder refusal = new StringBuilder();
        step(e -> {
            switch (order) {
                case PROMOTE -> {
                    if (!e.promote(now())) {
                        refusal.append("it takes no part now: ").append(notes.reason());
                    }
                }
                case DEMOTE -> e.demote(now());
                case HOLD -> e.hold(now());
                case RELEASE -> e.release(now());
            }
        });
        if (!refusal.isEmpty()) {
            throw new AddressException(
                    settings.document().name()
                            + ": "
                            + refusal
                            + "; release it first, or mend what its status says");
        }
        return order.done();
    }

    // --- looking ---

    private void transition(GroupKernel.TransitionNote note) {
        notes.transition(note, times.take());
        // A guard that could not be opened was no turn of being master.
        if (note.to() != ElectionState.MASTER || kernel.isHolding()) {
            hooks.state(note.to());
        }
        orders.transition(note, settings.document().name());
        node.events()
                .transition(
                        settings.document().name(),
                        note.from().name(),
                        note.to().name(),
                        notes.reason());
    }

    /// Any thread.
    View view() {
        return view;
    }

    private View look() {
        return new View(
                settings.document(),
                on.name(),
                election.status(now()),
                kernel.isHolding(),
                failingProbes,
                peers.all(),
                notes.seen(),
                moves.notPromotable(),
                kernel.advertsSent(),
                clients.tickled(),
                settings.advskew());
    }
}
