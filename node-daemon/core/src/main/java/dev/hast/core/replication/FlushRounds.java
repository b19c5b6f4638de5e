package dev.hast.core.replication;

import dev.hast.core.configuration.ReplicaSet;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// FLUSH at the primary: one round at a time on the local provider and on every replica that counts
/// (S2); requests that come meanwhile share the next round.
final class FlushRounds {

    private final ReplicaState state;
    private final PrimaryRole primary;
    private final Throttle throttle;
    private long[] collecting = new long[16];
    private int collected;
    private long[] inRound = new long[16];
    private int roundSize;
    private @Nullable Runnable internal;
    private @Nullable Runnable internalInRound;
    private boolean running;
    private long id;
    private int targets;
    private int flushed;
    private boolean local;
    private int result;
    private long startedAt;

    FlushRounds(ReplicaState state, PrimaryRole primary, Throttle throttle) {
        this.state = state;
        this.primary = primary;
        this.throttle = throttle;
    }

    void request(long request) {
        if (collected == collecting.length) {
            collecting = Arrays.copyOf(collecting, collected * 2);
        }
        collecting[collected++] = request;
        review();
    }

    /// A flush that the replica itself needs; allowed while it does not serve.
    void internal(Runnable then) {
        internal = then;
        review();
    }

    /// A round of the reign before is asked again in this one: its replicas may be others, and it
    /// must not hold up the flush that this reign begins with.
    void reignBegins() {
        if (roundSize > 0) {
            final int waiting = collected;
            if (collecting.length < roundSize + waiting) {
                collecting = Arrays.copyOf(collecting, roundSize + waiting);
            }
            System.arraycopy(collecting, 0, collecting, roundSize, waiting);
            System.arraycopy(inRound, 0, collecting, 0, roundSize);
            collected = roundSize + waiting;
            roundSize = 0;
        }
        running = false;
        internal = null;
        internalInRound = null;
    }

    boolean idle() {
        return !running && collected == 0;
    }

    int waiting() {
        return collected + roundSize;
    }

    /// Starts or ends a round if that is possible now.
    void review() {
        if (running) {
            finish();
        }
        if (!running && (internal != null || (collected > 0 && primary.serving()))) {
            begin();
        }
    }

    private void begin() {
        final long[] swap = inRound;
        inRound = collecting;
        roundSize = primary.serving() ? collected : 0;
        if (roundSize > 0) {
            collecting = swap;
            collected = 0;
        } else {
            inRound = swap;
        }
        internalInRound = internal;
        internal = null;
        running = true;
        local = false;
        result = 0;
        flushed = 0;
        id++;
        startedAt = state.now;
        targets = state.has(Bug.FLUSH_HERE_ONLY) ? 0 : primary.required();
        for (int i = 0; i < state.peers.size(); i++) {
            resend(state.peers.get(i));
        }
        final Operation flush =
                state.operations.take(
                        Operation.Kind.FLUSH, Operation.Origin.INTERNAL, state.extents.stamp(), 0);
        flush.submitted = true;
        flush.sequence = 0;
        flush.arrival = id;
        state.effects.flush(flush.token());
    }

    /// A peer of the running round is on the line again, and gets every write: one that does not,
    /// or that came back without its memory before a change took it into the set, might have lost
    /// what it is asked to flush. The round waits until such a one has left.
    void resend(Peer peer) {
        final boolean mayLack = peer.lost && !peer.counts && primary.isSettled();
        if (running
                && peer.receives
                && !mayLack
                && peer.slot >= 0
                && (targets & ~flushed & ReplicaSet.bit(peer.slot)) != 0) {
            state.send(peer, new Message.Flush(state.epoch(), id));
        }
    }

    void stored(Operation flush) {
        final boolean mine = running && flush.arrival == id;
        if (flush.result == 0) {
            state.extents.flushed(flush.offset);
        }
        state.operations.give(flush);
        if (!mine) {
            return;
        }
        local = true;
        result = flush.result;
        if (result < 0 && primary.required() != 0) {
            state.failProvider("flush failed with errno " + -result);
        } else {
            primary.goOn();
        }
    }

    void flushed(Peer peer, Message.Flushed answer) {
        if (!running || answer.id() != id || peer.slot < 0) {
            return;
        }
        peer.heardAt = state.now;
        if (answer.result() < 0) {
            peer.failing = "its flush failed with errno " + -answer.result();
            primary.shrink();
            return;
        }
        flushed |= ReplicaSet.bit(peer.slot);
        primary.goOn();
    }

    boolean owes(int bit, long timeout) {
        return running && (targets & ~flushed & bit) != 0 && state.now - startedAt > timeout;
    }

    private void finish() {
        final int needed = targets & primary.required();
        final boolean mayAnswer = roundSize == 0 || primary.serving();
        if (!local || (flushed & needed) != needed || !mayAnswer) {
            return;
        }
        running = false;
        final int size = roundSize;
        if (size > 0) {
            throttle.clientAnswered(startedAt, state.now);
        }
        roundSize = 0;
        for (int i = 0; i < size; i++) {
            state.effects.complete(inRound[i], result);
        }
        final Runnable then = internalInRound;
        internalInRound = null;
        if (then != null) {
            then.run();
        }
    }

    /// Answers everything with an error; a running round is forgotten.
    void fail(int with) {
        for (int i = 0; i < roundSize; i++) {
            state.effects.complete(inRound[i], with);
        }
        for (int i = 0; i < collected; i++) {
            state.effects.complete(collecting[i], with);
        }
        roundSize = 0;
        collected = 0;
        running = false;
        internal = null;
        internalInRound = null;
    }
}
