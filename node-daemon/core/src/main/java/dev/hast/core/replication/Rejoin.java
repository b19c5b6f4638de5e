package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;

/// What a primary does for each peer, as things are: settles with it, sends it the writes of the
/// reign, or brings it back into the set.
final class Rejoin {

    private final ReplicaState state;
    private final Membership membership;
    private final PrimaryRole primary;
    private final Settlement settlement;
    private final RangeLocks locks;
    private final Throttle throttle;

    Rejoin(ReplicaParts parts) {
        this.state = parts.state();
        this.membership = parts.membership();
        this.primary = parts.primary();
        this.settlement = parts.settlement();
        this.locks = parts.locks();
        this.throttle = parts.throttle();
    }

    void considerAll() {
        state.peers.forEach(this::consider);
    }

    /// What a primary does for a peer, as things are.
    void consider(Peer peer) {
        final Configuration configuration = state.configuration;
        if (!state.isPrimary()
                || configuration == null
                || !state.settledOnNewest()
                || !peer.ready()) {
            return;
        }
        if (configuration.inSync().contains(peer.slot)) {
            if (!primary.isSettled()) {
                if (!peer.receives) {
                    settlement.askOnce(peer);
                }
            } else if (!peer.receives && !peer.lost) {
                primary.resume(peer);
                state.send(peer, new Message.Settled(state.epoch()));
            }
        } else if (peer.slot >= 0 && primary.isSettled()) {
            bringBack(peer);
        }
    }

    private void bringBack(Peer peer) {
        final Resync current = peer.resync;
        if (peer.providerFailed != null) {
            // It is asked for nothing, so it is not given up for its silence.
            peer.obstacle =
                    new Obstacle(ReplicaStatus.Trouble.PROVIDER_FAILED, peer.providerFailed);
            leaveAlone(peer, peer.providerFailed);
            return;
        }
        if (current != null && !current.isBroken()) {
            current.goOn();
            return;
        }
        if (state.now < peer.retryAt || throttle.paused() || state.providerFailed != null) {
            return;
        }
        final Obstacle obstacle = Resync.obstacle(state, peer);
        if (obstacle != null) {
            if (!obstacle.equals(peer.obstacle) && obstacle.isSplitBrain()) {
                state.effects.report(new Report.SplitBrain(peer.node, obstacle.text()));
            }
            peer.obstacle = obstacle;
            return;
        }
        peer.obstacle = null;
        final Resync resync =
                current == null
                        ? new Resync(state, membership, primary, locks, peer, throttle)
                        : current;
        peer.resync = resync;
        resync.begin();
    }

    private void leaveAlone(Peer peer, String cause) {
        if (!peer.receives && !peer.counts) {
            return;
        }
        peer.failing = null;
        state.leaveOut(peer, cause);
        primary.goOn();
    }
}
