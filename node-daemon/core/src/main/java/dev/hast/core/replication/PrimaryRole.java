package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ReplicaSet;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The primary's data path: clients' operations, confirmations, and grants held.
///
/// It *serves* (S1) while it is primary in the newest configuration it knows, has that on its disk,
/// has settled what was in flight before its reign, and holds a grant of this epoch from every
/// other replica that counts: the in-sync set, the set of a change whose outcome is unknown, and a
/// replica that is about to join.
final class PrimaryRole {

    private final ReplicaState state;
    private final RangeLocks locks;
    private final Throttle throttle;
    private final FlushRounds flushes;
    private final ReadRepair repair;
    private final GrantsHeld grants;
    private final Degrade degrade;

    private final ArrayDeque<Operation> waiting = new ArrayDeque<>();
    private boolean settled;
    private boolean quiet;

    private long reignSince;
    private long pingedAt;
    private boolean suspendedReported;
    private long reviewing;

    PrimaryRole(ReplicaState state, Membership membership, RangeLocks locks, Throttle throttle) {
        this.state = state;
        this.locks = locks;
        this.throttle = throttle;
        this.grants = new GrantsHeld(state, membership);
        this.flushes = new FlushRounds(state, this, throttle);
        this.repair = new ReadRepair(state, this, locks);
        this.degrade = new Degrade(state, membership, this);
    }

    FlushRounds flushes() {
        return flushes;
    }

    ReadRepair repair() {
        return repair;
    }

    // --- who counts, and whether we serve ---

    /// As [GrantsHeld#required].
    int required() {
        return grants.required();
    }

    GrantsHeld grants() {
        return grants;
    }

    /// Whether what is in flight may be answered (S1).
    boolean serving() {
        return notServingBecause() == null;
    }

    boolean isQuiet() {
        return quiet;
    }

    /// Why clients wait; null when they need not.
    @Nullable String notServingBecause() {
        if (!state.isPrimary()) {
            return "this node is not the primary";
        }
        if (!state.settledOnNewest()) {
            return "a change of configuration is on its way to the disk";
        }
        if (!settled) {
            return "writes that were in flight before this reign are being reconciled";
        }
        if (state.providerFailed != null) {
            return "the provider has failed: " + state.providerFailed;
        }
        return grants.missing();
    }

    /// @param before the configuration in which this replica may have granted
    /// @param promisedUntil how long its grants last, by this clock
    void reignBegins(@Nullable Configuration before, Configuration after, long promisedUntil) {
        grants.reignBegins(before, after, promisedUntil);
        settled = false;
        quiet = false;
        suspendedReported = false;
        reignSince = state.now;
        pingedAt = Peer.NEVER;
        state.operations.restart();
        flushes.reignBegins();
        for (Peer peer : state.peers) {
            peer.failing = null;
            peer.counts = false;
            peer.receives = false;
        }
    }

    void settled() {
        settled = true;
        // Time spent in settling does not count against anybody.
        reignSince = state.now;
        goOn();
    }

    boolean isSettled() {
        return settled;
    }

    /// Takes no new operations, so that what is in flight can drain.
    void quiet(boolean on) {
        quiet = on;
        if (!on) {
            goOn();
        }
    }

    boolean drained() {
        // Writes that wait for a range have been started, and are not in the window yet.
        return state.operations.windowEmpty() && locks.waiting() == 0 && flushes.idle();
    }

    // --- clients ---

    void submit(Operation operation) {
        if (!waiting.isEmpty() || !mayStart()) {
            waiting.add(operation);
        } else {
            start(operation);
        }
    }

    private boolean mayStart() {
        return !quiet
                && serving()
                && !state.operations.windowFull()
                && state.operations.inFlight() - waiting.size() <= state.settings.operationsMax();
    }

    private void start(Operation operation) {
        operation.startedAt = state.now;
        throttle.clientBegan(state.now);
        locks.acquire(operation);
    }

    /// The operation has its range.
    void granted(Operation operation) {
        if (!state.isPrimary()) {
            return;
        }
        if (operation.kind == Operation.Kind.READ) {
            operation.submitted = true;
            state.effects.read(
                    operation.token(), operation.buffer, operation.offset, operation.length);
            return;
        }
        replicate(operation);
        state.extents.prepare(operation, state.absent());
    }

    /// Gives a write its place in the order and sends it to every replica that receives.
    void replicate(Operation operation) {
        state.operations.enter(operation);
        for (int i = 0; i < state.peers.size(); i++) {
            final Peer peer = state.peers.get(i);
            if (peer.slot < 0
                    || (operation.targets != 0
                            && (operation.targets & ReplicaSet.bit(peer.slot)) == 0)) {
                continue;
            }
            if (peer.receives && peer.up) {
                sendTo(peer, operation);
            } else if (peer.resync != null && operation.targets == 0) {
                peer.resync.missed(operation);
            }
        }
    }

