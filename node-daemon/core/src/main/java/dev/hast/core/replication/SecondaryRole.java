package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.metadata.Superblock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a replica does for a primary: applies its writes, flushes, grants, and, while it is being
/// brought back, compares and joins.
///
/// Refuses every message of an epoch that is not the one on its disk, or from a node that is not
/// that epoch's primary (S5). A message of the epoch that is on its way to the disk waits for it.
final class SecondaryRole {

    private static final class PendingFlush {
        final long barrier;
        final Runnable then;
        int before;

        PendingFlush(long barrier, int before, Runnable then) {
            this.barrier = barrier;
            this.before = before;
            this.then = then;
        }
    }

    private final ReplicaState state;
    private final Membership membership;
    private final RangeLocks locks;
    private final Recents recents = new Recents();
    private final List<PendingFlush> flushes = new ArrayList<>();
    private long arrivals;

    /// Until when this replica will not promote itself, by its own clock.
    private long promisedUntil;

    /// The primary is bringing this replica back: it gets all writes.
    private boolean shadowing;

    /// It is about to join: it keeps an activity log as a member does.
    private boolean counting;

    SecondaryRole(ReplicaState state, Membership membership, RangeLocks locks) {
        this.state = state;
        this.membership = membership;
        this.locks = locks;
    }

    long promisedUntil() {
        return promisedUntil;
    }

    /// S6: a restarted daemon behaves as if it had given a grant just before it stopped.
    void promise(long until) {
        promisedUntil = Math.max(promisedUntil, until);
    }

    private boolean keepsLog() {
        return state.inSync() || counting;
    }

    /// Whether `peer` is the primary of the epoch on disk, which is `epoch` and the newest known.
    private boolean isFrom(Peer peer, long epoch) {
        final Configuration configuration = state.configuration;
        return configuration != null
                && state.settledOnNewest()
                && (configuration.epoch() == epoch || state.has(Bug.NO_FENCE))
                && (configuration.primary() == peer.slot || state.has(Bug.NO_FENCE))
                && peer.slot != state.slot
                && state.providerFailed == null
                && !state.stopping;
    }

    /// Runs `action` now, or when `epoch` is on disk; refuses the message when it is of another
    /// epoch.
    private void from(Peer peer, long epoch, Runnable action) {
        if (membership.adopting(epoch)) {
            membership.whenAdopted(() -> from(peer, epoch, action));
        } else if (isFrom(peer, epoch)) {
            action.run();
        } else if (epoch < state.epoch() && state.configuration != null) {
            state.send(peer, new Message.Announce(state.configuration, 0, 0));
            state.refuse(
                    peer,
                    "fenced: a message of epoch %d, this replica is in epoch %d"
                            .formatted(epoch, state.epoch()));
        } else if (!state.stopping && state.providerFailed == null) {
            state.refuse(
                    peer,
                    "a message of epoch %d that is not known here, or not from its primary"
                            .formatted(epoch));
        }
    }

    // --- writes ---

    /// A write from the wire, in `operation`, which this takes over.
    void write(Peer peer, Operation operation, long watermark) {
        if (membership.adopting(operation.epoch)) {
            membership.whenAdopted(() -> write(peer, operation, watermark));
            return;
        }
        final boolean wanted =
                state.inSync()
                        ? !state.memoryLost || operation.kind == Operation.Kind.COPY
                        : shadowing;
        if (!isFrom(peer, operation.epoch)
                || !wanted
                || !state.holds(operation.offset, operation.length)) {
            refuse(peer, operation);
            return;
        }
        confirmedUpTo(watermark);
        operation.reign = reign();
        operation.arrival = ++arrivals;
        locks.acquire(operation);
    }

    private void refuse(Peer peer, Operation operation) {
        final long epoch = operation.epoch;
        if (operation.buffer != Operation.NO_BUFFER) {
            state.effects.release(operation.buffer);
        }
        state.operations.give(operation);
        from(peer, epoch, () -> state.refuse(peer, "a write that was not to be expected"));
    }

