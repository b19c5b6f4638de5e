package dev.hast.simulator.check;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ReplicaSettings;
import dev.hast.simulator.kernel.Violation;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.World;
import org.jspecify.annotations.Nullable;

/// - Whatever an acknowledged FLUSH or FUA covers is on the medium of every in-sync replica (S2),
///   from the moment of the answer, and of every replica that enters the set later (S7).
/// - In `fullsync` an acknowledged write is what every in-sync replica would read, unless it lost
///   its memory meanwhile (S2, S3).
public final class DurableWrites implements Invariant {

    private final World world;
    private final History history;
    private final long[] losses;
    private final long[] changedAt;

    public DurableWrites(World world, History history) {
        this.world = world;
        this.history = history;
        this.losses = new long[world.options().nodes];
        this.changedAt = new long[world.options().nodes];
    }

    @Override
    public void handled(Node node) {
        if (losses[node.index()] != node.memoryLosses()) {
            losses[node.index()] = node.memoryLosses();
            changedAt[node.index()] = history.stamp();
        }
    }

    @Override
    public void registerChanged(@Nullable Configuration before, Configuration after) {
        if (before != null && !before.inSync().containsAll(after.inSync())) {
            for (Node node : world.nodes()) {
                final int slot = slot(after, node);
                if (after.inSync().contains(slot) && !before.inSync().contains(slot)) {
                    checkMedium(node, "it joins with epoch " + after.epoch());
                }
            }
        }
    }

    private static int slot(Configuration configuration, Node node) {
        return configuration.member(node.name()).map(member -> member.slot()).orElse(-1);
    }

    @Override
    public void acknowledged(Op op) {
        final Configuration configuration = world.arbiter().register();
        if (configuration == null || op.kind == Op.Kind.READ) {
            return;
        }
        for (Node node : world.nodes()) {
            if (!configuration.inSync().contains(slot(configuration, node))) {
                continue;
            }
            if (op.kind == Op.Kind.FLUSH || op.fua) {
                checkMedium(node, "after " + op);
            }
            if (op.writes() && world.options().mode == ReplicaSettings.Mode.FULLSYNC) {
                checkContent(node, op);
            }
        }
    }

    private void checkMedium(Node node, String when) {
        final long[] stable = node.disk().sectors().stable();
        for (int sector = 0; sector < stable.length; sector++) {
            if (!history.durable(sector, stable[sector])) {
                throw new Violation(
                        "flushed writes are on every in-sync medium",
                        "%s: the medium of %s holds #%x in sector %d:%s"
                                .formatted(
                                        when,
                                        node,
                                        Op.idOf(stable[sector]),
                                        sector,
                                        history.describe(sector, Long.MAX_VALUE)));
            }
        }
    }

    private void checkContent(Node node, Op op) {
        final int index = node.index();
        if (!node.alive()
                || losses[index] != node.memoryLosses()
                || changedAt[index] > op.invoked) {
            return;
        }
        final long[] current = node.disk().sectors().current();
        for (int sector = op.sector; sector < op.sector + op.sectors; sector++) {
            if (!history.newerThan(sector, current[sector], op.invoked)) {
                throw new Violation(
                        "acknowledged writes are on every in-sync replica",
                        "%s is acknowledged, %s holds #%x in sector %d:%s"
                                .formatted(
                                        op,
                                        node,
                                        Op.idOf(current[sector]),
                                        sector,
                                        history.describe(sector, Long.MAX_VALUE)));
            }
        }
    }
}
