package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Overlapping operations are done in one order, reads share (S13).
final class RangeLocksTest {

    private final OperationTable table = new OperationTable(16);
    private final List<Operation> granted = new ArrayList<>();
    private final RangeLocks locks = new RangeLocks(granted::add, false);

    private Operation acquire(Operation.Kind kind, long offset, int length) {
        final Operation operation = table.take(kind, Operation.Origin.CLIENT, offset, length);
        locks.acquire(operation);
        return operation;
    }

    @Test
    void readsShareARange() {
        final Operation one = acquire(Operation.Kind.READ, 0, 4096);
        final Operation two = acquire(Operation.Kind.READ, 0, 8192);
        assertThat(granted).containsExactly(one, two);
    }

    @Test
    void writeWaitsForAnOverlappingRead() {
        final Operation read = acquire(Operation.Kind.READ, 0, 4096);
        final Operation write = acquire(Operation.Kind.WRITE, 4095, 4096);
        assertThat(granted).containsExactly(read);
        locks.release(read);
        assertThat(granted).containsExactly(read, write);
    }

    @Test
    void readWaitsForAnOverlappingWrite() {
        final Operation write = acquire(Operation.Kind.ZERO, 0, 8192);
        acquire(Operation.Kind.READ, 4096, 4096);
        assertThat(granted).containsExactly(write);
        assertThat(locks.waiting()).isEqualTo(1);
    }

    @Test
    void neighboursDoNotWait() {
        final Operation one = acquire(Operation.Kind.WRITE, 0, 4096);
        final Operation two = acquire(Operation.Kind.WRITE, 4096, 4096);
        assertThat(granted).containsExactly(one, two);
    }

    @Test
    void overlappingWritesAreGrantedInTheOrderOfArrival() {
        final Operation first = acquire(Operation.Kind.WRITE, 0, 4096);
        final Operation second = acquire(Operation.Kind.WRITE, 0, 8192);
        final Operation third = acquire(Operation.Kind.COPY, 4096, 4096);
        // The third overlaps nothing that is held, but the second, which came before it.
        assertThat(granted).containsExactly(first);
        locks.release(first);
        assertThat(granted).containsExactly(first, second);
        locks.release(second);
        assertThat(granted).containsExactly(first, second, third);
    }

    @Test
    void readDoesNotOvertakeAWaitingWrite() {
        final Operation read = acquire(Operation.Kind.READ, 0, 4096);
        final Operation write = acquire(Operation.Kind.WRITE, 0, 4096);
        final Operation late = acquire(Operation.Kind.READ, 0, 4096);
        assertThat(granted).containsExactly(read);
        locks.release(read);
        locks.release(write);
        assertThat(granted).containsExactly(read, write, late);
    }

    @Test
    void operationThatGivesUpWaitingLetsTheNextPass() {
        final Operation read = acquire(Operation.Kind.READ, 0, 4096);
        final Operation write = acquire(Operation.Kind.WRITE, 0, 4096);
        final Operation late = acquire(Operation.Kind.READ, 0, 4096);
        locks.release(write);
        assertThat(granted).containsExactly(read, late);
        assertThat(locks.waiting()).isZero();
    }
}
