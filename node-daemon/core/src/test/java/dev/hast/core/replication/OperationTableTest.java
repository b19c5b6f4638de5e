package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The window of writes, the all-confirmed watermark, and tokens.
final class OperationTableTest {

    private final OperationTable table = new OperationTable(16);

    private Operation enter() {
        final Operation operation =
                table.take(Operation.Kind.WRITE, Operation.Origin.CLIENT, 0, 4096);
        table.enter(operation);
        return operation;
    }

    @Test
    void watermarkStopsBelowTheOldestWriteThatHasNotEnded() {
        final Operation first = enter();
        final Operation second = enter();
        final Operation third = enter();
        assertThat(table.leave(second)).isFalse();
        assertThat(table.watermark()).isZero();
        assertThat(table.leave(first)).isTrue();
        assertThat(table.watermark()).isEqualTo(2);
        assertThat(table.windowEmpty()).isFalse();
        assertThat(table.leave(third)).isTrue();
        assertThat(table.watermark()).isEqualTo(3);
        assertThat(table.windowEmpty()).isTrue();
    }

    @Test
    void writeThatHasEndedIsNotFoundByItsSequence() {
        final Operation first = enter();
        final Operation second = enter();
        table.leave(second);
        assertThat(table.at(1)).isSameAs(first);
        assertThat(table.at(2)).isNull();
        assertThat(table.at(3)).isNull();
        assertThat(table.at(0)).isNull();
    }

    @Test
    void fullWindowOpensWhenTheOldestEnds() {
        final List<Operation> writes = new ArrayList<>();
        while (!table.windowFull()) {
            writes.add(enter());
        }
        for (Operation later : writes.subList(1, writes.size())) {
            table.leave(later);
        }
        assertThat(table.windowFull()).isTrue();
        table.leave(writes.getFirst());
        assertThat(table.windowFull()).isFalse();
        assertThat(table.watermark()).isEqualTo(writes.size());
    }

    @Test
    void tokenOfAnEarlierUseFindsNothing() {
        final Operation first = table.take(Operation.Kind.READ, Operation.Origin.CLIENT, 0, 4096);
        final long token = first.token();
        assertThat(table.find(token)).isSameAs(first);
        table.give(first);
        assertThat(table.find(token)).isNull();
        final Operation again = table.take(Operation.Kind.READ, Operation.Origin.CLIENT, 0, 4096);
        assertThat(again).isSameAs(first);
        assertThat(table.find(token)).isNull();
        assertThat(table.find(again.token())).isSameAs(again);
    }

    @Test
    void tokensAreNeverNegative() {
        final Operation operation =
                table.take(Operation.Kind.READ, Operation.Origin.CLIENT, 0, 4096);
        operation.generation = 0x7fffffff;
        assertThat(operation.token()).isPositive();
        table.give(operation);
        assertThat(operation.generation).isZero();
    }

    @Test
    void newReignBeginsItsOwnOrder() {
        final Operation old = enter();
        table.restart();
        assertThat(table.sequence()).isZero();
        final Operation young = enter();
        assertThat(young.sequence()).isEqualTo(1);
        assertThat(table.leave(old)).isFalse();
        assertThat(table.at(1)).isSameAs(young);
    }

    @Test
    void operationStartsWithoutTracesOfItsEarlierUse() {
        final Operation operation = enter();
        operation.written = 6;
        operation.fua = true;
        operation.absent = 3;
        table.leave(operation);
        table.give(operation);
        final Operation again = table.take(Operation.Kind.WRITE, Operation.Origin.PEER, 8192, 512);
        assertThat(again.written).isZero();
        assertThat(again.fua()).isFalse();
        assertThat(again.absent).isZero();
        assertThat(again.sequence()).isZero();
        assertThat(again.offset()).isEqualTo(8192);
    }
}
