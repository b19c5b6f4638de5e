package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import org.jspecify.annotations.Nullable;

/// Decides when this replica asks to become primary, and asks (S4, S6, S14).
///
/// - A member of the set asks when its grant has run out, plus the margin, and nobody renewed it:
///   the primary is gone.
/// - A restarted primary that is still primary in the configuration begins a new reign at once:
///   nobody else can have been promoted in an epoch that it does not know, for the compare would
///   fail.
/// - A member that lost its memory leaves it to one that kept it. It asks only when every other
///   member is known to have lost its own, or none that kept it has answered for a stated time.
/// - Whoever asks has written its superblock anew just before. A change that cannot be adopted here
///   would leave a set that nobody can be promoted from.
final class Candidacy {

    private static final long STAGGER = 100_000_000L;
    private static final long RETRY = 500_000_000L;

    private final ReplicaState state;
    private final Membership membership;
    private final SecondaryRole secondary;
    private long notBefore;
    private long aloneSince = Long.MIN_VALUE;
    private boolean proving;

    /// Who waits for the proof that was asked for by a person.
    private @Nullable AdminAnswer ordered;

    Candidacy(ReplicaState state, Membership membership, SecondaryRole secondary) {
        this.state = state;
        this.membership = membership;
        this.secondary = secondary;
    }

    void tick() {
        if (!proving && state.now >= notBefore && mayAsk()) {
            proving = true;
            proveWritable(() -> {
                proving = false;
                // The primary may have been heard meanwhile.
                if (mayAsk()) {
                    ask();
                }
            });
        }
    }

    private void proveWritable(Runnable then) {
        state.persist(block -> block, then);
    }

    private boolean mayAsk() {
        final Configuration configuration = state.configuration;
        if (configuration == null
                || state.isPrimary()
                || state.stopping
                || state.providerFailed != null
                || (!state.inSync() && !state.has(Bug.PROMOTE_OUT_OF_SET))
                // The set counts on a copy that is not here any more, or is of another history.
                || !state.holdsCopyOf(configuration)
                || !membership.mayPropose()) {
            return false;
        }
        final boolean resumes = configuration.primary() == state.slot;
        // Somebody who made the place vacant also says who takes it.
        final boolean vacant = configuration.primary() == Configuration.NOBODY;
        final boolean allowed =
                resumes || (state.settings.arbitrated() && state.settings.autoPromote());
        if (!allowed || vacant || (!resumes && !promiseIsOver(configuration))) {
            return false;
        }
        final boolean unsure =
                state.memoryLost && !(resumes && !state.settings.arbitrated()) && !othersLostToo();
        return !unsure
                && !(resumes
                        && !state.settings.arbitrated()
                        && state.memoryLost
                        && !mayResumeWithoutMemory());
    }

    private void ask() {
        final Configuration configuration = state.configuration;
        if (configuration == null) {
            return;
        }
        notBefore = state.now + RETRY;
        final boolean resumes = configuration.primary() == state.slot;
        final ReplicaSet set =
                resumes
                        ? configuration.inSync()
                        : configuration.inSync().without(configuration.primary());
        ask(
                configuration,
                set,
                configuration.epoch(),
                false,
                resumes
                        ? "the primary resumes"
                        : "the primary is silent and its grant has run out");
    }

    private boolean promiseIsOver(Configuration configuration) {
        if (state.has(Bug.PROMOTE_EARLY)) {
            return true;
        }
        int rank = 0;
        for (int slot = 0; slot < state.slot; slot++) {
            rank +=
                    configuration.inSync().contains(slot) && slot != configuration.primary()
                            ? 1
                            : 0;
        }
        return state.now > secondary.promisedUntil() + state.settings.margin() + rank * STAGGER;
    }

    /// Whether nobody who kept its memory can be expected to take over.
    private boolean othersLostToo() {
        final Configuration configuration = state.configuration;
        if (configuration == null) {
            return false;
        }
        ReplicaSet unknown = configuration.inSync().minus(state.self());
        boolean keeperConnected = false;
        for (Peer peer : state.peers) {
            if (peer.ready() && unknown.contains(peer.slot)) {
                unknown = peer.lost ? unknown.without(peer.slot) : unknown;
                keeperConnected |= !peer.lost;
            }
        }
        if (unknown.isEmpty()) {
            return true;
        }
        if (keeperConnected) {
            aloneSince = Long.MIN_VALUE;
            return false;
        }
        if (aloneSince == Long.MIN_VALUE) {
            aloneSince = state.now;
        }
        return state.now - aloneSince > state.settings.memoryLossWait();
    }

    /// Without an arbiter the restarted primary resumes in any case, but first looks for a member
    /// from which it can take what it lost.
    private boolean mayResumeWithoutMemory() {
        for (Peer peer : state.peers) {
            if (peer.ready()
                    && state.inSync()
                    && state.configuration != null
                    && state.configuration.inSync().contains(peer.slot)
                    && !peer.lost) {
                return true;
            }
        }
        return othersLostToo();
    }

