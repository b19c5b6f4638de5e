package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Lineage;
import dev.hast.core.configuration.ReplicaSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Learns configurations, brings them to the disk, and changes them by compare-and-set.
///
/// *Adopting* a configuration means: first the extents of all writes that are not known to be
/// confirmed by all go to the dirty maps of the absent, on disk (S3); then the superblock with the
/// new epoch goes to disk (S5); only then does the replica act on it.
///
/// At most one change is on its way. While its outcome is unknown, the old and the possible new
/// configuration both hold (S1): [#pending]. An unknown change is asked for again, the very same
/// one, until the arbiter says what is.
final class Membership {

    /// What the rest of the replica does on a change of configuration.
    interface Listener {
        /// A newer configuration is known, and is on its way to the disk.
        void learned();

        /// Extents of all writes in flight go to the dirty maps of `absent`.
        void markUnconfirmed(ReplicaSet absent);

        void adopted(@Nullable Configuration before, Configuration after, String cause);
    }

    private record Proposal(
            @Nullable Configuration base,
            Configuration next,
            String cause,
            Consumer<Boolean> then) {}

    private static final long RETRY = 200_000_000L;
    private static final long ARBITER_LOOK = 1_000_000_000L;

    private final ReplicaState state;
    private final Histories histories;
    private final Listener listener;
    private final List<Runnable> whenAdopted = new ArrayList<>();
    private @Nullable Proposal proposal;
    private boolean asking;
    private boolean mayHaveHappened;
    private long retryAt;
    private boolean adopting;
    private String adoptCause = "";
    private long unavailableSince = Long.MAX_VALUE;
    private @Nullable String unavailableCause;
    private boolean reading;

    /// A peer has told of a history that has parted from ours. The arbiter alone says what is true,
    /// in an answer to a read that began after.
    private boolean disputed;

    private long arbiterLookedAt = Peer.NEVER;

    Membership(ReplicaState state, Listener listener) {
        this.state = state;
        this.histories = new Histories(state);
        this.listener = listener;
    }

    Histories histories() {
        return histories;
    }

    // --- learning and adopting ---

    /// A configuration from the arbiter: it is the truth.
    void learnFromArbiter(@Nullable Configuration current, String cause) {
        answered();
        if (current == null) {
            return;
        }
        if (!state.superblock.resource().isNone()
                && !current.resource().equals(state.superblock.resource())) {
            state.arbiterNeedsPerson =
                    "the arbiter's record is of resource %s, this provider holds resource %s; create the provider again or correct the arbiter's prefix"
                            .formatted(current.resource(), state.superblock.resource());
            return;
        }
        final Configuration known = state.newest;
        if (known == null || current.epoch() > known.epoch()) {
            learn(current, cause);
        } else if (current.equals(known)) {
            state.arbiterNeedsPerson = null;
        } else {
            behind(current, known);
        }
    }

    /// The arbiter's record is not what this primary has been going by: it went on alone
    /// (`onArbiterLost: continue`), or the record was set back. Where the record is part of our
    /// history it is brought up to date, by compare-and-set; else the histories have parted (S9).
    /// So does a primary that was restarted: nothing that it asks for is based on what the record
    /// says.
    private void behind(Configuration record, Configuration known) {
        final boolean ours =
                state.isPrimary() || (state.slot >= 0 && known.primary() == state.slotIn(known));
        if (!ours || busy()) {
            return;
        }
        if (known.lineageOf(record.reign().tag(), record.epoch()) == Lineage.BEHIND) {
            propose(record, known, "the arbiter's record is brought up to date", done -> {});
        } else {
            state.arbiterRecord = record;
            state.arbiterNeedsPerson =
                    "split-brain: the arbiter's record is in epoch %d of reign %s, this node in epoch %d of reign %s; `hastctl split-brain resolve --victim %s` gives up this node's copy, `hastctl role primary --force` here those of the others"
                            .formatted(
                                    record.epoch(),
                                    record.reign(),
                                    known.epoch(),
                                    known.reign(),
                                    state.settings.node());
        }
    }

    /// A configuration from another replica. Without an arbiter it may belong to a history that has
    /// parted from ours.
    void learnFromPeer(Configuration theirs, Peer peer) {
        final Configuration known = state.newest;
        if (known != null && theirs.epoch() < known.epoch()) {
            return;
        }
        if (known == null || !histories.haveParted(known, theirs)) {
            peer.parted = null;
            learn(theirs, "told by " + peer.node);
        } else if (state.settings.arbitrated()) {
            disputed = true;
            readArbiter();
        } else {
            histories.parted(peer, theirs, known);
        }
    }

    void learn(Configuration next, String cause) {
        final Configuration known = state.newest;
        if (state.givingUp || (known != null && next.epoch() <= known.epoch())) {
            return;
        }
        state.newest = next;
        adoptCause = cause;
        superseded();
        listener.learned();
        adoptNext();
    }

