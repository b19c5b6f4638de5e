package dev.hast.core.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Keeps overlapping operations in one order (S13): reads share a range, everything else has it
/// alone, first come first served.
///
/// Reads take part because a read that returns a write which is not confirmed everywhere could be
/// taken back by a failover. Few operations are in flight and fewer overlap, so both lists are
/// searched from the front.
final class RangeLocks {

    private final List<Operation> held = new ArrayList<>();
    private final List<Operation> waiting = new ArrayList<>();
    private final Consumer<Operation> granted;
    private final boolean orderless;

    /// @param orderless a deliberate fault ([Bug#NO_ORDER])
    RangeLocks(Consumer<Operation> granted, boolean orderless) {
        this.granted = granted;
        this.orderless = orderless;
    }

    /// Calls `granted` now, or when nothing before it is in the way.
    void acquire(Operation operation) {
        if (!orderless && blocked(operation, waiting.size())) {
            waiting.add(operation);
        } else {
            grant(operation);
        }
    }

    /// Gives the range back, or stops waiting for it.
    void release(Operation operation) {
        if (!operation.locked) {
            waiting.remove(operation);
        } else {
            operation.locked = false;
            final int at = held.indexOf(operation);
            final Operation last = held.removeLast();
            if (last != operation) {
                held.set(at, last);
            }
        }
        if (!waiting.isEmpty()) {
            grantWaiting();
        }
    }

    int waiting() {
        return waiting.size();
    }

    private void grantWaiting() {
        for (int i = 0; i < waiting.size(); i++) {
            final Operation candidate = waiting.get(i);
            if (!blocked(candidate, i)) {
                waiting.remove(i);
                grant(candidate);
                // Granting may have changed both lists: look again from the front.
                i = -1;
            }
        }
    }

    private void grant(Operation operation) {
        operation.locked = true;
        held.add(operation);
        granted.accept(operation);
    }

    private boolean blocked(Operation operation, int before) {
        for (int i = 0; i < held.size(); i++) {
            if (conflict(operation, held.get(i))) {
                return true;
            }
        }
        for (int i = 0; i < before; i++) {
            if (conflict(operation, waiting.get(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean conflict(Operation one, Operation other) {
        return one.overlaps(other)
                && (one.kind != Operation.Kind.READ || other.kind != Operation.Kind.READ);
    }
}
