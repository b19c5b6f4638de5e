package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ReplicaSet;
import org.jspecify.annotations.Nullable;

/// What a change of the configuration makes of this replica: its role, its reign, and who is
/// brought back.
final class RoleChanges implements Membership.Listener {

    private final ReplicaState state;
    private final Membership membership;
    private final PrimaryRole primary;
    private final SecondaryRole secondary;
    private final Settlement settlement;
    private final Verification verification;
    private final Rejoin rejoin;

    RoleChanges(ReplicaParts parts, Rejoin rejoin) {
        this.state = parts.state();
        this.membership = parts.membership();
        this.primary = parts.primary();
        this.secondary = parts.secondary();
        this.settlement = parts.settlement();
        this.verification = parts.verification();
        this.rejoin = rejoin;
    }

    /// A person has given up this replica's copy.
    void discarded() {
        if (state.isPrimary()) {
            endReign("its copy was given up");
        }
        state.configuration = null;
        state.newest = null;
        state.slot = -1;
        state.arbiterNeedsPerson = null;
        state.arbiterRecord = null;
        state.memoryLost = false;
        state.role = Role.INIT;
        state.givingUp = false;
        for (Peer peer : state.peers) {
            peer.slot = -1;
            peer.parted = null;
        }
        disconnectAll("this replica gave up its copy");
        membership.readArbiter();
    }

    private void disconnectAll(String cause) {
        for (Peer peer : state.peers) {
            if (peer.up) {
                state.effects.disconnect(peer.index, cause);
            }
        }
    }

    private void endReign(String cause) {
        final Role before = state.role;
        state.role = Role.SECONDARY;
        settlement.cancel();
        verification.stop("this node is not the primary any more");
        for (Peer peer : state.peers) {
            peer.obstacle = null;
            if (peer.resync != null) {
                peer.resync.broken("this node is not the primary any more");
                peer.resync = null;
            }
        }
        primary.stepDown();
        state.effects.report(new Report.RoleChanged(before, state.role, state.epoch(), cause));
    }

    @Override
    public void learned() {
        final Configuration newest = state.newest;
        if (newest != null && state.isPrimary() && newest.primary() != state.slotIn(newest)) {
            endReign("epoch %d has another primary".formatted(newest.epoch()));
            // The successor has not asked for a grant yet: give it the time of one.
            if (newest.primary() != Configuration.NOBODY) {
                secondary.promise(state.now + state.settings.grant());
            }
            state.peers.forEach(peer -> {
                if (peer.ready()) {
                    primary.announce(peer);
                    if (state.providerFailed != null) {
                        state.send(peer, new Message.Failed(state.providerFailed));
                    }
                }
            });
        }
    }

    @Override
    public void markUnconfirmed(ReplicaSet absent) {
        secondary.markUnconfirmed(absent);
    }

    @Override
    public void adopted(@Nullable Configuration before, Configuration after, String cause) {
        if (membership.histories().leaves(before, after)) {
            // A greeting is of one history: who was bringing this replica back has to see that it
            // was elsewhere.
            secondary.takenUpAnotherHistory();
            disconnectAll("this replica has taken up another history");
        }
        secondary.adopted(after);
        if (after.primary() == state.slot && state.slot >= 0 && mayReign(before, after)) {
            asPrimary(before, after, cause);
        } else {
            asSecondary(after, cause);
        }
    }

    /// A reign is led by one process: one that was restarted in it has forgotten the order of its
    /// writes. It stays a secondary, and asks for a reign of its own ([Candidacy]).
    private boolean mayReign(@Nullable Configuration before, Configuration after) {
        return state.isPrimary()
                || state.has(Bug.REIGN_GOES_ON)
                || before == null
                || after.reign().firstEpoch() > before.epoch();
    }

    private void asSecondary(Configuration after, String cause) {
        if (state.isPrimary()) {
            // It became primary of an epoch that was over already when it reached the disk.
            endReign(cause);
        }
        final Role role = state.slot < 0 ? Role.INIT : Role.SECONDARY;
        if (role != state.role) {
            state.effects.report(new Report.RoleChanged(state.role, role, after.epoch(), cause));
            state.role = role;
        }
        for (Peer peer : state.peers) {
            peer.failing = null;
        }
    }

    private void asPrimary(@Nullable Configuration before, Configuration after, String cause) {
        final boolean begins =
                !state.isPrimary() || before == null || before.reign().tag() != after.reign().tag();
        if (begins) {
            final Role was = state.role;
            state.role = Role.PRIMARY;
            primary.reignBegins(before, after, secondary.promisedUntil());
            state.effects.report(new Report.RoleChanged(was, Role.PRIMARY, after.epoch(), cause));
        }
        for (Peer peer : state.peers) {
            if (peer.ready()) {
                primary.announce(peer);
            }
        }
        if (begins || before == null) {
            settlement.reignBegins();
            return;
        }
        for (Peer peer : state.peers) {
            changed(peer, before, after);
        }
        settlement.review();
        primary.goOn();
        rejoin.considerAll();
    }

    /// What a change within a reign means for one peer.
    private void changed(Peer peer, Configuration before, Configuration after) {
        final boolean was = before.inSync().contains(peer.slot);
        final boolean is = after.inSync().contains(peer.slot);
        final Resync resync = peer.resync;
        if (is && !was) {
            peer.counts = false;
            peer.failing = null;
            peer.obstacle = null;
            peer.lastError = null;
            peer.resync = null;
            if (resync != null) {
                resync.joined();
            }
        } else if (was && !is) {
            peer.receives = false;
            peer.failing = null;
            peer.retryAt = state.now + state.settings.reconnectGrace();
        } else if (!is && resync != null) {
            if (before.size() != after.size() || peer.slot < 0) {
                resync.broken("the volume has changed");
                peer.receives = false;
                peer.counts = false;
                peer.resync = null;
            } else {
                resync.epochChanged();
            }
        }
    }
}
