package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ReplicaSet;
import org.jspecify.annotations.Nullable;

/// The grants that a primary holds, and from whom it needs them (S1, S6).
final class GrantsHeld {

    private final ReplicaState state;
    private final Membership membership;

    /// A primary of before that may hold our grant until then: its slot, or nobody (S6).
    private int predecessor = Configuration.NOBODY;

    private long predecessorUntil;

    GrantsHeld(ReplicaState state, Membership membership) {
        this.state = state;
        this.membership = membership;
    }

    /// @param before the configuration in which this replica may have granted
    /// @param promisedUntil how long its grants last, by this clock
    void reignBegins(@Nullable Configuration before, Configuration after, long promisedUntil) {
        final int primaryBefore = before == null ? state.slot : before.primary();
        final Peer holder =
                before == null
                        ? null
                        : before.member(primaryBefore)
                                .map(member -> state.peerNamed(member.node()))
                                .orElse(null);
        final boolean ended = holder != null && knows(holder.told, after);
        final boolean dropped =
                primaryBefore != state.slot && !ended && !after.inSync().contains(primaryBefore);
        predecessor =
                dropped && !state.has(Bug.ACT_UNDER_PROMISE) ? primaryBefore : Configuration.NOBODY;
        predecessorUntil = promisedUntil + state.settings.margin();
        for (Peer peer : state.peers) {
            peer.grantUntil = Peer.NEVER;
        }
    }

    /// A peer told what it has adopted. One that knows this reign has ended its own. This replica
    /// may have heard of its own reign from just that one.
    void heard(Peer peer, Configuration theirs) {
        if (peer.told == null || theirs.epoch() > peer.told.epoch()) {
            peer.told = theirs;
        }
        if (peer.slot == predecessor
                && state.configuration != null
                && knows(theirs, state.configuration)) {
            predecessor = Configuration.NOBODY;
        }
    }

    private static boolean knows(@Nullable Configuration theirs, Configuration reigning) {
        return theirs != null && theirs.reign().tag() == reigning.reign().tag();
    }

    /// The other replicas whose confirmation, flush and grant are needed.
    int required() {
        if (state.configuration == null) {
            return 0;
        }
        int mask = state.configuration.inSync().mask() | membership.pending().mask();
        if (state.newest != null) {
            // One that is on its way to the disk: who joins by it must not miss a write.
            mask |= state.newest.inSync().mask();
        }
        for (int i = 0; i < state.peers.size(); i++) {
            final Peer peer = state.peers.get(i);
            if (peer.counts && peer.slot >= 0) {
                mask |= ReplicaSet.bit(peer.slot);
            }
            if (peer.failing != null && state.has(Bug.SHRINK_AFTER_ACKNOWLEDGE)) {
                mask &= peer.slot < 0 ? mask : ~ReplicaSet.bit(peer.slot);
            }
        }
        return mask & ~state.self().mask();
    }

    /// Why the grants forbid to serve; null when they do not.
    @Nullable String missing() {
        if (predecessor != Configuration.NOBODY && state.now <= predecessorUntil) {
            return "a grant that this node gave to %s may still last"
                    .formatted(state.nodeOf(predecessor));
        }
        return missingGrant();
    }

    /// From whom a grant is missing, in words; null when none is.
    @Nullable String missingGrant() {
        int missing = state.has(Bug.SERVE_WITHOUT_GRANT) ? 0 : required();
        for (int i = 0; i < state.peers.size(); i++) {
            final Peer peer = state.peers.get(i);
            if (peer.slot >= 0 && peer.grantEpoch == state.epoch() && state.now < peer.grantUntil) {
                missing &= ~ReplicaSet.bit(peer.slot);
            }
        }
        if (missing == 0) {
            return null;
        }
        final String node = state.nodeOf(Integer.numberOfTrailingZeros(missing));
        return membership.unavailableCause() == null
                ? "no grant from " + node
                : "no grant from "
                        + node
                        + ", and the arbiter cannot be asked: "
                        + membership.unavailableCause();
    }

    /// When the first of the grants that are needed runs out; [Long#MAX_VALUE] when none is needed.
    long until() {
        final int required = required();
        long until = Long.MAX_VALUE;
        for (int i = 0; i < state.peers.size(); i++) {
            final Peer peer = state.peers.get(i);
            if (peer.slot >= 0 && (required & ReplicaSet.bit(peer.slot)) != 0) {
                until =
                        Math.min(
                                until,
                                peer.grantEpoch == state.epoch() ? peer.grantUntil : Peer.NEVER);
            }
        }
        return until;
    }

    /// Says whether it was a grant that counts.
    boolean granted(Peer peer, Message.Grant grant) {
        if (state.isPrimary() && grant.epoch() == state.epoch() && grant.ask() <= state.now) {
            peer.grantEpoch = grant.epoch();
            peer.grantUntil =
                    Math.max(
                            peer.grantUntil,
                            (state.has(Bug.GRANT_COUNTS_FROM_ARRIVAL) ? state.now : grant.ask())
                                    + Math.min(grant.length(), state.settings.grant()));
            peer.heardAt = state.now;
            return true;
        }
        return false;
    }
}
