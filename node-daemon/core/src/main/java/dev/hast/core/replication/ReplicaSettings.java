package dev.hast.core.replication;

import java.util.List;

/// What a replica is told by its document. May be replaced while it runs ([Replica#settings]),
/// except node, peers, extent size and arbiter.
///
/// Times are nanoseconds of the replica's own monotonic clock.
///
/// @param peers the other nodes; a link's index is the position in this list, which only grows
/// @param arbitrated whether an arbiter decides; without one (HAST's manual roles) changes are made
///   by this node alone
/// @param autoPromote whether a secondary promotes itself when its grant has run out
/// @param timeout how long an in-sync replica may stay silent or owe a confirmation before it is
///   removed from the set
/// @param grant how long a secondary's consent lasts (S6)
/// @param margin what a secondary waits on top before it promotes itself; must exceed the drift of
///   two clocks over `grant`
/// @param heartbeat how often the primary asks for grants; at most half of `timeout`
/// @param reconnectGrace how long a broken link may stay down before its replica is removed
/// @param memoryLossWait how long a replica that lost its memory waits for one that kept it (S14)
/// @param resyncBytesPerSecond what resync and verify never exceed; 0 for no such limit
/// @param resyncBytesPerSecondLeast what is left to them however busy clients are
public record ReplicaSettings(
        String node,
        List<String> peers,
        Mode mode,
        boolean arbitrated,
        boolean autoPromote,
        OnArbiterLost onArbiterLost,
        long timeout,
        long grant,
        long margin,
        long heartbeat,
        long reconnectGrace,
        long memoryLossWait,
        int extentBytes,
        int activityLogExtents,
        int operationsMax,
        long resyncBytesPerSecond,
        long resyncBytesPerSecondLeast) {

    /// When a write is acknowledged (S2).
    public enum Mode {
        FULLSYNC,
        MEMSYNC,
        ASYNC
    }

    /// What a primary does that needs a change of configuration while no arbiter answers (S8).
    public enum OnArbiterLost {
        /// I/O waits.
        SUSPEND,
        /// I/O fails with EIO.
        FAIL,
        /// It goes on alone; split-brain is then possible.
        CONTINUE
    }

    public ReplicaSettings {
        peers = List.copyOf(peers);
        if (peers.size() > 7) {
            throw new IllegalArgumentException(
                    "a resource has at most 8 replicas, " + (peers.size() + 1) + " are given");
        }
        if (heartbeat * 2 > timeout) {
            throw new IllegalArgumentException(
                    "the timeout must be two heartbeats or more: a replica that answers each would be given up");
        }
        if (margin * 8 < grant) {
            throw new IllegalArgumentException(
                    "margin must be an eighth of the grant or more: clocks drift");
        }
    }

    private static final long MILLISECOND = 1_000_000L;

    /// The defaults of the product.
    public static ReplicaSettings defaults(String node, List<String> peers) {
        return new ReplicaSettings(
                node,
                peers,
                Mode.FULLSYNC,
                true,
                true,
                OnArbiterLost.SUSPEND,
                2_000 * MILLISECOND,
                3_000 * MILLISECOND,
                500 * MILLISECOND,
                500 * MILLISECOND,
                300 * MILLISECOND,
                10_000 * MILLISECOND,
                2 << 20,
                1024,
                1024,
                0,
                10 << 20);
    }
}
