package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The primary's data path: clients' operations, confirmations, grants held, and who has to leave
/// the set.
///
/// It *serves* (S1) while it is primary in the newest configuration it knows, has that on its disk,
/// has settled what was in flight before its reign, and holds a grant of this epoch from every
/// other replica that counts: the in-sync set, the set of a change whose outcome is unknown, and a
/// replica that is about to join.
final class PrimaryRole {

    private final ReplicaState state;
    private final Membership membership;
    private final RangeLocks locks;
    private final FlushRounds flushes;
    private final ReadRepair repair;

    private final ArrayDeque<Operation> waiting = new ArrayDeque<>();
    private boolean settled;
    private boolean quiet;

    /// A primary of before that may hold our grant until then: its slot, or nobody (S6).
    private int predecessor = Configuration.NOBODY;

    private long predecessorUntil;
    private long reignSince;
    private long pingedAt;
    private boolean suspendedReported;
    private long reviewing;

    PrimaryRole(ReplicaState state, Membership membership, RangeLocks locks) {
        this.state = state;
        this.membership = membership;
        this.locks = locks;
        this.flushes = new FlushRounds(state, this);
        this.repair = new ReadRepair(state, this, locks);
    }

    FlushRounds flushes() {
        return flushes;
    }

    ReadRepair repair() {
        return repair;
    }

    // --- who counts, and whether we serve ---

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
        if (predecessor != Configuration.NOBODY && state.now <= predecessorUntil) {
            return "a grant that this node gave to %s may still last"
                    .formatted(state.nodeOf(predecessor));
        }
        return missingGrant();
    }

    private @Nullable String missingGrant() {
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

    /// @param before the configuration in which this replica may have granted
    /// @param promisedUntil how long its grants last, by this clock
    void reignBegins(@Nullable Configuration before, Configuration after, long promisedUntil) {
        final int primaryBefore = before == null ? state.slot : before.primary();
        final boolean dropped =
                primaryBefore != state.slot && !after.inSync().contains(primaryBefore);
        predecessor =
                dropped && !state.has(Bug.ACT_UNDER_PROMISE) ? primaryBefore : Configuration.NOBODY;
        predecessorUntil = promisedUntil + state.settings.margin();
        settled = false;
        quiet = false;
        suspendedReported = false;
        reignSince = state.now;
        pingedAt = Peer.NEVER;
        state.operations.restart();
        for (Peer peer : state.peers) {
            peer.grantUntil = Peer.NEVER;
            peer.failing = null;
            peer.counts = false;
            peer.receives = false;
        }
    }

    /// A peer told what it has adopted. One that knows this reign has ended its own.
    void heard(Peer peer, Configuration theirs) {
        if (peer.slot == predecessor
                && state.configuration != null
                && theirs.epoch() >= state.configuration.reign().firstEpoch()) {
            predecessor = Configuration.NOBODY;
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

    /// Whether a write is on its way to a peer that is being brought back although it has failed
    /// here, so that the two will differ.
    boolean hasFailedWriteFor(Peer peer) {
        for (int i = 0; i < state.operations.all().size(); i++) {
            final Operation operation = state.operations.all().get(i);
            if (operation.active && failedHereButSent(operation, peer)) {
                return true;
            }
        }
        return false;
    }

    private static boolean failedHereButSent(Operation operation, Peer peer) {
        return operation.origin == Operation.Origin.CLIENT
                && operation.kind != Operation.Kind.READ
                && operation.local
                && operation.result < 0
                && peer.slot >= 0
                && (operation.sent & ReplicaSet.bit(peer.slot)) != 0;
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
            if (peer.resync != null && failedHereButSent(operation, peer)) {
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

    /// Every write in flight that the peer does not have on its provider.
    void unconfirmedBy(Peer peer, Consumer<Operation> action) {
        for (long sequence = state.operations.watermark() + 1;
                sequence <= state.operations.sequence();
                sequence++) {
            final Operation operation = state.operations.at(sequence);
            if (operation != null
                    && operation.targets == 0
                    && (operation.written & ReplicaSet.bit(peer.slot)) == 0) {
                action.accept(operation);
            }
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
    /// confirmed.
    void resume(Peer peer) {
        peer.receives = true;
        for (long sequence = state.operations.watermark() + 1;
                sequence <= state.operations.sequence();
                sequence++) {
            final Operation operation = state.operations.at(sequence);
            if (operation != null
                    && (operation.written & ReplicaSet.bit(peer.slot)) == 0
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
        if (state.isPrimary() && grant.epoch() == state.epoch() && grant.ask() <= state.now) {
            peer.grantEpoch = grant.epoch();
            peer.grantUntil =
                    Math.max(
                            peer.grantUntil,
                            (state.has(Bug.GRANT_COUNTS_FROM_ARRIVAL) ? state.now : grant.ask())
                                    + Math.min(grant.length(), state.settings.grant()));
            peer.heardAt = state.now;
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
        for (int i = 0; i < state.peers.size(); i++) {
            judge(state.peers.get(i));
        }
        shrink();
        goOn();
        failOrContinue();
    }

    private void judge(Peer peer) {
        final int bit = peer.slot < 0 ? 0 : ReplicaSet.bit(peer.slot);
        if ((required() & bit) == 0) {
            giveUpIfSilent(peer);
            return;
        }
        if (peer.failing != null) {
            return;
        }
        if (mayHaveKeptItsMemory(peer)) {
            return;
        }
        final long timeout = state.settings.timeout();
        if (!peer.up) {
            final boolean wasUp = peer.downSince > reignSince;
            final long since = wasUp ? peer.downSince : reignSince;
            if (state.now - since > (wasUp ? state.settings.reconnectGrace() : timeout)) {
                peer.failing = "its link is down";
            }
        } else if (state.now - Math.max(peer.heardAt, reignSince) > timeout) {
            peer.failing = "it has been silent for too long";
        } else if (settled
                && state.now - Math.max(peer.grantUntil - state.settings.grant(), reignSince)
                        > timeout) {
            peer.failing = "it has given no grant for too long";
        } else if (settled && peer.lost && !peer.counts) {
            peer.failing = "it lost its memory";
        } else if (settled && owesConfirmation(bit, timeout)) {
            peer.failing = "it has not confirmed a write in time";
        } else if (flushes.owes(bit, timeout)) {
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
        return !settled
                && state.memoryLost
                && !state.waitedForKeepers
                && !peer.lost
                && state.now - reignSince <= state.settings.memoryLossWait();
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
                || quiet) {
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
        peer.counts = false;
        peer.failing = null;
        peer.receives = false;
        final Resync resync = peer.resync;
        if (resync != null) {
            unconfirmedBy(peer, resync::missed);
            resync.broken(cause);
        }
        peer.retryAt = state.now + state.settings.reconnectGrace();
        state.effects.disconnect(peer.index, cause);
    }

    /// What the document says for a primary that needs a change while no arbiter answers (S8).
    private void failOrContinue() {
        if (membership.unavailableFor() <= state.settings.timeout() || missingGrant() == null) {
            return;
        }
        switch (state.settings.onArbiterLost()) {
            case SUSPEND -> {}
            case FAIL -> failUnanswered(Replica.EIO);
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