    private void adoptNext() {
        final Configuration next = state.newest;
        if (adopting
                || next == null
                || next == state.configuration
                || state.providerFailed != null) {
            return;
        }
        adopting = true;
        final String cause = adoptCause;
        final int slot = state.slotIn(next);
        if (histories.leaves(state.configuration, next) && !state.divergedFrom(next)) {
            // Never in sync by inference, here or there: compared in full by whoever brings it
            // back. Where it holds data of its own, a person says whether they go (S9).
            state.memoryLost = next.inSync().contains(slot);
            final long mark = state.effects.random();
            state.persist(
                    block -> block.withConfiguration(next).withoutData(mark),
                    () -> adopted(next, cause));
            return;
        }
        if (!next.inSync().contains(slot)) {
            persist(next, false, cause);
            return;
        }
        // The set counts on a copy that is not here (it was given up, the provider was made anew,
        // or it is of another history): never in sync by inference.
        final boolean ownFirst = next.epoch() == 1 && next.primary() == slot;
        if (!state.holdsCopyOf(next) && !ownFirst) {
            state.memoryLost = true;
            persist(next, false, cause);
            return;
        }
        // A member that was added has nothing of ours, whatever its slot was used for before.
        final Configuration before = state.configuration;
        for (int added = 0; before != null && added < ReplicaSet.SLOTS; added++) {
            if (next.memberSlots().contains(added)
                    && !next.member(added).equals(before.member(added))) {
                state.extents.setAllDirty(added);
            }
        }
        listener.markUnconfirmed(next.absent());
        state.extents.whenDurable(() -> persist(next, true, cause));
    }

    private void persist(Configuration next, boolean inSync, String cause) {
        if (state.has(Bug.SKIP_EPOCH_PERSIST)) {
            adopted(next, cause);
            return;
        }
        state.persist(
                block ->
                        inSync
                                ? block.withConfiguration(next)
                                        .withData(next.reign().tag(), next.epoch())
                                : block.withConfiguration(next),
                () -> adopted(next, cause));
    }

    private void adopted(Configuration next, String cause) {
        adopting = false;
        final Configuration before = state.configuration;
        state.configuration = next;
        state.slot = state.slotIn(next);
        for (Peer peer : state.peers) {
            peer.slot = next.slotOf(peer.node);
            peer.diverged = peer.diverged && peer.divergesFrom(next);
            if (next.inSync().contains(peer.slot) && !histories.keptFrom(before, next, peer)) {
                peer.parted = null;
            }
        }
        state.extents.resize(next.size());
        if (next.inSync().contains(state.slot)) {
            for (int slot = 0; slot < ReplicaSet.SLOTS; slot++) {
                if (next.inSync().contains(slot) || !next.memberSlots().contains(slot)) {
                    state.extents.clearDirty(slot);
                }
            }
        }
        state.effects.report(new Report.Adopted(next, cause));
        listener.adopted(before, next, cause);
        if (state.settledOnNewest()) {
            final List<Runnable> actions = List.copyOf(whenAdopted);
            whenAdopted.clear();
            actions.forEach(Runnable::run);
        }
        adoptNext();
    }

    /// Whether a message of this epoch has to wait until the epoch is on disk. With a failed
    /// provider it never gets there.
    boolean adopting(long epoch) {
        return state.newest != null
                && !state.settledOnNewest()
                && epoch == state.newest.epoch()
                && state.providerFailed == null;
    }

    void whenAdopted(Runnable action) {
        whenAdopted.add(action);
    }

    // --- changing ---

    /// A change that this replica asked for may yet happen.
    boolean proposing() {
        return proposal != null;
    }

    boolean busy() {
        return proposal != null || !state.settledOnNewest() || state.givingUp;
    }

    /// Slots of a change whose outcome is not known; empty when none is.
    ReplicaSet pending() {
        return proposal == null || state.has(Bug.FORGET_PENDING_CHANGE)
                ? ReplicaSet.EMPTY
                : proposal.next.inSync();
    }

    /// Asks for the next configuration. `then` hears whether it became so; on true it is adopted
    /// before.
    void propose(
            @Nullable Configuration base,
            Configuration next,
            String cause,
            Consumer<Boolean> then) {
        if (proposal != null) {
            throw new IllegalStateException("a change is on its way already");
        }
        state.effects.report(new Report.Proposed(next, cause));
        proposal = new Proposal(base, next, cause, then);
        mayHaveHappened = false;
        if (state.settings.arbitrated()) {
            ask();
        } else {
            succeeded();
        }
    }

    private void ask() {
        final Proposal asked = proposal;
        if (asked == null || asking) {
            return;
        }
        asking = true;
        state.effects.compareAndSet(
                state.completions.arbiter(answer -> answered(asked, answer)),
                asked.base,
                asked.next);
    }

