package dev.hast.core.replication;

import dev.hast.core.configuration.Lineage;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.volume.ExtentMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Brings one replica back into the in-sync set (S7).
///
/// 1. `SyncBegin`: from here on the peer gets every write. It answers with its activity log.
/// 2. What it lacks is our dirty map for it and its activity log, or everything if it is blank.
///    These extents are compared and copied.
/// 3. `JoinPrepare`: from here on it counts for confirmations, flushes and grants. It flushes what
///    it has, stores the dirty maps of the other absent replicas, and answers `JoinReady`.
/// 4. Compare-and-set of the set with it.
///
/// A broken link keeps what is done, as long as the peer keeps its memory; writes that it misses
/// meanwhile are marked.
final class Resync implements Comparison.Listener {

    private enum Step {
        BROKEN,
        BEGUN,
        COMPARING,
        JOINING,
        PROPOSED
    }

    private static final long RETRY = 1_000_000_000L;

    /// The longest time between two tries after a block could not be read here.
    private static final long RETRY_MOST = 10 * RETRY;

    private final ReplicaState state;
    private final Membership membership;
    private final PrimaryRole primary;
    private final RangeLocks locks;
    private final Peer peer;
    private final Throttle throttle;
    private final ExtentMap remaining;

    private Step step = Step.BROKEN;
    private boolean known;
    private long knownIncarnation;
    private long knownReign;
    private long knownDataReign;
    private long knownDataEpoch;
    private @Nullable Comparison comparison;
    private long joinId;
    private long startedAt;
    private long totalBytes;
    private long copiedBefore;
    private long checkedBefore;
    private boolean reported;
    private long pauseHere = RETRY;

    Resync(
            ReplicaState state,
            Membership membership,
            PrimaryRole primary,
            RangeLocks locks,
            Peer peer,
            Throttle throttle) {
        this.state = state;
        this.membership = membership;
        this.primary = primary;
        this.locks = locks;
        this.peer = peer;
        this.throttle = throttle;
        this.remaining =
                new ExtentMap((int) Math.ceilDiv(state.size(), state.extents.extentBytes()));
    }

    /// Why this peer cannot be brought back now; null when it can.
    static @Nullable Obstacle obstacle(ReplicaState state, Peer peer) {
        final Message.Hello hello = peer.hello;
        if (hello == null || state.configuration == null) {
            return Obstacle.passing("it is not connected");
        }
        if (peer.capacity < state.size()) {
            return Obstacle.passing(
                    "its provider holds %d bytes, the volume has %d; enlarge the provider"
                            .formatted(peer.capacity, state.size()));
        }
        if (hello.dataReign() != 0
                && state.configuration.lineageOf(hello.dataReign(), hello.dataEpoch())
                        != Lineage.BEHIND) {
            return new Obstacle(
                    ReplicaStatus.Trouble.SPLIT_BRAIN,
                    "it holds writes of epoch %d that are no part of this history; `hastctl split-brain resolve --victim %s` gives up its copy"
                            .formatted(hello.dataEpoch(), peer.node));
        }
        return null;
    }

    void begin() {
        final Message.Hello hello = peer.hello;
        if (hello == null || state.configuration == null) {
            return;
        }
        known = known && isAsItWas(hello);
        step = Step.BEGUN;
        startedAt = reported ? startedAt : state.now;
        state.send(peer, new Message.SyncBegin(state.epoch()));
        primary.resume(peer);
    }

    /// What is done holds as long as nobody else has written to this replica, and it has not
    /// forgotten what it got: it kept its memory, we its order, and its data are what they were
    /// when it was begun, or became whole in this reign since. One that another history's primary
    /// may have written to greets with another mark, or as one that holds data of that reign.
    private boolean isAsItWas(Message.Hello hello) {
        final long reign = state.configuration == null ? 0 : state.configuration.reign().tag();
        return knownIncarnation == hello.incarnation()
                && knownReign == reign
                && (hello.dataReign() == reign
                        || (hello.dataReign() == knownDataReign
                                && hello.dataEpoch() == knownDataEpoch));
    }

    void accepted(Message.SyncAccept accept) {
        if (step != Step.BEGUN
                || state.configuration == null
                || accept.epoch() < state.configuration.reign().firstEpoch()) {
            return;
        }
        if (!known) {
            if (accept.all()) {
                remaining.setAll();
            } else {
                remaining.addAll(state.extents.dirty(peer.slot).toWords());
                remaining.addAll(accept.activity());
            }
            if (state.has(Bug.CLEAR_DIRTY_TOO_SOON)) {
                state.extents.clearDirty(peer.slot);
            }
            known = true;
            knownIncarnation = peer.hello == null ? 0 : peer.hello.incarnation();
            knownDataReign = peer.hello == null ? 0 : peer.hello.dataReign();
            knownDataEpoch = peer.hello == null ? 0 : peer.hello.dataEpoch();
            knownReign = state.configuration.reign().tag();
            totalBytes = bytes();
            copiedBefore = 0;
            checkedBefore = 0;
        }
        if (!reported) {
            reported = true;
            state.effects.report(new Report.SyncStarted(peer.node, bytes()));
        }
        step = Step.COMPARING;
        compare();
    }

