package dev.hast.simulator.check;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ReplicaSettings;
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.core.replication.Report;
import dev.hast.core.replication.Role;
import dev.hast.simulator.kernel.Violation;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.World;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tells the history when a reign begins to serve, and what it may lack.
///
/// S14 as this check reads it: what was acknowledged and not flushed may be gone when the new
/// primary had lost its memory, and either every other member of the set that it was promoted from
/// had lost its own too, or the primary has said that it was promoted without memory. In `async` it
/// may be gone with every change of reign.
final class Reigns implements Invariant {

    private final World world;
    private final History history;
    private final boolean strict;
    private final long[] wholeAt;
    private final Set<Node> promotedFrom = new LinkedHashSet<>();
    private boolean primaryLost;
    private boolean said;

    Reigns(World world, History history, boolean strict) {
        this.world = world;
        this.history = history;
        this.strict = strict;
        this.wholeAt = new long[world.options().nodes];
    }

    @Override
    public void handled(Node node) {
        final Configuration configuration = world.arbiter().register();
        if (configuration != null
                && !promotedFrom.isEmpty()
                && slot(configuration, node) == configuration.primary()) {
            primaryLost |= lost(node);
        }
        if (lost(node)) {
            final ReplicaStatus status = node.status();
            if (status != null && !status.memoryLost()) {
                wholeAt[node.index()] = node.memoryLosses();
                // A primary that has taken over what it lost from a member that kept it.
                primaryLost &=
                        configuration == null
                                || slot(configuration, node) != configuration.primary();
            }
        }
    }

    private boolean lost(Node node) {
        return wholeAt[node.index()] != node.memoryLosses();
    }

    private static int slot(Configuration configuration, Node node) {
        return configuration
                .member(node.name())
                .map(member -> member.slot())
                .orElse(Configuration.NOBODY);
    }

    @Override
    public void registerChanged(@Nullable Configuration before, Configuration after) {
        if (before == null || before.reign().equals(after.reign())) {
            return;
        }
        said = false;
        primaryLost = false;
        for (Node member : world.nodes()) {
            if (before.inSync().contains(slot(before, member))) {
                promotedFrom.add(member);
            }
            primaryLost |= slot(after, member) == after.primary() && lost(member);
        }
    }

    @Override
    public void reported(Node node, Report report) {
        if (report instanceof Report.PromotedWithoutMemory) {
            said = true;
        }
        if (report instanceof Report.RoleChanged changed && changed.to() == Role.PRIMARY) {
            // It may have been brought back by the primary of before after it asked.
            primaryLost = lost(node);
        }
        if (!(report instanceof Report.Serving)) {
            return;
        }
        final Configuration configuration = world.arbiter().register();
        final boolean keeper =
                promotedFrom.stream().anyMatch(member -> member != node && !lost(member));
        final boolean keeperStays =
                promotedFrom.stream()
                        .anyMatch(member ->
                                member != node
                                        && !lost(member)
                                        && configuration != null
                                        && configuration
                                                .inSync()
                                                .contains(slot(configuration, member)));
        final boolean async = world.options().mode == ReplicaSettings.Mode.ASYNC;
        if (async || primaryLost && (said || !keeper)) {
            history.memoryLost();
        } else if (strict && primaryLost && !keeperStays) {
            throw new Violation(
                    "memory loss is said",
                    node
                            + " lost its memory, and serves without a member that kept its own, and does not say so");
        }
        history.reign();
        promotedFrom.clear();
        primaryLost = false;
        said = false;
    }
}
