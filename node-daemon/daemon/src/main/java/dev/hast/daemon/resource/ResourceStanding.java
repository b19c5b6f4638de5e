package dev.hast.daemon.resource;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.Replica;
import dev.hast.core.replication.ReplicaStatus;
import java.util.List;
import java.util.Optional;

/// How a resource stands on this node, for who follows it: as of some ten milliseconds ago.
///
/// @param primary the node that is primary; absent: nobody, or unknown
/// @param serving this node is primary and serves
/// @param epoch of the configuration; 0 without one
/// @param servingUntil how long this node may serve, in [System#nanoTime]
/// @param inSync this node has every acknowledged write
/// @param successors nodes that could take over from this one now
public record ResourceStanding(
        Optional<String> primary,
        boolean serving,
        long epoch,
        long servingUntil,
        boolean inSync,
        List<String> successors) {

    public static final ResourceStanding NONE =
            new ResourceStanding(Optional.empty(), false, 0, Long.MIN_VALUE, false, List.of());

    /// A change of configuration stops service for a moment: until it is on the disk and the other
    /// replicas have granted anew. So long a standing outlives it, but no longer than the grants of
    /// before. A replica that the change brings in has granted nothing, but waits longer than this
    /// before it takes a primary for lost.
    private static final long PAUSE_NANOS = 1_500_000_000L;

    public ResourceStanding {
        successors = List.copyOf(successors);
    }

    /// On the loop.
    static ResourceStanding of(Replica replica, ResourceStanding before, long now) {
        final ReplicaStatus status = replica.status(now);
        final Configuration configuration = status.configuration();
        final Optional<String> primary =
                configuration == null
                        ? Optional.empty()
                        : configuration.member(configuration.primary()).map(m -> m.node());
        final long until =
                replica.serving()
                        ? replica.servingUntil(now)
                        : replica.pausing() ? before.untilAfterPause(now) : Long.MIN_VALUE;
        final boolean serving = replica.serving() || until > now;
        return new ResourceStanding(
                primary,
                serving,
                configuration == null ? 0 : configuration.epoch(),
                until,
                status.inSync() && !status.memoryLost() && !status.providerFailed(),
                status.peers().stream()
                        .filter(peer -> serving && peer.connected() && peer.inSync())
                        .map(ReplicaStatus.Peer::node)
                        .toList());
    }

    /// How long one that has just paused, or paused before, is still thought to serve.
    long untilAfterPause(long now) {
        return serving ? Math.min(servingUntil, now + PAUSE_NANOS) : Long.MIN_VALUE;
    }

    /// Whether somebody who follows has to look.
    boolean differsFrom(ResourceStanding before) {
        return serving != before.serving
                || epoch != before.epoch
                || !primary.equals(before.primary)
                || inSync != before.inSync;
    }
}