    private void compare() {
        endComparison();
        comparison =
                new Comparison(
                        state,
                        primary,
                        locks,
                        peer,
                        Comparison.Direction.PUSH,
                        remaining,
                        throttle,
                        this);
        comparison.pump();
    }

    /// A write that the peer does not get.
    void missed(Operation operation) {
        for (int extent = state.extents.firstExtent(operation.offset);
                extent <= state.extents.lastExtent(operation.offset, operation.length)
                        && extent < remaining.extents();
                extent++) {
            remaining.set(extent);
        }
    }

    @Override
    public void compared() {
        // A write that failed here alone, and is yet to be taken note of, makes the two differ.
        if (state.operations.hasFailedWriteFor(peer)) {
            endComparison();
        } else {
            prepareToJoin();
        }
    }

    private void prepareToJoin() {
        step = Step.JOINING;
        peer.counts = !state.has(Bug.JOIN_WITHOUT_COUNTING);
        peer.heardAt = state.now;
        final List<Message.DirtyMapOf> maps = new ArrayList<>();
        if (state.configuration != null) {
            for (int slot = 0; slot < ReplicaSet.SLOTS; slot++) {
                if (state.configuration.absent().contains(slot) && slot != peer.slot) {
                    maps.add(new Message.DirtyMapOf(slot, state.extents.dirty(slot).toWords()));
                }
            }
        }
        joinId++;
        state.send(peer, new Message.JoinPrepare(state.epoch(), joinId, maps));
    }

    @Override
    public void failed(String cause) {
        failed(cause, RETRY);
    }

    private void failed(String cause, long pause) {
        broken(cause);
        peer.retryAt = state.now + pause;
        state.effects.disconnect(peer.index, "resync failed: " + cause);
    }

    /// S11: with another replica in the set this one leaves it, and that one, which has the block,
    /// brings back both. Alone there is no other copy: clients get the error of this block until
    /// they write it again, and until then trying is of no use.
    @Override
    public void failedHere(String cause) {
        if (primary.required() != 0) {
            broken(cause);
            state.failProvider(cause);
            return;
        }
        failed(cause + "; no other replica has it until it is written again", pauseHere);
        pauseHere = Math.min(2 * pauseHere, RETRY_MOST);
    }

    @Override
    public void mismatch(long offset, int length) {
        // A resync expects differences.
    }

    void joinReady(Message.JoinReady ready) {
        if (step == Step.JOINING && ready.id() == joinId && ready.epoch() == state.epoch()) {
            peer.lost = false;
            step = Step.PROPOSED;
            propose();
        }
    }

    private void propose() {
        if (state.configuration == null
                || !membership.mayPropose()
                || peer.grantUntil <= state.now
                || peer.grantEpoch != state.epoch()) {
            return;
        }
        final ReplicaSet set = state.configuration.inSync().with(peer.slot);
        membership.propose(
                state.configuration,
                state.configuration.withInSync(set),
                peer.node + " holds every write again",
                done -> {});
    }

    /// Called from the tick, and after every change.
    void goOn() {
        if (step == Step.COMPARING) {
            if (comparison != null) {
                comparison.pump();
            } else {
                compare();
            }
        }
        if (step == Step.PROPOSED) {
            propose();
        }
    }

    /// The configuration has changed: what was prepared for joining belongs to an epoch that is
    /// gone.
    void epochChanged() {
        if (step == Step.JOINING || step == Step.PROPOSED) {
            prepareToJoin();
        }
    }

    /// The peer is in the set.
    void joined() {
        state.effects.report(new Report.SyncDone(peer.node, copiedBytes(), state.now - startedAt));
        stop();
    }

    void broken(String cause) {
        if (reported) {
            reported = false;
            state.effects.report(new Report.SyncInterrupted(peer.node, cause));
        }
        peer.lastError = cause;
        stop();
    }

    private void stop() {
        endComparison();
        step = Step.BROKEN;
    }

    private void endComparison() {
        if (comparison != null) {
            comparison.cancel();
            copiedBefore += comparison.copiedBytes();
            checkedBefore += comparison.checkedBytes();
            comparison = null;
        }
    }

    boolean isBroken() {
        return step == Step.BROKEN;
    }

    boolean received(Peer from, Message.Hashes hashes) {
        return comparison != null && comparison.received(from, hashes);
    }

    long totalBytes() {
        return totalBytes;
    }

    long remainingBytes() {
        return bytes();
    }

    long checkedBytes() {
        return checkedBefore + (comparison == null ? 0 : comparison.checkedBytes());
    }

    long copiedBytes() {
        return copiedBefore + (comparison == null ? 0 : comparison.copiedBytes());
    }

    private long bytes() {
        return Math.min(state.size(), (long) remaining.count() * state.extents.extentBytes());
    }
}
