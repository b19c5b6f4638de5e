package dev.hast.simulator.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.simulator.kernel.Violation;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Segments of the first seeds, those that once found a fault, and fresh ones that no run has had
/// before. A seed that fails is printed with the command that replays it. `-Daddress.from=N` and
/// `-Daddress.seeds=N` choose others.
class AddressSimulationTest {

    /// Each of these found a fault when it was new; docs/reference/carp.md says which.
    @ParameterizedTest
    @ValueSource(longs = {1159, 1592, 1824, 3510, 3814, 1008131})
    void seedThatOnceFoundAFaultHoldsEveryRule(long seed) {
        run(seed);
    }

    @Test
    void freshSeedsHoldEveryRule() {
        final long wanted = Long.getLong("address.seeds", 60);
        final long first =
                Long.getLong(
                        "address.from",
                        ThreadLocalRandom.current().nextLong(1_000_000, 1_000_000_000_000L));
        long events = 0;
        for (long i = 0; i < wanted; i++) {
            events += run(first + i).events();
        }
        System.out.printf(
                "address: %d seeds (fresh from %d), %,d events, every rule held%n",
                wanted, first, events);
        assertThat(events).isPositive();
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void sameSeedGivesTheSameRun(long seed) {
        assertThat(run(seed)).isEqualTo(run(seed));
    }

    private static AddressSimulation.Result run(long seed) {
        try {
            return new AddressSimulation(seed, null, null).run();
        } catch (Violation violation) {
            throw new AssertionError(
                    "%s%n%s%nreplay: %s"
                            .formatted(
                                    violation.text(),
                                    new AddressOptions(seed, null),
                                    AddressHunt.replayCommand(seed)),
                    violation);
        }
    }
}
