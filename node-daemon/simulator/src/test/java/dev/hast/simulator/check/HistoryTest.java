package dev.hast.simulator.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.simulator.kernel.Violation;
import org.junit.jupiter.api.Test;

/// The judge is judged: what it accepts, and what it must not.
class HistoryTest {

    private final History history = new History(4);

    private Op write() {
        return history.invoke("n0", new Op.Request(Op.Kind.WRITE, 0, 1, false));
    }

    private Op read() {
        return history.invoke("n0", new Op.Request(Op.Kind.READ, 0, 1, false));
    }

    private Op zero() {
        return history.invoke("n0", new Op.Request(Op.Kind.ZERO, 0, 1, false));
    }

    private Op flush() {
        return history.invoke("n0", new Op.Request(Op.Kind.FLUSH, 0, 0, false));
    }

    private void done(Op op) {
        history.answered(op, 0, null);
    }

    private void saw(Op read, Op write) {
        history.answered(read, 0, new long[] {write.value(0)});
    }

    private void sawNothing(Op read) {
        history.answered(read, 0, new long[] {0});
    }

    private void refused() {
        assertThatThrownBy(history::check)
                .isInstanceOf(Violation.class)
                .hasMessageContaining("linearizable");
    }

    private void accepted() {
        assertThat(history.check()).isZero();
    }

    @Test
    void readOfTheLastWriteIsAccepted() {
        final Op write = write();
        done(write);
        saw(read(), write);
        accepted();
    }

    @Test
    void lostWriteIsRefused() {
        done(write());
        sawNothing(read());
        refused();
    }

    @Test
    void readOfAnOverwrittenValueIsRefused() {
        final Op first = write();
        done(first);
        done(write());
        saw(read(), first);
        refused();
    }

    @Test
    void readBesideAWriteMaySeeEither() {
        final Op first = write();
        done(first);
        final Op second = write();
        final Op early = read();
        final Op late = read();
        saw(early, first);
        saw(late, second);
        done(second);
        saw(read(), second);
        accepted();
    }

    @Test
    void valueThatGoesBackIsRefused() {
        final Op first = write();
        done(first);
        final Op second = write();
        saw(read(), second);
        saw(read(), first);
        done(second);
        refused();
    }

    @Test
    void writesAtOnceMayBeSeenInEitherOrderButOnlyOne() {
        final Op first = write();
        final Op second = write();
        final Op one = read();
        final Op two = read();
        saw(one, second);
        saw(two, first);
        done(first);
        done(second);
        saw(read(), second);
        accepted();
    }

    @Test
    void writeWithoutSuccessMayHaveHappenedOrNot() {
        final Op first = write();
        done(first);
        final Op failed = write();
        history.lost(failed);
        saw(read(), first);
        saw(read(), failed);
        accepted();
    }

    @Test
    void writeWithoutSuccessDoesNotComeBackInALaterReign() {
        final Op first = write();
        done(first);
        final Op failed = write();
        history.lost(failed);
        history.reign();
        saw(read(), first);
        saw(read(), failed);
        refused();
    }

    @Test
    void zeroingHidesWhatWasThere() {
        final Op first = write();
        done(first);
        done(zero());
        saw(read(), first);
        refused();
    }

    @Test
    void unflushedWriteMayBeGoneWhenMemoryWasLost() {
        final Op first = write();
        done(first);
        done(flush());
        done(write());
        history.memoryLost();
        history.reign();
        saw(read(), first);
        accepted();
    }

    @Test
    void flushedWriteMayNotBeGoneWhenMemoryWasLost() {
        final Op first = write();
        done(first);
        done(write());
        done(flush());
        history.memoryLost();
        history.reign();
        saw(read(), first);
        refused();
    }

    @Test
    void flushAfterALossDoesNotCoverWhatWasLost() {
        final Op first = write();
        done(first);
        done(flush());
        done(write());
        history.memoryLost();
        history.reign();
        saw(read(), first);
        done(flush());
        assertThat(history.durable(0, first.value(0))).isTrue();
        history.memoryLost();
        saw(read(), first);
        accepted();
    }

    @Test
    void writeWithFuaIsOnTheMedium() {
        final Op first = write();
        done(first);
        done(history.invoke("n0", new Op.Request(Op.Kind.WRITE, 0, 1, true)));
        assertThat(history.durable(0, first.value(0))).isFalse();
    }

    @Test
    void blockInTheWrongPlaceIsRefused() {
        final Op write = write();
        done(write);
        history.answered(read(), 0, new long[] {write.value(1)});
        assertThatThrownBy(history::check).hasMessageContaining("blocks in their place");
    }
}
