package dev.hast.simulator.check;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.metadata.MapPage;
import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.simulator.kernel.Violation;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.SectorStore;
import dev.hast.simulator.world.World;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An extent that is in neither of two in-sync replicas' activity logs on disk is equal on both;
/// and what it holds is on the medium. This is what lets a crashed replica come back by its
/// activity log alone (S7, S14).
public final class CleanExtents implements Invariant {

    /// The check costs as much as handling some events.
    private static final int EVERY = 16;

    private final World world;
    private final long[] logOnDisk;
    private int events;

    public CleanExtents(World world) {
        this.world = world;
        this.logOnDisk = new long[world.options().nodes];
    }

    /// A damaged page reads as every extent, and the replica knows it so.
    @Override
    public void opened(Node node, StoredReplica stored) {
        logOnDisk[node.index()] = stored.maps().get(MetadataLayout.ACTIVITY_LOG).toWords()[0];
    }

    @Override
    public void persisted(Node node, int page, byte[] content) {
        if (page == MetadataLayout.SUPERBLOCKS + MetadataLayout.ACTIVITY_LOG) {
            final long formatId =
                    java.nio.ByteBuffer.wrap(content)
                            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                            .getLong(Long.BYTES);
            final Optional<long[]> words =
                    MapPage.decode(content, formatId, MetadataLayout.ACTIVITY_LOG, 0);
            logOnDisk[node.index()] =
                    words.orElseThrow(() ->
                            new Violation("metadata is sound", "activity log of " + node))[0];
        }
    }

    @Override
    public void registerChanged(@Nullable Configuration before, Configuration after) {
        check(after);
    }

    @Override
    public void handled(Node node) {
        final Configuration configuration = world.arbiter().register();
        if (configuration != null && ++events % EVERY == 0) {
            check(configuration);
        }
    }

    private void check(Configuration configuration) {
        @Nullable Node reference = null;
        for (Node node : world.nodes()) {
            final int slot = configuration.member(node.name()).map(m -> m.slot()).orElse(-1);
            if (!configuration.inSync().contains(slot)) {
                continue;
            }
            checkMedium(node, configuration);
            if (reference != null) {
                compare(reference, node, configuration);
            }
            reference = node;
        }
    }

    private int extents(Configuration configuration) {
        return (int) (configuration.size() / world.options().extentBytes);
    }

    private int extentSectors() {
        return world.options().extentBytes / SectorStore.SECTOR_BYTES;
    }

    private void checkMedium(Node node, Configuration configuration) {
        final SectorStore store = node.disk().sectors();
        same(node, store.current(), node, store.stable(), configuration);
    }

    private void compare(Node first, Node second, Configuration configuration) {
        same(
                first,
                first.disk().sectors().current(),
                second,
                second.disk().sectors().current(),
                configuration);
    }

    private void same(
            Node first, long[] one, Node second, long[] other, Configuration configuration) {
        final long dirty = logOnDisk[first.index()] | logOnDisk[second.index()];
        for (int extent = 0; extent < extents(configuration); extent++) {
            if ((dirty & (1L << extent)) != 0) {
                continue;
            }
            final int from = extent * extentSectors();
            final int at =
                    Arrays.mismatch(
                            one, from, from + extentSectors(), other, from, from + extentSectors());
            if (at >= 0) {
                throw new Violation(
                        first == second
                                ? "clean extents are on the medium"
                                : "clean extents are equal",
                        "extent %d, sector %d: %s holds #%x, %s holds #%x (in-sync %s, epoch %d)"
                                .formatted(
                                        extent,
                                        from + at,
                                        first,
                                        Op.idOf(one[from + at]),
                                        second == first ? "its medium" : second,
                                        Op.idOf(other[from + at]),
                                        configuration.inSync(),
                                        configuration.epoch()));
            }
        }
    }
}
