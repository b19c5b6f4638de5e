package dev.hast.daemon.resource;

import dev.hast.core.replication.ReplicaSettings;
import dev.hast.daemon.document.ResourceDocument;
import dev.hast.daemon.document.ResourceDocument.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A resource's document in the core's terms.
final class ResourceSettings {

    /// A broken link gets this long to come back before its replica leaves the set.
    private static final Duration RECONNECT_GRACE = Duration.ofMillis(300);

    private static final Duration MEMORY_LOSS_WAIT = Duration.ofSeconds(10);
    private static final int OPERATIONS_MAX = 1024;

    private ResourceSettings() {}

    /// @param known peers of before, in their order: new ones are added behind
    static ReplicaSettings of(
            ResourceDocument document, String node, boolean arbitrated, List<String> known) {
        final List<String> peers = new ArrayList<>(known);
        for (Replica replica : document.replicas()) {
            if (!replica.node().equals(node) && !peers.contains(replica.node())) {
                peers.add(replica.node());
            }
        }
        final var replication = document.replication();
        final long grant = replication.grantDuration().toNanos();
        return new ReplicaSettings(
                node,
                peers,
                switch (replication.mode()) {
                    case FULLSYNC -> ReplicaSettings.Mode.FULLSYNC;
                    case MEMSYNC -> ReplicaSettings.Mode.MEMSYNC;
                    case ASYNC -> ReplicaSettings.Mode.ASYNC;
                },
                arbitrated,
                arbitrated,
                switch (document.onArbiterLost()) {
                    case SUSPEND -> ReplicaSettings.OnArbiterLost.SUSPEND;
                    case FAIL -> ReplicaSettings.OnArbiterLost.FAIL;
                    case CONTINUE -> ReplicaSettings.OnArbiterLost.CONTINUE;
                },
                replication.timeout().toNanos(),
                grant,
                grant / 6,
                Math.min(grant / 6, replication.timeout().toNanos() / 4),
                RECONNECT_GRACE.toNanos(),
                MEMORY_LOSS_WAIT.toNanos(),
                (int) document.extentSize().bytes(),
                document.activityLogExtents(),
                OPERATIONS_MAX,
                document.resync().maxRate().map(rate -> rate.bytes()).orElse(0L),
                document.resync().minRate().bytes());
    }
}
