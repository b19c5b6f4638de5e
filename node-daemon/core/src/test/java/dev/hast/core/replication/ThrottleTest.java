package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/// The throttle beside clients whose wait is a function of what the comparison takes.
final class ThrottleTest {

    private static final long MILLISECOND = 1_000_000L;
    private static final long SECOND = 1_000 * MILLISECOND;
    private static final long MIB = 1 << 20;

    /// One client with an operation each millisecond, and a comparison that always has more to do.
    private static final class Machine {
        final Throttle throttle = new Throttle();
        final ArrayDeque<Long> pieces = new ArrayDeque<>();
        long now = 5 * SECOND;
        long taken;
        int largest;

        /// Bytes taken lately: halves each 3 ms.
        double lately;

        boolean clients = true;
        boolean comparing = true;
        long pieceTakes = MILLISECOND / 2;

        /// What a client waits for, of the bytes a second that are taken.
        LongUnaryOperator wait = rate -> MILLISECOND / 4;

        Machine(long most, long least) {
            final ReplicaSettings product = ReplicaSettings.defaults("a", List.of("b"));
            throttle.limits(
                    new ReplicaSettings(
                            "a",
                            List.of("b"),
                            product.mode(),
                            true,
                            true,
                            product.onArbiterLost(),
                            product.timeout(),
                            product.grant(),
                            product.margin(),
                            product.heartbeat(),
                            product.reconnectGrace(),
                            product.memoryLossWait(),
                            product.extentBytes(),
                            product.activityLogExtents(),
                            product.operationsMax(),
                            most,
                            least));
        }

        /// Bytes a second that were taken.
        long run(long seconds) {
            final long before = taken;
            final long until = now + seconds * SECOND;
            while (now < until) {
                now += MILLISECOND;
                lately *= 0.8;
                if (clients) {
                    final long began = now - wait.applyAsLong((long) (lately / 0.005));
                    throttle.clientBegan(began);
                    throttle.clientAnswered(began, now);
                }
                final boolean tick = now / MILLISECOND % 20 == 0;
                if (tick) {
                    throttle.tick(now);
                }
                boolean ended = false;
                while (!pieces.isEmpty() && pieces.peek() <= now) {
                    pieces.poll();
                    ended = true;
                }
                if (comparing && (tick || ended)) {
                    pump();
                }
            }
            return (taken - before) / seconds;
        }

        private void pump() {
            int piece = throttle.piece(now, pieces.size());
            while (piece > 0) {
                assertThat(piece % Replica.CHUNK_BYTES).isZero();
                throttle.taken(now, piece);
                pieces.add(now + pieceTakes);
                taken += piece;
                lately += piece;
                largest = Math.max(largest, piece);
                piece = throttle.piece(now, pieces.size());
            }
        }
    }

    @Test
    void whoSuffersIsLeftAloneDownToTheLeastRateAndNotBelow() {
        final Machine machine = new Machine(0, 10 * MIB);
        machine.wait = rate -> rate > MIB ? 3 * MILLISECOND : MILLISECOND / 4;
        machine.run(2);
        assertThat(machine.run(20)).isBetween(10 * MIB * 99 / 100, 12 * MIB);
        assertThat(machine.largest).isLessThanOrEqualTo(4 * Replica.CHUNK_BYTES);
    }

    @Test
    void theRateGrowsWhileNobodySuffersUpToTheMost() {
        final Machine machine = new Machine(80 * MIB, 10 * MIB);
        assertThat(machine.run(2)).isLessThan(40 * MIB);
        machine.run(5);
        assertThat(machine.run(10)).isBetween(60 * MIB, 80 * MIB);
    }

    @Test
    void itSettlesWhereClientsBearIt() {
        final Machine machine = new Machine(0, 2 * MIB);
        // Half as long again at 40 MiB/s.
        machine.wait = rate -> MILLISECOND / 4 + MILLISECOND / 4 * rate / (80 * MIB);
        machine.run(10);
        assertThat(machine.run(20)).isBetween(10 * MIB, 50 * MIB);
    }

    @Test
    void aHeavierLoadOfTheClientsThemselvesBecomesTheYardstick() {
        final Machine machine = new Machine(0, 2 * MIB);
        machine.run(5);
        machine.wait = rate -> MILLISECOND;
        assertThat(machine.run(2)).isPositive();
        machine.run(5);
        assertThat(machine.run(5)).isGreaterThan(20 * MIB);
    }

    @Test
    void withoutClientsNothingIsHeldBack() {
        final Machine machine = new Machine(0, 2 * MIB);
        machine.wait = rate -> rate > MIB ? 3 * MILLISECOND : MILLISECOND / 4;
        machine.run(5);
        machine.clients = false;
        machine.run(1);
        machine.pieceTakes = 20 * MILLISECOND;
        machine.run(1);
        assertThat(machine.run(5)).isGreaterThan(350 * MIB);
    }

    @Test
    void whenClientsComeBackItIsSlowAtOnce() {
        final Machine machine = new Machine(0, 2 * MIB);
        machine.wait = rate -> rate > MIB ? 3 * MILLISECOND : MILLISECOND / 4;
        machine.run(5);
        machine.clients = false;
        machine.pieceTakes = 20 * MILLISECOND;
        machine.run(2);
        machine.clients = true;
        assertThat(machine.run(5)).isLessThan(3 * MIB);
    }

    @Test
    void theMostHoldsWithoutClientsToo() {
        final Machine machine = new Machine(MIB, 64 << 10);
        machine.clients = false;
        assertThat(machine.run(10)).isBetween(MIB * 9 / 10, MIB * 11 / 10);
    }

    @Test
    void aMostBelowTheLeastHolds() {
        final Machine machine = new Machine(MIB, 10 * MIB);
        machine.run(1);
        assertThat(machine.run(10)).isBetween(MIB / 2, MIB * 11 / 10);
    }

    @Test
    void theLeastRateIsReachedOverALongWayToo() {
        final Machine machine = new Machine(0, 10 * MIB);
        machine.wait = rate -> rate > MIB ? 3 * MILLISECOND : MILLISECOND / 4;
        machine.pieceTakes = 60 * MILLISECOND;
        machine.run(2);
        assertThat(machine.run(20)).isGreaterThan(9 * MIB);
    }

    @Test
    void aSmallLeastRateIsReached() {
        final Machine machine = new Machine(0, 64 << 10);
        machine.wait = rate -> rate > MIB ? 3 * MILLISECOND : MILLISECOND / 4;
        machine.run(10);
        assertThat(machine.run(60)).isGreaterThanOrEqualTo(64 << 10);
    }

    @Test
    void whileItIsPausedNothingIsTaken() {
        final Machine machine = new Machine(0, 10 * MIB);
        machine.throttle.pause(true);
        assertThat(machine.run(2)).isZero();
        machine.throttle.pause(false);
        assertThat(machine.run(2)).isPositive();
    }
}