    private void ask(Configuration base, ReplicaSet set, long basis, boolean forced, String cause) {
        state.waitedForKeepers = state.memoryLost;
        final Reign reign = new Reign(state.effects.random(), base.epoch() + 1, basis, forced);
        membership.propose(
                base, base.promote(state.slot, set.with(state.slot), reign), cause, done -> {});
    }

    // --- by a person ---

    void promote(boolean force, AdminAnswer answer) {
        if (!mayPromote(force, answer)) {
            return;
        }
        if (ordered != null) {
            answer.answered(false, "another change is on its way; try again");
            return;
        }
        ordered = answer;
        proveWritable(() -> {
            // The provider may have failed beside the proof, which was under way: it is answered.
            if (ordered != answer) {
                return;
            }
            ordered = null;
            if (mayPromote(force, answer)) {
                promoteNow(force, answer);
            }
        });
    }

    /// What waited for a proof hears that there will be none.
    void providerFailed() {
        final AdminAnswer waiting = ordered;
        if (waiting != null) {
            ordered = null;
            waiting.answered(false, failedProvider());
        }
    }

    private String failedProvider() {
        return "this replica's provider has failed (%s); promote another member, or mend the provider and restart the daemon"
                .formatted(state.providerFailed);
    }

    private boolean mayPromote(boolean force, AdminAnswer answer) {
        final Configuration configuration = state.configuration;
        final String obstacle =
                state.providerFailed != null
                        ? failedProvider()
                        : force ? forcedObstacle() : obstacle(configuration);
        if (configuration == null || obstacle != null) {
            answer.answered(
                    false,
                    obstacle == null
                            ? "this replica is blank: nothing was ever written to it"
                            : obstacle);
            return false;
        }
        return true;
    }

    private void promoteNow(boolean force, AdminAnswer answer) {
        final Configuration configuration = state.configuration;
        if (configuration == null) {
            return;
        }
        final ReplicaSet set =
                force
                        ? state.self()
                        : configuration.inSync().without(configuration.primary()).with(state.slot);
        final long basis =
                force && !(state.inSync() && !state.memoryLost)
                        ? Math.min(
                                state.superblock.dataEpoch() - (state.memoryLost ? 1 : 0),
                                configuration.epoch())
                        : configuration.epoch();
        if (force) {
            for (int slot = 0; slot < ReplicaSet.SLOTS; slot++) {
                if (configuration.memberSlots().contains(slot) && slot != state.slot) {
                    state.extents.setAllDirty(slot);
                }
            }
            state.memoryLost = false;
        }
        final Configuration record = state.arbiterRecord;
        final long epoch = Math.max(configuration.epoch(), record == null ? 0 : record.epoch()) + 1;
        final Reign reign = new Reign(state.effects.random(), epoch, basis, force);
        final Configuration next = configuration.promote(state.slot, set, reign);
        membership.propose(
                force && state.arbiterNeedsPerson != null ? record : configuration,
                next,
                force ? "forced by an administrator" : "promoted by an administrator",
                done -> {
                    if (done) {
                        state.arbiterNeedsPerson = null;
                        state.arbiterRecord = null;
                    }
                    answer.answered(
                            done,
                            done
                                    ? "primary in epoch " + next.epoch()
                                    : "the arbiter refused or could not be asked; see the status and try again");
                });
    }

    private @Nullable String forcedObstacle() {
        if (state.isPrimary() && state.arbiterNeedsPerson == null) {
            return "this node is the primary already";
        }
        if (state.superblock.dataReign() == 0) {
            return "this replica never held the data";
        }
        if (state.slot < 0) {
            return "this node is not a member any more; add it on the primary first";
        }
        return membership.mayPropose() ? null : "another change is on its way; try again";
    }

    private @Nullable String obstacle(@Nullable Configuration configuration) {
        if (configuration == null) {
            return "this replica is blank; the first primary is made by `hastctl role primary` after `hastctl create`";
        }
        if (state.isPrimary()) {
            return "this node is the primary already";
        }
        if (!state.inSync()) {
            return "this replica lacks acknowledged writes (it is not in the in-sync set %s); promote a member of the set, or lose those writes with --force"
                    .formatted(configuration.inSync());
        }
        if (state.superblock.dataReign() == 0) {
            return "this replica's copy is gone: its provider was made anew, or given up; promote another member of %s"
                    .formatted(configuration.inSync());
        }
        if (state.memoryLost && !othersLostToo()) {
            return "this replica was restarted without its memory and may lack writes that were not flushed; promote a member that kept its own, wait, or use --force";
        }
        final Peer primary = state.peerInSlot(configuration.primary());
        if (primary != null && primary.ready() && !primary.lost) {
            return "%s is the primary and connected; use `hastctl handover` there"
                    .formatted(primary.node);
        }
        if (configuration.primary() != Configuration.NOBODY
                && state.now <= secondary.promisedUntil() + state.settings.margin()) {
            return "the grant given to %s has not run out; try again in some seconds"
                    .formatted(state.nodeOf(configuration.primary()));
        }
        return membership.mayPropose() ? null : "another change is on its way; try again";
    }
}