    private long reign() {
        return state.configuration == null ? 0 : state.configuration.reign().tag();
    }

    void granted(Operation operation) {
        if (keepsLog()) {
            state.extents.admit(
                    operation,
                    state.has(Bug.DIRTY_MAPS_ON_PRIMARY_ONLY) ? ReplicaSet.EMPTY : state.absent());
        } else if (operation.kind == Operation.Kind.COPY) {
            // What is copied lies in extents that it is known to lack.
            state.apply(operation);
        } else {
            // The primary may die with this write on no other replica: then this log alone tells
            // that this replica differs.
            state.extents.admit(operation, ReplicaSet.EMPTY);
        }
    }

    void prepared(Operation operation) {
        if (state.settings.mode() == ReplicaSettings.Mode.MEMSYNC
                && operation.kind != Operation.Kind.COPY) {
            state.effects.sendConfirm(operation.peer, operation.epoch, operation.sequence, false);
        }
        state.apply(operation);
    }

    void stored(Operation operation) {
        if (operation.result < 0) {
            state.failProvider(
                    "write at %d failed with errno %d"
                            .formatted(operation.offset, -operation.result));
        } else {
            final Peer peer = state.peers.get(operation.peer);
            if (peer.up) {
                state.effects.sendConfirm(
                        operation.peer, operation.epoch, operation.sequence, true);
            }
            remember(operation);
        }
        if (operation.buffer != Operation.NO_BUFFER) {
            state.effects.release(operation.buffer);
        }
        locks.release(operation);
        final long arrival = operation.arrival;
        state.operations.give(operation);
        passed(arrival);
    }

    private void remember(Operation operation) {
        if (operation.kind != Operation.Kind.COPY && (state.inSync() || shadowing)) {
            recents.add(
                    operation.reign,
                    operation.sequence,
                    operation.offset,
                    operation.length,
                    operation.logged);
        } else if (operation.logged && operation.kind == Operation.Kind.COPY) {
            state.extents.done(operation.offset, operation.length);
        } else if (operation.logged) {
            state.extents.keep(operation.offset, operation.length);
        }
    }

    private void confirmedUpTo(long watermark) {
        recents.confirmed(reign(), watermark, this::left);
    }

    /// Not known to be confirmed by all, and not remembered any more.
    private void kept(long offset, int length, boolean logged) {
        if (logged) {
            state.extents.keep(offset, length);
        }
    }

    private void left(long offset, int length, boolean logged) {
        if (logged) {
            state.extents.done(offset, length);
        }
    }

    /// Extents of all writes that may not be confirmed by all go to the dirty maps of `absent`. A
    /// replica that does not know them, because it was restarted, takes its activity log for them.
    void markUnconfirmed(ReplicaSet absent) {
        final boolean knowsThem =
                state.recentsKnown && !state.memoryLost || state.has(Bug.RESTART_FORGETS_RECENT);
        for (int slot = 0; !knowsThem && slot < ReplicaSet.SLOTS; slot++) {
            if (absent.contains(slot)) {
                state.extents.addDirty(slot, state.extents.activity());
            }
        }
        recents.forEach(
                (offset, length, logged) -> state.extents.markDirty(offset, length, absent));
        for (Operation operation : state.operations.all()) {
            if (operation.active
                    && operation.kind != Operation.Kind.READ
                    && operation.kind != Operation.Kind.FLUSH) {
                state.extents.markDirty(operation.offset, operation.length, absent);
            }
        }
    }

    // --- flushes ---

