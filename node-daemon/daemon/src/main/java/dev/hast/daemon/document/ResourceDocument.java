package dev.hast.daemon.document;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A `HastResource`: what a replicated volume should be. Already checked; every field has its value
/// or its default.
///
/// @param name the resource; its device is `/dev/hast/NAME`
/// @param size of the volume; absent means what the smallest provider can hold, decided once at
///   `create`
/// @param replicas 1 to 8, on different nodes
/// @param primary who should be primary
/// @param replication how writes are replicated
/// @param extentSize the unit of dirtiness, a power of two; fixed at `create`
/// @param activityLogExtents how many extents may have writes in flight or be kept hot; fixed at
///   `create`
/// @param onArbiterLost what happens when a change of configuration is needed and the arbiter is
///   away
/// @param resync how a replica is brought back
public record ResourceDocument(
        String name,
        Optional<ByteCount> size,
        List<Replica> replicas,
        PreferredPrimary primary,
        Replication replication,
        ByteCount extentSize,
        int activityLogExtents,
        ArbiterLoss onArbiterLost,
        Resync resync) {

    public static final int REPLICAS_MAX = 8;
    public static final ByteCount EXTENT_SIZE_DEFAULT = ByteCount.of(2 << 20);
    public static final ByteCount EXTENT_SIZE_MIN = ByteCount.of(64 << 10);
    public static final ByteCount EXTENT_SIZE_MAX = ByteCount.of(1 << 30);
    public static final int ACTIVITY_LOG_EXTENTS_DEFAULT = 256;
    public static final int ACTIVITY_LOG_EXTENTS_MIN = 8;
    public static final int ACTIVITY_LOG_EXTENTS_MAX = 65_536;
    public static final ByteCount SIZE_MIN = ByteCount.of(1 << 20);
    public static final int SECTOR_SIZE = 4096;

    public ResourceDocument {
        replicas = List.copyOf(replicas);
    }

    /// The replica on a node, if it holds one.
    public Optional<Replica> replicaOn(String node) {
        return replicas.stream().filter(r -> r.node().equals(node)).findFirst();
    }

    /// One copy of the volume.
    ///
    /// @param node the node that holds it
    /// @param place where on that node
    /// @param address where that node's daemon listens for its peers
    /// @param source the local address that this node connects to its peers from, where it matters
    public record Replica(String node, Place place, Endpoint address, Optional<String> source) {}

    /// Where on a node a replica lies.
    public sealed interface Place {
        /// How people read it: the path, or `pool NAME`.
        String text();
    }

    /// A disk, partition, logical volume or file.
    public record ProviderPath(String path) implements Place {
        @Override
        public String text() {
            return path;
        }
    }

    /// A pool that the operator makes a provider in. A daemon on its own refuses it at load.
    public record PoolName(String pool) implements Place {
        @Override
        public String text() {
            return "pool " + pool;
        }
    }

    /// Who should be primary.
    public sealed interface PreferredPrimary {
        /// The word in documents.
        String text();
    }

    /// The arbiter's configuration decides; the first one is taken by a replica that asks.
    public record AnyNode() implements PreferredPrimary {
        @Override
        public String text() {
            return "auto";
        }
    }

    /// This node, by a planned hand-over once it is in sync.
    public record OnNode(String node) implements PreferredPrimary {
        @Override
        public String text() {
            return node;
        }
    }

    /// How writes are replicated.
    ///
    /// @param mode when a write is acknowledged
    /// @param timeout how long a replica may owe a confirmation before it is taken out of the
    ///   in-sync set
    /// @param grantDuration how long a secondary's consent lasts; a failover can't be quicker than
    ///   it
    /// @param checksum how blocks are protected end to end
    /// @param compression what is done to blocks on the wire
    public record Replication(
            ReplicationMode mode,
            Duration timeout,
            Duration grantDuration,
            Checksum checksum,
            Compression compression) {

        public static final Replication DEFAULT =
                new Replication(
                        ReplicationMode.FULLSYNC,
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        Checksum.CRC32C,
                        Compression.HOLE);
        public static final Duration TIMEOUT_MIN = Duration.ofMillis(100);
        public static final Duration GRANT_MIN = Duration.ofMillis(500);
        public static final Duration GRANT_MAX = Duration.ofMinutes(5);
    }

    /// How a replica is brought back.
    ///
    /// @param maxRate bytes a second that resync never exceeds; absent means that only the governor
    ///   limits it
    /// @param minRate bytes a second that the governor leaves to resync however busy the clients
    ///   are
    public record Resync(Optional<ByteCount> maxRate, ByteCount minRate) {
        public static final Resync DEFAULT = new Resync(Optional.empty(), ByteCount.of(10 << 20));
    }
}
