package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;

/// At a primary: who has to leave the in-sync set, and the change that takes it out (S3); what is
/// done instead while no arbiter answers (S8).
final class Degrade {

    private final ReplicaState state;
    private final Membership membership;
    private final PrimaryRole primary;

    Degrade(ReplicaState state, Membership membership, PrimaryRole primary) {
        this.state = state;
        this.membership = membership;
        this.primary = primary;
    }

    /// Called from the tick: looks at every peer, and asks for the change.
    void tick() {
        for (int i = 0; i < state.peers.size(); i++) {
            judge(state.peers.get(i));
        }
        shrink();
    }

    /// Says in [Peer#failing] why a peer has to leave.
    private void judge(Peer peer) {
        final int bit = peer.slot < 0 ? 0 : ReplicaSet.bit(peer.slot);
        if ((primary.required() & bit) == 0) {
            giveUpIfSilent(peer);
            return;
        }
        if (peer.failing != null) {
            return;
        }
        if (peer.providerFailed != null) {
            // Said in an earlier reign.
            peer.failing = peer.providerFailed;
            return;
        }
        if (peer.diverged && !peer.counts) {
            // Not settled with: that would write over what a person has yet to give up.
            peer.failing = "it holds writes that are no part of this history";
            return;
        }
        if (mayHaveKeptItsMemory(peer)) {
            return;
        }
        final long timeout = state.settings.timeout();
        if (!peer.up) {
            final boolean wasUp = peer.downSince > primary.reignSince();
            final long since = wasUp ? peer.downSince : primary.reignSince();
            if (state.now - since > (wasUp ? state.settings.reconnectGrace() : timeout)) {
                peer.failing = "its link is down";
            }
        } else if (state.now - Math.max(peer.heardAt, primary.reignSince()) > timeout) {
            peer.failing = "it has been silent for too long";
        } else if (primary.isSettled()
                && state.now
                                - Math.max(
                                        peer.grantUntil - state.settings.grant(),
                                        primary.reignSince())
                        > timeout) {
            peer.failing = "it has given no grant for too long";
        } else if (primary.isSettled() && peer.lost && !peer.counts) {
            peer.failing = "it lost its memory";
        } else if (primary.isSettled() && owesConfirmation(bit, timeout)) {
            peer.failing = "it has not confirmed a write in time";
        } else if (primary.flushes().owes(bit, timeout)) {
            peer.failing = "it has not confirmed a flush in time";
        }
    }

    /// A replica that is being brought back is not waited for by clients, but a write keeps its
    /// range until such a replica has it too: what overlaps would wait for a link that is dead.
    private void giveUpIfSilent(Peer peer) {
        if (peer.up && peer.receives && state.now - peer.heardAt > state.settings.timeout()) {
            giveUpBringingBack(peer, "it has been silent for too long");
        }
    }

    /// S14: a primary that lost its memory, and became primary by a change that it had asked for
    /// before, gives the others the time that a candidate would have given them.
    private boolean mayHaveKeptItsMemory(Peer peer) {
        return !primary.isSettled()
                && state.memoryLost
                && !state.waitedForKeepers
                && !peer.lost
                && state.now - primary.reignSince() <= state.settings.memoryLossWait();
    }

    private boolean owesConfirmation(int bit, long timeout) {
        final Operation oldest = state.operations.at(state.operations.watermark() + 1);
        return oldest != null
                && (oldest.sent & bit) != 0
                && (oldest.written & bit) == 0
                && state.now - oldest.startedAt > timeout;
    }

    /// S3: who cannot confirm leaves the set before anything that it lacks is acknowledged.
    void shrink() {
        if (!state.isPrimary()
                || state.configuration == null
                || !membership.mayPropose()
                || primary.isQuiet()) {
            return;
        }
        ReplicaSet leaving = ReplicaSet.EMPTY;
        final StringBuilder cause = new StringBuilder();
        for (Peer peer : state.peers) {
            if (peer.failing != null && state.configuration.inSync().contains(peer.slot)) {
                leaving = leaving.with(peer.slot);
                cause.append(cause.isEmpty() ? "" : "; ")
                        .append(peer.node)
                        .append(": ")
                        .append(peer.failing);
                peer.lastError = peer.failing;
            } else if (peer.failing != null && peer.counts) {
                giveUpBringingBack(peer, peer.failing);
            }
        }
        if (!leaving.isEmpty()) {
            final ReplicaSet rest = state.configuration.inSync().minus(leaving);
            membership.propose(
                    state.configuration,
                    state.configuration.withInSync(rest),
                    cause.toString(),
                    done -> {});
        }
    }

    /// A replica that was about to join does not confirm: from here on writes are acknowledged
    /// without it, so what it has prepared is worth nothing.
    private void giveUpBringingBack(Peer peer, String cause) {
        peer.failing = null;
        state.leaveOut(peer, cause);
        peer.retryAt = state.now + state.settings.reconnectGrace();
        state.effects.disconnect(peer.index, cause);
    }

    /// What the document says for a primary that needs a change while no arbiter answers (S8).
    void failOrContinue() {
        if (membership.unavailableFor() <= state.settings.timeout()
                || primary.grants().missingGrant() == null) {
            return;
        }
        switch (state.settings.onArbiterLost()) {
            case SUSPEND -> {}
            case FAIL -> primary.failUnanswered(Replica.EIO);
            case CONTINUE -> goOnAlone();
        }
    }

    private void goOnAlone() {
        if (state.configuration == null
                || !state.settledOnNewest()
                || !membership.pending().isEmpty()) {
            return;
        }
        ReplicaSet rest = state.configuration.inSync();
        for (Peer peer : state.peers) {
            rest = peer.failing != null ? rest.without(peer.slot) : rest;
        }
        if (!rest.equals(state.configuration.inSync())) {
            // A reign of its own: if the arbiter's record goes on elsewhere, the two histories are
            // seen to have parted (S9).
            final Configuration from = state.configuration;
            final Reign reign =
                    new Reign(state.effects.random(), from.epoch() + 1, from.epoch(), false);
            membership.learn(
                    from.promote(state.slot, rest, reign),
                    "onArbiterLost is continue: going on without the arbiter, split-brain is possible");
        }
    }
}
