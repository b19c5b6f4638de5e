package dev.hast.simulator.address;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;

import dev.hast.simulator.kernel.RandomSource;

/// What a node's daemon does for followed resources: promotes and gives up, renews its grant at the
/// register, and hands over when another node asks.
final class ResourceShell {

    private final AddressWorld world;
    private final ElectionNode node;
    private final RandomSource random;

    /// Ends what was begun before.
    private long attempt;

    private boolean primary;
    boolean cutFromArbiter;

    ResourceShell(AddressWorld world, ElectionNode node, RandomSource random) {
        this.world = world;
        this.node = node;
        this.random = random;
    }

    void restarted() {
        attempt++;
        primary = false;
    }

    void promote() {
        step(++attempt);
    }

    private void step(long mine) {
        later(mine, random.between(5L, 60L) * MILLISECOND, () -> tryOnce(mine));
    }

    private void tryOnce(long mine) {
        final StorageRegister register = world.register();
        if (cutFromArbiter) {
            step(mine);
        } else if (random.chance(0.03)) {
            node.feed(() -> node.election().promotionFailed("no provider", node.now()));
        } else if (register.promote(node.index())) {
            primary = true;
            final long until = node.now() + world.options().grant;
            final long epoch = register.epoch();
            world.trace().print("n" + (node.index() + 1), "promoted", epoch, () -> "");
            node.feed(() -> node.election().promotionDone(epoch, until, node.now()));
            renewing(mine);
        } else {
            askHolder(register.primary());
            step(mine);
        }
    }

    /// The primary is asked to hand over, if it hears.
    private void askHolder(int holder) {
        final ElectionNode other = world.nodes().get(holder);
        if (world.wire().hears(node.index(), holder)) {
            world.timeline()
                    .after(
                            world.options().delayMax,
                            () ->
                                    other.feed(() ->
                                            other.election()
                                                    .handOver(
                                                            "n" + (node.index() + 1),
                                                            other.now())));
        }
    }

    private void renewing(long mine) {
        later(
                mine,
                world.options().grant / 6,
                () -> {
                    if (!primary) {
                        return;
                    }
                    final long asked = node.now();
                    if (!cutFromArbiter) {
                        if (world.register().renew(node.index())) {
                            final long epoch = world.register().epoch();
                            node.feed(() ->
                                    node.election()
                                            .entitled(
                                                    epoch,
                                                    asked + world.options().grant,
                                                    node.now()));
                        } else {
                            primary = false;
                            node.feed(() ->
                                    node.election().entitlementLost("another primary", node.now()));
                            return;
                        }
                    }
                    renewing(mine);
                });
    }

    void takeDown() {
        final long mine = ++attempt;
        primary = false;
        final boolean fails = random.chance(0.05);
        later(
                mine,
                random.between(5L, 100L) * MILLISECOND,
                () -> {
                    if (fails) {
                        node.feed(() -> node.election().yieldFailed("target is busy", node.now()));
                        later(mine, random.between(100L, 2_000L) * MILLISECOND, () -> done());
                    } else {
                        done();
                    }
                });
    }

    private void done() {
        if (!cutFromArbiter) {
            world.register().giveUp(node.index());
        }
        node.feed(() -> node.election().yieldDone(node.now()));
    }

    /// Storage chose this node by itself.
    void chosen() {
        final StorageRegister register = world.register();
        if (!cutFromArbiter
                && !primary
                && node.running()
                && register.vacant()
                && register.promote(node.index())) {
            primary = true;
            final long epoch = register.epoch();
            final long until = node.now() + world.options().grant;
            node.feed(() -> node.election().entitled(epoch, until, node.now()));
            // If the election does not want it, nobody renews, and it runs out.
        }
    }

    /// Runs in the daemon: not while it is frozen, not in another life.
    private void later(long mine, long delay, Runnable action) {
        world.timeline()
                .after(
                        delay,
                        () -> {
                            if (attempt != mine || node.dead()) {
                                return;
                            }
                            if (node.running()) {
                                action.run();
                            } else {
                                later(mine, delay, action);
                            }
                        });
    }
}