    private void answered(Proposal asked, ArbiterAnswer answer) {
        asking = false;
        if (proposal != asked) {
            return;
        }
        switch (answer) {
            case ArbiterAnswer.Swapped() -> succeeded();
            case ArbiterAnswer.Conflict(Configuration current) -> conflict(asked, current);
            case ArbiterAnswer.Current(Configuration current) -> {
                if (current != null && current.epoch() >= asked.next.epoch()) {
                    conflict(asked, current);
                } else {
                    // What the register holds is no refusal: the change may still arrive.
                    unknown("the arbiter has not decided yet");
                }
            }
            case ArbiterAnswer.Unknown(String cause) -> unknown(cause);
            case ArbiterAnswer.Unavailable(String cause) -> {
                unavailable(cause);
                if (!mayHaveHappened) {
                    failed();
                }
            }
        }
    }

    private void unknown(String cause) {
        mayHaveHappened = true;
        unavailable(cause);
    }

    private void conflict(Proposal asked, @Nullable Configuration current) {
        answered();
        if (asked.next.equals(current)) {
            succeeded();
        } else if (current == null) {
            state.arbiterNeedsPerson =
                    "the arbiter has lost its record of this resource; `hastctl role primary --force` on the node to be trusted writes it again";
            failed();
        } else {
            failed();
            learnFromArbiter(current, "the arbiter has a newer configuration");
        }
    }

    private void succeeded() {
        final Proposal done = proposal;
        if (done == null) {
            return;
        }
        answered();
        proposal = null;
        learn(done.next, done.cause);
        if (state.settledOnNewest()) {
            done.then.accept(true);
        } else {
            whenAdopted.add(() -> done.then.accept(true));
        }
    }

    private void failed() {
        final Proposal done = proposal;
        proposal = null;
        retryAt = state.now + RETRY;
        if (done != null) {
            done.then.accept(false);
        }
    }

    /// Whether a new change may be asked for by now.
    boolean mayPropose() {
        return !busy() && state.now >= retryAt;
    }

    void readArbiter() {
        if (reading || !state.settings.arbitrated()) {
            return;
        }
        reading = true;
        final boolean decides = disputed;
        disputed = false;
        final Configuration knownBefore = state.newest;
        state.effects.readArbiter(
                state.completions.arbiter(answer -> {
                    reading = false;
                    switch (answer) {
                        case ArbiterAnswer.Current(Configuration current) ->
                                read(current, knownBefore, decides);
                        case ArbiterAnswer.Conflict(Configuration current) ->
                                read(current, knownBefore, decides);
                        case ArbiterAnswer.Swapped() -> answered();
                        case ArbiterAnswer.Unknown(String cause) -> unread(decides, cause);
                        case ArbiterAnswer.Unavailable(String cause) -> unread(decides, cause);
                    }
                }));
    }

    private void read(
            @Nullable Configuration current, @Nullable Configuration knownBefore, boolean decides) {
        // What was asked before the newest was learned says nothing about what came after.
        if (state.newest == knownBefore || isNewer(current)) {
            learnFromArbiter(current, "read from the arbiter");
        } else {
            disputed |= decides;
            answered();
        }
    }

    private void unread(boolean decides, String cause) {
        disputed |= decides;
        unavailable(cause);
    }

    /// Somebody read the register, perhaps some time ago.
    void hinted(Configuration current) {
        if (isNewer(current)) {
            learnFromArbiter(current, "seen at the arbiter");
        }
    }

    private boolean isNewer(@Nullable Configuration current) {
        return current != null && (state.newest == null || current.epoch() > state.newest.epoch());
    }

    void tick() {
        if (proposal != null && !asking && state.now >= retryAt) {
            ask();
        }
        lookAtArbiter();
    }

    /// Reads the register now and then while no primary tells what it holds, or what is told is not
    /// believed.
    private void lookAtArbiter() {
        final Peer itsPrimary =
                state.configuration == null
                        ? null
                        : state.peerInSlot(state.configuration.primary());
        // A primary that was restarted is on the line, but tells nothing until it reigns again.
        final long patience = Math.max(ARBITER_LOOK, 2 * state.settings.heartbeat());
        final boolean informed =
                itsPrimary != null
                        && itsPrimary.ready()
                        && state.now - itsPrimary.heardAt < patience;
        if ((!informed || disputed) && state.now - arbiterLookedAt >= ARBITER_LOOK && !busy()) {
            arbiterLookedAt = state.now;
            readArbiter();
        }
    }

    /// A newer configuration makes an outstanding change of an older one impossible: its compare
    /// fails.
    private void superseded() {
        final Proposal current = proposal;
        if (current != null
                && state.newest != null
                && state.newest.epoch() >= current.next.epoch()) {
            if (current.next.equals(state.newest)) {
                succeeded();
            } else {
                failed();
            }
        }
    }

    private void answered() {
        unavailableSince = Long.MAX_VALUE;
        unavailableCause = null;
    }

    private void unavailable(String cause) {
        retryAt = state.now + RETRY;
        unavailableCause = cause;
        if (unavailableSince == Long.MAX_VALUE) {
            unavailableSince = state.now;
        }
    }

    /// How long the arbiter has given no answer, in nanoseconds; 0 when it answers.
    long unavailableFor() {
        return unavailableSince == Long.MAX_VALUE ? 0 : Math.max(1, state.now - unavailableSince);
    }

    @Nullable String unavailableCause() {
        return unavailableCause;
    }
}
