package dev.hast.simulator.check;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.metadata.Superblock;
import dev.hast.core.metadata.SuperblockCodec;
import dev.hast.core.metadata.UnsupportedFormatException;
import dev.hast.core.replication.Report;
import dev.hast.simulator.kernel.Violation;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.World;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// - The register's epoch grows by one with each change.
/// - The epoch on a disk never goes down.
/// - A configuration on a disk is one that the register has held: so an epoch has one primary and
///   one in-sync set.
/// - Nobody sees a split-brain where none can be.
public final class ConfigurationRules implements Invariant {

    private final World world;
    private final boolean arbitrated;
    private final boolean strict;
    private final long[][] epochOnPage;
    private final long[] adopted;

    public ConfigurationRules(World world, boolean strict) {
        this.world = world;
        this.strict = strict;
        this.arbitrated = world.options().arbitrated;
        this.epochOnPage = new long[world.options().nodes][2];
        this.adopted = new long[world.options().nodes];
    }

    @Override
    public void registerChanged(@Nullable Configuration before, Configuration after) {
        Violation.unless(
                before == null || after.epoch() == before.epoch() + 1,
                "the arbiter's epoch grows by one",
                "%s became %s",
                before,
                after);
    }

    @Override
    public void persisted(Node node, int page, byte[] content) {
        if (page > 1) {
            return;
        }
        final Configuration onDisk = superblock(page, content).configuration();
        if (onDisk == null) {
            return;
        }
        rises(node, epochOnPage[node.index()][page], onDisk.epoch(), "writes");
        epochOnPage[node.index()][page] = onDisk.epoch();
        if (!arbitrated
                || world.options().onArbiterLost
                        == dev.hast.core.replication.ReplicaSettings.OnArbiterLost.CONTINUE) {
            return;
        }
        final Configuration held =
                world.arbiter().history().stream()
                        .filter(c -> c.epoch() == onDisk.epoch())
                        .findFirst()
                        .orElse(null);
        Violation.unless(
                onDisk.equals(held),
                "one configuration an epoch",
                "%s writes %s, the register held %s",
                node,
                onDisk,
                held);
    }

    /// What was adopted is found again. An epoch of which one copy was written may be lost with
    /// that copy.
    @Override
    public void opened(Node node, StoredReplica stored) {
        final Configuration found = stored.superblock().configuration();
        final long epoch = found == null ? 0 : found.epoch();
        if (found != null) {
            rises(node, adopted[node.index()], epoch, "finds");
        }
        Arrays.fill(epochOnPage[node.index()], epoch);
    }

    private void rises(Node node, long before, long after, String does) {
        Violation.unless(
                after >= before || !strict,
                "epochs on disk rise",
                "%s had epoch %d on disk and %s %d",
                node,
                before,
                does,
                after);
    }

    private static Superblock superblock(int page, byte[] content) {
        try {
            final Optional<Superblock> decoded = SuperblockCodec.decode(content, page);
            return decoded.orElseThrow(
                    () -> new Violation("metadata is sound", "superblock copy " + page));
        } catch (UnsupportedFormatException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void reported(Node node, Report report) {
        if (report instanceof Report.Adopted(Configuration configuration, _)) {
            adopted[node.index()] = configuration.epoch();
        }
        if (strict && report instanceof Report.SplitBrain && reigns() <= Configuration.REIGNS_MAX) {
            throw new Violation("no split-brain where none can be", node + " reports " + report);
        }
    }

    private long reigns() {
        return world.arbiter().history().stream().map(Configuration::reign).distinct().count();
    }
}
