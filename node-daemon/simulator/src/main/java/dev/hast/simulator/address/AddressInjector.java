package dev.hast.simulator.address;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;

import dev.hast.core.address.DemotionSource;
import dev.hast.simulator.kernel.RandomSource;
import java.util.List;

/// Lets faults happen, and ends them.
final class AddressInjector {

    private final AddressWorld world;
    private final RandomSource random;
    private boolean stopped;

    /// Ends faults that last, when all faults end.
    private long era;

    AddressInjector(AddressWorld world, RandomSource random) {
        this.world = world;
        this.random = random;
    }

    void start() {
        for (AddressFault fault : AddressFault.values()) {
            final RandomSource own = random.split();
            if (world.options().has(fault)) {
                plan(fault, own);
            }
        }
        if (world.options().follows) {
            storageChooses(random.split());
        }
    }

    /// Nothing new happens; the attacker goes on.
    void stop() {
        stopped = true;
        era++;
    }

    private void plan(AddressFault fault, RandomSource own) {
        world.timeline()
                .after(
                        own.untilNext(world.options().every(fault)),
                        () -> {
                            if (stopped && fault != AddressFault.REPLAY) {
                                return;
                            }
                            world.trace().print("-", fault.toString(), 0, () -> "");
                            happen(fault, own);
                            plan(fault, own);
                        });
    }

    /// When nobody is primary, storage promotes somebody now and then.
    private void storageChooses(RandomSource own) {
        world.timeline()
                .after(
                        own.untilNext(world.options().grant),
                        () -> {
                            if (own.chance(0.3)) {
                                own.pick(world.nodes()).resources().chosen();
                            }
                            storageChooses(own);
                        });
    }

    private void happen(AddressFault fault, RandomSource own) {
        final ElectionNode node = own.pick(world.nodes());
        final long interval = world.options().longestInterval();
        final long lasts = own.duration(own.chance(0.5) ? 2 * interval : 6 * interval);
        switch (fault) {
            case LOSS -> {
                world.wire().loss = own.chance(0.3) ? 0.9 : 0.3;
                ends(lasts, () -> world.wire().loss = 0);
            }
            case DELAY -> {
                world.wire().late = 0.4;
                ends(lasts, () -> world.wire().late = 0);
            }
            case COPIES -> {
                world.wire().copies = 0.5;
                ends(lasts, () -> world.wire().copies = 0);
            }
            case ONE_WAY -> oneWay(own, lasts);
            case PARTITION -> partition(own, lasts);
            case FREEZE -> {
                machine();
                node.freeze(lasts);
            }
            case FREEZE_IN_SEND -> {
                machine();
                node.freezeFor = lasts;
                node.freezeInSend = true;
            }
            case CRASH -> {
                machine();
                node.die();
                ends(lasts, node::start);
            }
            case POWER -> power(own, node, lasts);
            case LINK -> link(node, lasts);
            case SEND_ERRORS -> {
                machine();
                node.sendFails = true;
                ends(lasts, () -> node.sendFails = false);
            }
            case DEMOTION ->
                    node.feed(() ->
                            node.election()
                                    .demotion(
                                            DemotionSource.PROBE,
                                            own.pick(List.of(0, 0, 60, 150, 240)),
                                            node.now()));
            case ADMINISTRATOR -> administrator(own, node);
            case RESTART -> restart(own, node);
            case REPLAY -> replay(own, node);
            case ARBITER_CUT -> {
                node.resources().cutFromArbiter = true;
                ends(lasts, () -> node.resources().cutFromArbiter = false);
            }
        }
    }

    private void machine() {
        world.rules().fault();
    }

    private void ends(long after, Runnable end) {
        final long mine = era;
        world.timeline()
                .after(
                        after,
                        () -> {
                            if (era == mine) {
                                end.run();
                            }
                        });
    }

    private void oneWay(RandomSource own, long lasts) {
        final int from = own.below(world.members().size());
        final int to = own.below(world.members().size());
        if (from != to) {
            world.wire().cut(from, to, true);
            ends(lasts, () -> world.wire().cut(from, to, false));
        }
    }

    private void partition(RandomSource own, long lasts) {
        final int size = world.members().size();
        final int side = own.between(1, (1 << size) - 2);
        cutSides(side, true);
        ends(lasts, () -> cutSides(side, false));
    }

    private void cutSides(int side, boolean on) {
        final int size = world.members().size();
        for (int a = 0; a < size; a++) {
            for (int b = 0; b < size; b++) {
                if ((side >> a & 1) != (side >> b & 1)) {
                    world.wire().cut(a, b, on);
                }
            }
        }
    }

    private void power(RandomSource own, ElectionNode node, long lasts) {
        machine();
        final int which = own.below(world.members().size());
        if (which >= world.options().nodes) {
            final PlainPeer peer = world.peers().get(which - world.options().nodes);
            peer.losePower();
            ends(lasts, peer::start);
        } else {
            node.losePower();
            ends(lasts, node::start);
        }
    }

    private void link(ElectionNode node, long lasts) {
        if (world.wire().linkDown(node.index())) {
            return;
        }
        machine();
        world.wire().link(node.index(), true);
        world.timeline().after(20 * MILLISECOND, () -> tellLink(node));
        ends(lasts, () -> linkUp(node));
    }

    private void linkUp(ElectionNode node) {
        world.wire().link(node.index(), false);
        world.timeline().after(20 * MILLISECOND, () -> tellLink(node));
    }

    private void tellLink(ElectionNode node) {
        node.feed(() -> {
            if (world.wire().linkDown(node.index())) {
                node.election().linkDown("no carrier", node.now());
            } else {
                node.election().linkUp(node.now());
            }
        });
    }

    private void administrator(RandomSource own, ElectionNode node) {
        final int what = own.below(4);
        if (node.running() && (what == 0 || what == 2)) {
            world.rules().leavesInOrder(node);
        }
        node.feed(() -> {
            switch (what) {
                case 0 -> node.election().hold(node.now());
                case 1 -> node.election().release(node.now());
                case 2 -> node.election().demote(node.now());
                default -> node.election().promote(node.now());
            }
        });
    }

    private void restart(RandomSource own, ElectionNode node) {
        if (!node.running()) {
            return;
        }
        world.rules().leavesInOrder(node);
        node.feed(() -> node.election().stop(node.now()));
        final long stopTime = own.between(50L, 500L) * MILLISECOND;
        ends(
                stopTime,
                () -> {
                    if (node.running()) {
                        node.die();
                        node.start();
                    }
                });
    }

    private void replay(RandomSource own, ElectionNode victim) {
        final List<Wire.Packet> captured = world.wire().captured;
        for (int i = 0; i < 40 && !captured.isEmpty(); i++) {
            final Wire.Packet packet = own.pick(captured);
            // What it missed while it was away it cannot know for old: each such advert works once.
            if (victim.hasSeen(packet)) {
                world.timeline()
                        .after(
                                own.between(0L, world.options().longestInterval() * 4),
                                () -> world.wire().inject(packet, victim));
            }
        }
    }

    /// Ends everything that lasts.
    void heal() {
        world.wire().heal();
        for (ElectionNode node : world.nodes()) {
            node.sendFails = false;
            node.freezeInSend = false;
            node.resources().cutFromArbiter = false;
            if (world.wire().linkDown(node.index())) {
                linkUp(node);
            }
            node.thaw();
            if (node.dead()) {
                node.start();
            } else {
                node.feed(() -> {
                    node.election().start(node.now());
                    node.election().release(node.now());
                });
            }
        }
        world.peers().forEach(PlainPeer::start);
    }
}