    private void sendTo(Peer peer, Operation operation) {
        operation.sent |= ReplicaSet.bit(peer.slot);
        final long watermark =
                state.has(Bug.WATERMARK_TOO_HIGH)
                        ? state.operations.sequence()
                        : state.operations.watermark();
        state.effects.sendWrite(peer.index, operation, state.epoch(), watermark);
    }

    /// Its extents are in the maps on disk.
    void prepared(Operation operation) {
        state.apply(operation);
    }

    void stored(Operation operation) {
        operation.local = true;
        if (operation.result < 0) {
            storeFailed(operation);
        } else {
            review(operation);
        }
    }

    private void storeFailed(Operation operation) {
        if (operation.kind == Operation.Kind.READ) {
            if (!repair.begin(operation)) {
                review(operation);
            }
        } else if (required() != 0) {
            state.failProvider(
                    "write at %d failed with errno %d"
                            .formatted(operation.offset, -operation.result));
        } else {
            // Nobody else has the data: like a disk, report the sector and go on.
            review(operation);
        }
    }

    void confirmed(Peer peer, long epoch, long sequence, boolean written) {
        if (!state.isPrimary()
                || state.configuration == null
                || epoch < state.configuration.reign().firstEpoch()
                || peer.slot < 0) {
            return;
        }
        peer.heardAt = state.now;
        final Operation operation = state.operations.at(sequence);
        if (operation == null) {
            return;
        }
        operation.received |= ReplicaSet.bit(peer.slot);
        if (written) {
            operation.written |= ReplicaSet.bit(peer.slot);
        }
        if (operation.owner != null) {
            operation.owner.confirmed(operation);
        } else {
            review(operation);
        }
    }

    /// Answers and ends an operation as far as it has come.
    void review(Operation operation) {
        if (!operation.local) {
            return;
        }
        if (!operation.answered && mayAnswer(operation)) {
            operation.answered = true;
            state.effects.complete(operation.request, operation.result);
            throttle.clientAnswered(operation.startedAt, state.now);
        }
        if (operation.answered && hasEnded(operation)) {
            end(operation);
            startWaiting();
        }
    }

    private boolean mayAnswer(Operation operation) {
        if (!serving()) {
            return false;
        }
        if (operation.kind == Operation.Kind.READ || operation.result < 0) {
            return true;
        }
        final int required = state.has(Bug.ACKNOWLEDGE_EARLY) ? 0 : required();
        return switch (state.settings.mode()) {
            case FULLSYNC -> (operation.written & required) == required;
            case MEMSYNC ->
                    ((operation.fua ? operation.written : operation.received) & required)
                            == required;
            case ASYNC -> !operation.fua || (operation.written & required) == required;
        };
    }

    private boolean hasEnded(Operation operation) {
        if (operation.kind == Operation.Kind.READ || !state.isPrimary()) {
            return true;
        }
        int needed = required();
        for (int i = 0; i < state.peers.size(); i++) {
            final Peer peer = state.peers.get(i);
            if (peer.up
                    && peer.receives
                    && peer.slot >= 0
                    && (operation.sent & ReplicaSet.bit(peer.slot)) != 0) {
                needed |= ReplicaSet.bit(peer.slot);
            }
        }
        return (operation.written & needed) == needed;
    }

    /// Gives back everything that an operation holds.
    void end(Operation operation) {
        for (int i = 0; operation.result < 0 && i < state.peers.size(); i++) {
            final Peer peer = state.peers.get(i);
            if (peer.resync != null && OperationTable.failedHereButSent(operation, peer)) {
                peer.resync.missed(operation);
            }
        }
        state.operations.leave(operation);
        if (operation.logged) {
            state.extents.done(operation.offset, operation.length);
        }
        if (operation.buffer != Operation.NO_BUFFER) {
            state.effects.release(operation.buffer);
        }
        locks.release(operation);
        state.operations.give(operation);
    }

    /// The provider has answered for an operation whose client has its answer already, or whose
    /// reign is over.
    void endAnswered(Operation operation) {
        if (!operation.answered) {
            operation.answered = true;
            state.effects.complete(operation.request, Replica.ESHUTDOWN);
        }
        if (hasEnded(operation)) {
            end(operation);
            startWaiting();
        }
    }

    private void startWaiting() {
        while (!waiting.isEmpty() && mayStart()) {
            start(waiting.poll());
        }
    }

