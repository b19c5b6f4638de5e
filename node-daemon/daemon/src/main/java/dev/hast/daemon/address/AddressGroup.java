package dev.hast.daemon.address;

import dev.hast.core.address.AdvertReader;
import dev.hast.core.address.AdvertRefusal;
import dev.hast.core.address.DemotionSource;
import dev.hast.core.address.Election;
import dev.hast.core.address.ElectionState;
import dev.hast.core.address.ElectionStatus;
import dev.hast.core.address.Intent;
import dev.hast.core.address.Reading;
import dev.hast.core.address.Trailer;
import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.document.VirtualIpDocument.Holder;
import dev.hast.daemon.network.InterfaceAddress;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.packet.Claim;
import dev.hast.daemon.packet.ReceivedAdvert;
import dev.hast.daemon.posix.PosixException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One group of addresses on one interface of this node: feeds its election with what happens, and
/// wakes it when it is time. On the loop, except for [#view].
final class AddressGroup implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("hast");

    /// How often what has no event is looked at: followed resources, lifetimes of addresses.
    private static final long LOOK_NANOS = 50_000_000L;

    private static final long HAND_OVER_GAP_NANOS = 1_000_000_000L;

    private final AddressNode node;
    private final GroupSettings settings;
    private final GroupSockets sockets;
    private final GroupKernel kernel;
    private final GroupMoves moves;
    private final AdvertReader reader;
    private final Election election;
    private final TransitionHooks hooks;
    private final Probes probes;
    private final StepTimes times = new StepTimes();
    private final GroupHistory history = new GroupHistory();
    private final GroupPeers peers;
    private final Map<AdvertRefusal, Long> refused = new EnumMap<>(AdvertRefusal.class);
    private InterfaceState on;
    private Map<String, Integer> failingProbes = Map.of();
    private @Nullable Future<?> alarm;
    private long received;
    private long lookedAt;
    private long handedAt;
    private boolean closed;
    private String stateReason = "";
    private Instant stateSince = Instant.now();
    private Optional<Duplicate> duplicate = Optional.empty();
    private volatile View view;

    /// Somebody else's claims.
    record Duplicate(Claim last, Instant seen, long count) {}

    /// What is seen of a group.
    record View(
            VirtualIpDocument document,
            String device,
            ElectionStatus status,
            String reason,
            Instant since,
            Map<String, Integer> failingProbes,
            List<GroupPeers.Peer> peers,
            List<GroupHistory.Transition> transitions,
            Optional<Duplicate> duplicate,
            long sent,
            long received,
            Map<AdvertRefusal, Long> refused,
            int advskew,
            List<String> warnings) {}

    /// @param sequence of adverts, see [Election]
    AddressGroup(AddressNode node, GroupSettings settings, InterfaceState on, long sequence)
            throws PosixException {
        final VirtualIpDocument document = settings.document();
        this.node = node;
        this.settings = settings;
        this.on = on;
        this.peers = new GroupPeers(document);
        this.reader = new AdvertReader(settings.reader());
        this.sockets =
                new GroupSockets(
                        on,
                        document.addresses(),
                        ownAddresses(settings),
                        node.poller(),
                        node.loop(),
                        this::received,
                        this::claimed);
        sockets.peers(peerAddresses(document, node.name()));
        this.moves =
                new GroupMoves(
                        node,
                        document.follows(),
                        new ServiceSteps(document, node.storage(), times),
                        times,
                        this::onLoop);
        this.kernel = new GroupKernel(node, settings, on, sockets, moves, this::transition);
        this.hooks = new TransitionHooks(document, on.name());
        this.election =
                new Election(
                        settings.election(),
                        ThreadLocalRandom.current().nextLong(),
                        sequence,
                        kernel);
        this.view = look();
        this.probes =
                new Probes(
                        document.name(),
                        document.probes(),
                        failing -> node.loop().execute(() -> probed(failing)));
    }

    private static List<InetAddress> ownAddresses(GroupSettings settings) {
        return settings.own().stream().map(AddressGroup::inet).toList();
    }

    private static InetAddress inet(dev.hast.core.address.IpAddress address) {
        try {
            return InetAddress.getByAddress(address.bytes());
        } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Who is told by unicast.
    private static List<InetAddress> peerAddresses(VirtualIpDocument document, String self) {
        final List<InetAddress> all = new ArrayList<>(document.link().unicastPeers());
        for (Holder holder : document.holders()) {
            if (!holder.node().equals(self)) {
                holder.address().ifPresent(all::add);
            }
        }
        return all;
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
    void stop() {
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

    private void onLoop(Consumer<Election> what) {
        node.loop().execute(() -> step(what));
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
                node.held().tick(now);
            }
        });
    }

    private static long now() {
        return System.nanoTime();
    }

    // --- what it follows ---

    private void lookAtStorage(Election e) {
        if (settings.document().follows().isEmpty()) {
            return;
        }
        final GroupMoves.Entitlement entitlement = moves.entitlement();
        final ElectionState state = e.status(now()).state();
        if (entitlement.whole()) {
            e.entitled(entitlement.epoch(), entitlement.until(), now());
        } else if (state == ElectionState.MASTER || state == ElectionState.PROMOTING) {
            e.entitlementLost(
                    entitlement.lacking().isEmpty()
                            ? "the grants have run out"
                            : entitlement.lacking() + " is not primary here",
                    now());
        }
        e.demotion(
                DemotionSource.RESOURCE_NOT_PROMOTABLE,
                moves.promotable() || entitlement.whole() ? 0 : VirtualIpDocument.DEMOTION_MAX,
                now());
    }

    /// A followed resource has changed its role. Any thread.
    void storageChanged() {
        node.loop().execute(() -> step(this::lookAtStorage));
    }

    /// A node of ours wants to hold the addresses: what this one has of the resources goes there.
    private void claimedBy(long sender, boolean better) {
        final Optional<String> to = peers.nodeOf(sender);
        if (to.isEmpty() || now() - handedAt < HAND_OVER_GAP_NANOS) {
            return;
        }
        final ElectionState state = election.status(now()).state();
        if (state == ElectionState.MASTER && better && moves.canTakeOver(to.get())) {
            handedAt = now();
            handOver(to.get());
        } else if (state != ElectionState.MASTER
                && state != ElectionState.PROMOTING
                && state != ElectionState.YIELDING
                && !moves.entitlement().whole()) {
            handedAt = now();
            moves.handOverParts(to.get());
        }
    }

    private void handOver(String to) {
        moves.successor(Optional.of(to));
        election.handOver(to, now());
    }

    // --- the segment ---

    private void received(ReceivedAdvert packet) {
        final var source = GroupSettings.ip(packet.source());
        step(e -> {
            final Reading reading = reader.read(packet.bytes(), packet.hopLimit(), source, now());
            switch (reading) {
                case Reading.Accepted(var advert) -> {
                    received++;
                    peers.heard(advert, packet.source(), Instant.now());
                    final Trailer trailer = advert.trailer();
                    if (trailer != null
                            && trailer.intent() == Intent.CLAIM
                            && !settings.document().follows().isEmpty()) {
                        final ElectionStatus own = e.status(now());
                        claimedBy(
                                trailer.sender(),
                                trailer.promoted()
                                        || advert.pace()
                                                < (settings.document().election().advbase() << 8
                                                        | own.effectiveSkew()));
                    }
                    e.received(advert, source, now());
                }
                case Reading.Refused(AdvertRefusal cause) -> refuse(cause, packet.source());
            }
        });
    }

    private void refuse(AdvertRefusal cause, InetAddress source) {
        if (refused.merge(cause, 1L, Long::sum) == 1 && cause != AdvertRefusal.DUPLICATE) {
            LOG.atLevel(
                            cause == AdvertRefusal.VHID || cause == AdvertRefusal.OWN
                                    ? org.slf4j.event.Level.DEBUG
                                    : org.slf4j.event.Level.WARN)
                    .addKeyValue("address", settings.document().name())
                    .addKeyValue("source", source.getHostAddress())
                    .log("an advert was refused, the first of its kind: {}", cause.meaning());
        }
    }

    private void claimed(Claim claim) {
        step(e -> {
            if (kernel.claimed(claim)) {
                duplicate =
                        Optional.of(
                                new Duplicate(
                                        claim,
                                        Instant.now(),
                                        duplicate.map(Duplicate::count).orElse(0L) + 1));
                if (duplicate.get().count() == 1) {
                    node.events()
                            .notice(
                                    settings.document().name(),
                                    "%s is claimed by %s too; find that host, or take the address out"
                                            .formatted(
                                                    claim.address().getHostAddress(), claim.by()));
                }
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

    /// Another program has removed one of the addresses, perhaps. They are put back while the guard
    /// is open.
    void addressRemoved(InterfaceAddress gone) {
        if (kernel.isHolding()
                && gone.interfaceIndex() == on.index()
                && settings.document().addresses().contains(gone.address())
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

    int interfaceIndex() {
        return on.index();
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
                        refusal.append("it takes no part now: ").append(stateReason);
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
        stateReason =
                note.detail().isEmpty()
                        ? note.reason().text()
                        : note.reason().text() + ": " + note.detail();
        stateSince = Instant.now();
        history.add(
                new GroupHistory.Transition(
                        stateSince, note.from(), note.to(), stateReason, times.take()));
        hooks.state(note.to());
        node.events()
                .transition(
                        settings.document().name(),
                        note.from().name(),
                        note.to().name(),
                        stateReason);
    }

    /// Any thread.
    View view() {
        return view;
    }

    private View look() {
        final List<String> warnings = new ArrayList<>();
        warn(warnings, AdvertRefusal.VRRP, "VRRP is spoken on this segment, perhaps with this id");
        warn(
                warnings,
                AdvertRefusal.DIGEST,
                "somebody uses this vhid with another password or other addresses");
        warn(
                warnings,
                AdvertRefusal.ADDRESS_LIST,
                "a node of the group has other addresses in its document");
        warn(warnings, AdvertRefusal.SIGNATURE, "a node of the group has another key");
        return new View(
                settings.document(),
                on.name(),
                election.status(now()),
                stateReason,
                stateSince,
                failingProbes,
                peers.all(),
                history.all(),
                duplicate,
                kernel.advertsSent(),
                received,
                Map.copyOf(refused),
                settings.advskew(),
                warnings);
    }

    private void warn(List<String> warnings, AdvertRefusal cause, String text) {
        final long count = refused.getOrDefault(cause, 0L);
        if (count > 0) {
            warnings.add(text + " (" + count + " adverts)");
        }
    }
}