    void flush(Peer peer, Message.Flush message) {
        from(
                peer,
                message.epoch(),
                () ->
                        flushReceived(() ->
                                state.effects.flush(
                                        state.completions.io(result -> {
                                            if (result < 0) {
                                                state.failProvider(
                                                        "flush failed with errno " + -result);
                                            }
                                            state.send(
                                                    peer,
                                                    new Message.Flushed(
                                                            message.epoch(),
                                                            message.id(),
                                                            // A write that failed is not flushed.
                                                            state.providerFailed == null
                                                                    ? result
                                                                    : Replica.EIO));
                                        }))));
    }

    /// Runs `then` when everything received so far is on the provider.
    private void flushReceived(Runnable then) {
        int before = 0;
        for (Operation operation : state.operations.all()) {
            // One without an arrival waits for an epoch to reach the disk; it came after the flush.
            before +=
                    operation.active
                                    && operation.origin == Operation.Origin.PEER
                                    && operation.arrival > 0
                            ? 1
                            : 0;
        }
        if (before == 0) {
            then.run();
        } else {
            flushes.add(new PendingFlush(arrivals, before, then));
        }
    }

    private void passed(long arrival) {
        for (int i = 0; i < flushes.size(); i++) {
            final PendingFlush flush = flushes.get(i);
            if (arrival <= flush.barrier && --flush.before == 0) {
                flushes.remove(i--);
                flush.then.run();
            }
        }
    }

    // --- grants ---

    void ping(Peer peer, Message.Ping ping) {
        if (membership.adopting(ping.epoch())) {
            membership.whenAdopted(() -> ping(peer, ping));
        } else if (isFrom(peer, ping.epoch())) {
            confirmedUpTo(ping.watermark());
            grant(peer, ping.epoch(), ping.ask());
        } else if (state.configuration != null && ping.epoch() < state.epoch()) {
            state.send(peer, new Message.Announce(state.configuration, 0, 0));
        }
    }

    void announced(Peer peer, Message.Announce announce) {
        final boolean seenBefore = peer.parted != null;
        membership.learnFromPeer(announce.configuration(), peer);
        membership.histories().announced(peer, announce.configuration(), seenBefore);
        final long epoch = announce.configuration().epoch();
        if (membership.adopting(epoch)) {
            membership.whenAdopted(() -> grant(peer, epoch, announce.ask()));
        } else {
            grant(peer, epoch, announce.ask());
        }
    }

    private void grant(Peer peer, long epoch, long ask) {
        // A member that lost its memory does not consent (S14): it may lack what the primary has
        // acknowledged.
        final boolean whole = !state.memoryLost || !state.inSync();
        // Nor does one that has asked to be primary itself: its consent would outlive the change.
        final boolean candidate = membership.proposing() && !state.has(Bug.CANDIDATE_GRANTS);
        if (ask != 0 && whole && !candidate && isFrom(peer, epoch)) {
            promise(state.now + state.settings.grant());
            state.send(peer, new Message.Grant(epoch, ask, state.settings.grant()));
        }
    }

    // --- reconciliation after a promotion ---

    void recentRequested(Peer peer, Message.RecentRequest request) {
        from(
                peer,
                request.epoch(),
                () ->
                        state.send(
                                peer,
                                new Message.Recent(
                                        request.epoch(), recentRanges(), suspectExtents())));
    }

    /// Ranges of the writes above the watermark: written ones and those on their way to the
    /// provider.
    long[] recentRanges() {
        if (state.has(Bug.FORGET_WRITES_IN_FLIGHT)) {
            return new long[0];
        }
        long[] ranges = recents.toRanges();
        for (Operation operation : state.operations.all()) {
            if (operation.active
                    && operation.origin == Operation.Origin.PEER
                    && operation.kind != Operation.Kind.COPY) {
                ranges = Arrays.copyOf(ranges, ranges.length + 2);
                ranges[ranges.length - 2] = operation.offset;
                ranges[ranges.length - 1] = operation.length;
            }
        }
        return ranges;
    }