    /// Something that held operations back may have changed.
    void goOn() {
        reviewing++;
        final long mine = reviewing;
        for (int i = 0; i < state.operations.all().size() && mine == reviewing; i++) {
            final Operation operation = state.operations.all().get(i);
            if (operation.active && operation.origin == Operation.Origin.CLIENT) {
                review(operation);
                if (!operation.answered) {
                    throttle.clientBegan(state.now);
                }
            }
        }
        flushes.review();
        startWaiting();
        reportSuspension();
    }

    private void reportSuspension() {
        final String cause = notServingBecause();
        if (cause == null && suspendedReported) {
            suspendedReported = false;
            state.effects.report(new Report.Resumed());
        } else if (cause != null
                && settled
                && !quiet
                && state.isPrimary()
                && !suspendedReported
                && !waiting.isEmpty()) {
            suspendedReported = true;
            state.effects.report(new Report.Suspended(cause));
        }
    }

    int waiting() {
        return waiting.size() + locks.waiting();
    }

    // --- links ---

    /// A peer that is in the set, or is being brought back, is on the line: it gets what it has not
    /// confirmed. If it was restarted, it gets all that is in flight, to know it again: what it
    /// confirmed before may still be on no other replica.
    void resume(Peer peer) {
        peer.receives = true;
        final boolean knowsNothing = peer.hello != null && !peer.hello.recentsKnown();
        for (long sequence = state.operations.watermark() + 1;
                sequence <= state.operations.sequence();
                sequence++) {
            final Operation operation = state.operations.at(sequence);
            if (operation != null
                    && (knowsNothing || (operation.written & ReplicaSet.bit(peer.slot)) == 0)
                    && (operation.targets == 0
                            || (operation.targets & ReplicaSet.bit(peer.slot)) != 0)) {
                sendTo(peer, operation);
            }
        }
        flushes.resend(peer);
    }

    void announce(Peer peer) {
        if (state.newest != null) {
            final boolean asks = state.isPrimary() && state.settledOnNewest();
            state.send(
                    peer,
                    new Message.Announce(
                            state.newest, asks ? state.now : 0, state.operations.watermark()));
        }
    }

    void granted(Peer peer, Message.Grant grant) {
        if (grants.granted(peer, grant)) {
            goOn();
        }
    }

    void pingAll() {
        pingedAt = state.now;
        for (int i = 0; i < state.peers.size(); i++) {
            final Peer peer = state.peers.get(i);
            if (peer.ready() && peer.slot >= 0) {
                state.send(
                        peer,
                        new Message.Ping(state.epoch(), state.now, state.operations.watermark()));
            }
        }
    }

    // --- time ---

    void tick() {
        if (state.settledOnNewest() && state.now - pingedAt >= state.settings.heartbeat()) {
            pingAll();
        }
        degrade.tick();
        goOn();
        degrade.failOrContinue();
    }

    /// Takes out of the set who is known to fail.
    void shrink() {
        degrade.shrink();
    }

    /// When the time of this reign's demands on others began.
    long reignSince() {
        return reignSince;
    }

    void failUnanswered(int result) {
        while (!waiting.isEmpty()) {
            answerAndDrop(waiting.poll(), result);
        }
        for (int i = 0; i < state.operations.all().size(); i++) {
            final Operation operation = state.operations.all().get(i);
            if (operation.active
                    && operation.origin == Operation.Origin.CLIENT
                    && !operation.answered) {
                operation.answered = true;
                state.effects.complete(operation.request, result);
            }
        }
        flushes.fail(result);
    }

    private void answerAndDrop(Operation operation, int result) {
        state.effects.complete(operation.request, result);
        if (operation.buffer != Operation.NO_BUFFER) {
            state.effects.release(operation.buffer);
        }
        state.operations.give(operation);
    }

    // --- the end of a reign ---

    /// We are not primary any more: clients are told, and what is on its way to the provider ends
    /// when the provider answers.
    void stepDown() {
        settled = false;
        repair.cancel();
        failUnanswered(Replica.ESHUTDOWN);
        for (int i = 0; i < state.operations.all().size(); i++) {
            final Operation operation = state.operations.all().get(i);
            if (operation.active
                    && operation.origin == Operation.Origin.CLIENT
                    && !operation.submitted) {
                state.extents.forget(operation);
                operation.local = true;
            }
        }
        for (int i = 0; i < state.operations.all().size(); i++) {
            final Operation operation = state.operations.all().get(i);
            if (operation.active
                    && operation.origin == Operation.Origin.CLIENT
                    && operation.local) {
                end(operation);
            }
        }
        state.operations.restart();
        for (Peer peer : state.peers) {
            peer.receives = false;
            peer.counts = false;
            peer.grantUntil = Peer.NEVER;
        }
    }
}
