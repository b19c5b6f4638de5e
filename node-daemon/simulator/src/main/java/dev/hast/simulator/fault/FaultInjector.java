package dev.hast.simulator.fault;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;
import static dev.hast.simulator.kernel.Timeline.SECOND;

import dev.hast.simulator.kernel.Fault;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.world.Link;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.SectorStore;
import dev.hast.simulator.world.SimulatedDisk;
import dev.hast.simulator.world.World;
import java.util.List;

/// Lets the faults of a seed happen, each kind at its own pace, until it is stopped.
public final class FaultInjector {

    private final World world;
    private final RandomSource random;
    private final Operators operators;
    private boolean stopped;

    public FaultInjector(World world, RandomSource random, Operators operators) {
        this.world = world;
        this.random = random;
        this.operators = operators;
    }

    public void start() {
        world.options().faults.forEach(this::later);
    }

    public void stop() {
        stopped = true;
    }

    private void later(Fault fault, long every) {
        world.timeline()
                .after(
                        random.untilNext(every),
                        () -> {
                            if (!stopped) {
                                inject(fault);
                                later(fault, every);
                            }
                        });
    }

    private void after(long low, long high, Runnable action) {
        world.timeline()
                .after(
                        random.between(low, high),
                        () -> {
                            if (!stopped) {
                                action.run();
                            }
                        });
    }

    private Node anyNode() {
        return random.pick(world.nodes());
    }

    private void note(Fault fault, Object target) {
        world.trace().print("fault", fault.name(), 0, () -> target);
    }

    private void inject(Fault fault) {
        switch (fault) {
            case PROCESS_CRASH -> crash(anyNode(), false);
            case POWER_CUT -> crash(anyNode(), true);
            case POWER_CUT_MANY -> crashMany();
            case FREEZE -> freeze(anyNode());
            case TICK_PAUSE -> anyNode().pauseTicks(random.between(200 * MILLISECOND, 2 * SECOND));
            case PARTITION -> partition(false);
            case ONE_WAY -> partition(true);
            case LINK_BREAK -> breakLink();
            case SLOW_LINK -> slowLink();
            case SLOW_DISK -> slowDisk(anyNode());
            case BAD_SECTOR -> badSectors(anyNode());
            case WRITE_ERROR -> failDisk(anyNode(), SimulatedDisk.EIO);
            case NO_SPACE -> failDisk(anyNode(), SimulatedDisk.ENOSPC);
            case ROT, MISDIRECTED -> {
                // Done where nodes restart and where power is cut.
            }
            case ARBITER_AWAY -> arbiterAway();
            case ARBITER_CUT -> arbiterCut(anyNode());
            case ARBITER_LOSSY -> {
                // The arbiter looks at the option itself.
            }
            case ARBITER_SLOW -> arbiterSlow();
            case ARBITER_HINT -> operators.hint(anyNode());
            case HAND_OVER -> operators.handOver();
            case DEMOTE -> operators.demote();
            case PROMOTE -> operators.promote(false);
            case MEMBERSHIP -> operators.changeMembers();
            case GROW -> operators.grow();
            case VERIFY -> operators.verify();
            case PAUSE_RESYNC -> operators.pauseResync();
            case ORDERLY_STOP -> operators.stopInOrder(this::restartLater);
            case FORCE -> operators.promote(true);
        }
    }

    // --- machines ---

    private void crash(Node node, boolean powerCut) {
        node.crash(powerCut);
        restartLater(node);
    }

    private void restartLater(Node node) {
        final long longest = random.chance(0.2) ? 15 * SECOND : 3 * SECOND;
        after(
                20 * MILLISECOND,
                longest,
                () -> {
                    if (!node.alive() && world.options().has(Fault.ROT) && random.chance(0.5)) {
                        final int page = node.disk().pages().rot(random);
                        note(Fault.ROT, node + " page " + page);
                    }
                    node.start();
                });
    }

    private void crashMany() {
        final boolean all = random.chance(0.5);
        for (Node node : world.nodes()) {
            if (all || random.chance(0.5)) {
                crash(node, true);
            }
        }
    }

