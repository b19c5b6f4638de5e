package dev.hast.core.replication;

import dev.hast.core.configuration.ReplicaSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The operations in flight, and, at a primary, the order of its writes.
///
/// Operations are pooled. A token names an operation and the use it was made for, so a completion
/// that comes after the use has ended is recognised and dropped. The window of sequences is a ring:
/// the *all-confirmed watermark* is the last sequence below which every write has ended.
final class OperationTable {

    private static final int INDEX_BITS = 20;

    private final List<Operation> all = new ArrayList<>();
    private final List<Operation> free = new ArrayList<>();
    private @Nullable Operation[] window;
    private long sequence;
    private long watermark;
    private int inFlight;

    OperationTable(int operationsMax) {
        window = new Operation[Integer.highestOneBit(Math.max(16, operationsMax) * 4 - 1) * 2];
    }

    static long token(int index, int generation) {
        return ((long) generation << INDEX_BITS) | index;
    }

    Operation take(Operation.Kind kind, Operation.Origin origin, long offset, int length) {
        final Operation operation;
        if (free.isEmpty()) {
            operation = new Operation(all.size());
            all.add(operation);
        } else {
            operation = free.removeLast();
        }
        operation.active = true;
        operation.kind = kind;
        operation.origin = origin;
        operation.offset = offset;
        operation.length = length;
        operation.request = 0;
        operation.buffer = Operation.NO_BUFFER;
        operation.fua = false;
        operation.mayUnmap = false;
        operation.sequence = 0;
        operation.peer = -1;
        operation.epoch = 0;
        operation.startedAt = 0;
        operation.sent = 0;
        operation.received = 0;
        operation.written = 0;
        operation.targets = 0;
        operation.absent = 0;
        operation.locked = false;
        operation.submitted = false;
        operation.logged = false;
        operation.local = false;
        operation.answered = false;
        operation.result = 0;
        operation.arrival = 0;
        operation.owner = null;
        inFlight++;
        return operation;
    }

    void give(Operation operation) {
        operation.active = false;
        operation.generation = (operation.generation + 1) & 0x7fffffff;
        operation.owner = null;
        inFlight--;
        free.add(operation);
    }

    /// The operation that a token names, or null when that use of it has ended.
    @Nullable Operation find(long token) {
        final int index = (int) (token & ((1 << INDEX_BITS) - 1));
        if (index >= all.size()) {
            return null;
        }
        final Operation operation = all.get(index);
        return operation.active && operation.token() == token ? operation : null;
    }

    boolean windowFull() {
        return sequence - watermark >= window.length / 2;
    }

    void enter(Operation operation) {
        operation.sequence = ++sequence;
        window[slot(sequence)] = operation;
    }

    /// Takes an ended write out of the window; says whether the watermark moved.
    boolean leave(Operation operation) {
        if (operation.sequence == 0 || window[slot(operation.sequence)] != operation) {
            return false;
        }
        window[slot(operation.sequence)] = null;
        final long before = watermark;
        while (watermark < sequence && window[slot(watermark + 1)] == null) {
            watermark++;
        }
        return watermark != before;
    }

    /// The write with this sequence, if it has not ended.
    @Nullable Operation at(long wanted) {
        return wanted > watermark && wanted <= sequence ? window[slot(wanted)] : null;
    }

    /// A new reign begins its own order.
    void restart() {
        window = new Operation[window.length];
        sequence = 0;
        watermark = 0;
    }

    boolean windowEmpty() {
        return watermark == sequence;
    }

    long sequence() {
        return sequence;
    }

    long watermark() {
        return watermark;
    }

    int inFlight() {
        return inFlight;
    }

    /// Every operation ever made; look at `active`.
    List<Operation> all() {
        return all;
    }

    private int slot(long wanted) {
        return (int) (wanted & (window.length - 1));
    }

    /// Every write in flight that the peer does not have on its provider.
    void unconfirmedBy(Peer peer, Consumer<Operation> action) {
        for (long written = watermark + 1; written <= sequence; written++) {
            final Operation operation = at(written);
            if (operation != null
                    && operation.targets == 0
                    && (operation.written & ReplicaSet.bit(peer.slot)) == 0) {
                action.accept(operation);
            }
        }
    }

    /// Whether a write is on its way to a peer that is being brought back although it has failed
    /// here, so that the two will differ.
    boolean hasFailedWriteFor(Peer peer) {
        for (int i = 0; i < all.size(); i++) {
            final Operation operation = all.get(i);
            if (operation.active && failedHereButSent(operation, peer)) {
                return true;
            }
        }
        return false;
    }

    static boolean failedHereButSent(Operation operation, Peer peer) {
        return operation.origin == Operation.Origin.CLIENT
                && operation.kind != Operation.Kind.READ
                && operation.local
                && operation.result < 0
                && peer.slot >= 0
                && (operation.sent & ReplicaSet.bit(peer.slot)) != 0;
    }
}