    /// A replica that does not know its recent writes names the extents of its activity log
    /// instead.
    long[] suspectExtents() {
        return state.recentsKnown && !state.memoryLost ? new long[0] : state.extents.activity();
    }

    void settled(Peer peer, Message.Settled settled) {
        from(peer, settled.epoch(), this::settled);
    }

    void settled() {
        recents.settled(reign(), this::left);
        wholeAgain();
    }

    private void wholeAgain() {
        if (state.configuration == null || !state.holdsCopyOf(state.configuration)) {
            // A settlement copies what was in flight. What was given up, was on a disk that was
            // replaced, or is of another history, only a resync brings back.
            return;
        }
        state.extents.settled();
        state.recentsKnown = true;
        if (state.memoryLost || state.superblock.incarnation() != state.incarnation) {
            state.persist(
                    block -> block.withIncarnation(state.incarnation, false),
                    () -> state.memoryLost = false);
        }
    }

    // --- being brought back ---

    void syncBegin(Peer peer, Message.SyncBegin begin) {
        from(
                peer,
                begin.epoch(),
                () -> {
                    shadowing = true;
                    counting = false;
                    recents.clear(this::kept);
                    final boolean all = state.superblock.dataReign() == 0;
                    state.send(
                            peer,
                            new Message.SyncAccept(begin.epoch(), all, state.extents.activity()));
                });
    }

    void joinPrepare(Peer peer, Message.JoinPrepare prepare) {
        from(
                peer,
                prepare.epoch(),
                () -> {
                    counting = true;
                    if (state.has(Bug.JOIN_WITHOUT_FLUSH)) {
                        storeMaps(peer, prepare);
                        return;
                    }
                    flushReceived(() ->
                            state.effects.flush(
                                    state.completions.io(result -> {
                                        if (result < 0) {
                                            state.failProvider(
                                                    "flush failed with errno " + -result);
                                        } else if (counting && state.providerFailed == null) {
                                            storeMaps(peer, prepare);
                                        }
                                    })));
                });
    }

    private void storeMaps(Peer peer, Message.JoinPrepare prepare) {
        recents.log((offset, length, logged) -> state.extents.hold(offset, length));
        for (Message.DirtyMapOf map : prepare.maps()) {
            if (map.slot() != state.slot) {
                state.extents.addDirty(map.slot(), map.words());
            }
        }
        markUnconfirmed(state.absent());
        final long reign = reign();
        state.extents.whenDurable(() ->
                state.persist(
                        // Another configuration may come to the disk first; under another primary
                        // it is whole no longer.
                        block -> reign() == reign ? wholeAt(block, prepare.epoch()) : block,
                        () -> {
                            if (counting && reign() == reign) {
                                state.extents.settled();
                                state.memoryLost = false;
                                state.recentsKnown = true;
                                state.send(
                                        peer, new Message.JoinReady(prepare.epoch(), prepare.id()));
                            }
                        }));
    }

    /// It holds everything that was acknowledged up to this epoch: a fact about its data, whether
    /// or not it gets into the set.
    private Superblock wholeAt(Superblock block, long epoch) {
        return block.withIncarnation(state.incarnation, false).withData(reign(), epoch);
    }

    // --- changes ---

    /// Who was bringing it back belongs to the history that it left.
    void takenUpAnotherHistory() {
        shadowing = false;
        counting = false;
    }

    void linkDown(Peer peer) {
        if (state.configuration != null && state.configuration.primary() == peer.slot) {
            shadowing = false;
            counting = false;
        }
    }

    void adopted(Configuration configuration) {
        if (configuration.inSync().contains(state.slot)) {
            shadowing = false;
            counting = false;
        } else if (configuration.primary() == state.slot || !shadowing) {
            // Out of the set: from here on the others' dirty maps and this log, as it is, say what
            // we lack.
            recents.clear(this::kept);
            state.recentsKnown = false;
        }
    }

    boolean recentsEmpty() {
        return recents.isEmpty();
    }
}
