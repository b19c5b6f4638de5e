package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ReplicaSet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Says what a replica is and does at this moment.
final class StatusReport {

    private final ReplicaState state;
    private final PrimaryRole primary;
    private final Verification verification;

    StatusReport(ReplicaState state, PrimaryRole primary, Verification verification) {
        this.state = state;
        this.primary = primary;
        this.verification = verification;
    }

    boolean lackedByAnyone(long offset) {
        final int extent = state.extents.firstExtent(offset);
        final ReplicaSet absent = state.absent();
        for (int slot = 0; slot < ReplicaSet.SLOTS; slot++) {
            if (absent.contains(slot) && state.extents.dirty(slot).get(extent)) {
                return true;
            }
        }
        return false;
    }

    ReplicaStatus status() {
        final List<ReplicaStatus.Peer> peers = new ArrayList<>();
        for (Peer peer : state.peers) {
            peers.add(status(peer));
        }
        final String because = state.isPrimary() ? primary.notServingBecause() : null;
        return new ReplicaStatus(
                state.role,
                primary.serving() && !primary.isQuiet(),
                because,
                state.needsPerson(),
                state.configuration,
                state.slot,
                state.inSync(),
                state.memoryLost,
                state.providerFailed != null,
                state.operations.inFlight(),
                primary.waiting(),
                state.operations.watermark(),
                state.operations.sequence(),
                state.extents.activeExtents(),
                state.extents.updates(),
                peers,
                verification.status());
    }

    private ReplicaStatus.Peer status(Peer peer) {
        final Resync resync = peer.resync;
        final boolean inSync =
                state.configuration != null && state.configuration.inSync().contains(peer.slot);
        final long dirty =
                inSync || peer.slot < 0
                        ? 0
                        : Math.min(
                                state.size(),
                                (long) state.extents.dirty(peer.slot).count()
                                        * state.extents.extentBytes());
        return new ReplicaStatus.Peer(
                peer.node,
                peer.slot,
                peer.ready(),
                resync != null && !resync.isBroken(),
                inSync,
                state.isPrimary() ? Math.max(0, peer.grantUntil - state.now) : 0,
                resync == null ? dirty : resync.remainingBytes(),
                resync == null ? 0 : resync.totalBytes(),
                resync == null ? 0 : resync.checkedBytes(),
                resync == null ? 0 : resync.copiedBytes(),
                trouble(peer),
                peer.obstacle == null ? peer.lastError : peer.obstacle.text(),
                parted(peer));
    }

    private static ReplicaStatus.Trouble trouble(Peer peer) {
        if (peer.providerFailed != null) {
            return ReplicaStatus.Trouble.PROVIDER_FAILED;
        }
        return peer.obstacle == null ? ReplicaStatus.Trouble.NONE : peer.obstacle.trouble();
    }

    private ReplicaStatus.@Nullable Parted parted(Peer peer) {
        final Configuration ours = state.configuration;
        final Configuration theirs = peer.hello == null ? null : peer.hello.configuration();
        final Obstacle obstacle = state.isPrimary() ? Resync.obstacle(state, peer) : null;
        final boolean refused = obstacle != null && obstacle.isSplitBrain();
        return ours == null || theirs == null || (peer.parted == null && !refused)
                ? null
                : new ReplicaStatus.Parted(
                        ours.commonEpoch(theirs), theirs.epoch(), theirs.reign().tag());
    }
}