    private void freeze(Node node) {
        node.freeze();
        after(
                100 * MILLISECOND,
                2 * (world.options().grant + world.options().margin) + SECOND,
                node::thaw);
    }

    // --- network ---

    private void partition(boolean oneWay) {
        final int side = 1 + random.below((1 << world.nodes().size()) - 1);
        note(oneWay ? Fault.ONE_WAY : Fault.PARTITION, Integer.toBinaryString(side));
        final boolean withArbiter = random.chance(0.3);
        setPartition(side, oneWay, true);
        if (withArbiter) {
            cutArbiter(side, true);
        }
        world.timeline()
                .after(
                        random.between(50 * MILLISECOND, 8 * SECOND),
                        () -> {
                            setPartition(side, oneWay, false);
                            if (withArbiter) {
                                cutArbiter(side, false);
                            }
                        });
    }

    private void setPartition(int side, boolean oneWay, boolean cut) {
        for (Link link : world.links()) {
            final boolean first = (side >> link.first().index() & 1) != 0;
            final boolean second = (side >> link.second().index() & 1) != 0;
            if (first != second) {
                final Node from = first ? link.first() : link.second();
                final Node to = first ? link.second() : link.first();
                link.cut(from, cut);
                if (!oneWay) {
                    link.cut(to, cut);
                }
            }
        }
    }

    private void cutArbiter(int side, boolean cut) {
        for (Node node : world.nodes()) {
            if ((side >> node.index() & 1) != 0) {
                world.arbiter().cut(node.index(), cut);
            }
        }
    }

    private void breakLink() {
        if (!world.links().isEmpty()) {
            random.pick(world.links()).breakDown("broken");
        }
    }

    private void slowLink() {
        if (!world.links().isEmpty()) {
            final Link link = random.pick(world.links());
            link.slow(random.pick(List.of(10, 100, 1000, 5000)));
            world.timeline()
                    .after(random.between(100 * MILLISECOND, 4 * SECOND), () -> link.slow(1));
        }
    }

    // --- disks ---

    private void slowDisk(Node node) {
        node.disk().slow(random.pick(List.of(5, 20, 100, 1000)));
        world.timeline()
                .after(random.between(100 * MILLISECOND, 3 * SECOND), () -> node.disk().slow(1));
    }

    private void badSectors(Node node) {
        final SectorStore sectors = node.disk().sectors();
        for (int left = random.between(1, 4); left > 0; left--) {
            final int at = random.below(sectors.current().length);
            for (int i = at;
                    i < Math.min(at + random.between(1, 8), sectors.current().length);
                    i++) {
                sectors.makeUnreadable(i);
            }
        }
    }

    private void failDisk(Node node, int errno) {
        note(errno == SimulatedDisk.EIO ? Fault.WRITE_ERROR : Fault.NO_SPACE, node);
        node.disk().fail(errno);
        world.timeline()
                .after(random.between(50 * MILLISECOND, 3 * SECOND), () -> node.disk().fail(0));
        after(SECOND, 8 * SECOND, () -> restartFailed(node));
    }

    private void restartFailed(Node node) {
        if (node.alive() && node.providerFailed()) {
            node.crash(false);
            node.start();
        }
    }

    // --- arbiter ---

    private void arbiterAway() {
        note(Fault.ARBITER_AWAY, "");
        world.arbiter().away(true);
        world.timeline()
                .after(
                        random.between(100 * MILLISECOND, 6 * SECOND),
                        () -> world.arbiter().away(false));
    }

    private void arbiterCut(Node node) {
        note(Fault.ARBITER_CUT, node);
        world.arbiter().cut(node.index(), true);
        world.timeline()
                .after(
                        random.between(100 * MILLISECOND, 6 * SECOND),
                        () -> world.arbiter().cut(node.index(), false));
    }

    private void arbiterSlow() {
        world.arbiter().slow(random.pick(List.of(10, 50, 200, 500)));
        world.timeline()
                .after(
                        random.between(100 * MILLISECOND, 4 * SECOND),
                        () -> world.arbiter().slow(1));
    }
}
