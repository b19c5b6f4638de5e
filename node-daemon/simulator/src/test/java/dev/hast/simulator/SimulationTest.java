package dev.hast.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.simulator.kernel.Options;
import dev.hast.simulator.kernel.Violation;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Seeds that once found a fault, and fresh ones: 60 that no run has had before. A seed that fails
/// is printed with the command that replays it. `-Dsimulation.from=N` and `-Dsimulation.seeds=N`
/// choose others.
class SimulationTest {

    /// Each of these found a fault in the core when it was new; docs/explanation/simulation.md says
    /// which.
    @ParameterizedTest
    @ValueSource(
            longs = {
                4,
                38,
                57,
                67,
                132,
                1125,
                2031,
                10357,
                10568,
                10640,
                20114,
                20664,
                623,
                20542,
                40617,
                40054,
                10943,
                301271,
                301701,
                401516,
                2581701979L,
                3588139014L,
                786449698673L,
                207874525,
                207874536,
                80466167092L,
                80466167098L,
                80466167680L,
                80466167872L,
                80466169259L,
                1066667814253L,
                1066667815141L,
                1066667815343L,
                868941414960L,
                868941416063L,
                261082575055L,
                2061121164661L,
                261082576129L,
                5200009970L,
                5200010638L,
                5300013296L,
                5300010108L,
                5300010357L,
                5300008904L,
                5300017615L,
                5700002156L
            })
    void seedThatOnceFoundAFaultHoldsEveryRule(long seed) {
        run(seed);
    }

    @Test
    void freshSeedsHoldEveryRule() {
        final long wanted = Long.getLong("simulation.seeds", 60);
        final long budget =
                wanted == Long.MAX_VALUE
                        ? Long.getLong("simulation.seconds", 60) * 1_000_000_000L
                        : Long.MAX_VALUE;
        final long start = System.nanoTime();
        // Half of the seeds from a million on are storms.
        final long first =
                Long.getLong(
                        "simulation.from",
                        ThreadLocalRandom.current().nextLong(1_000_000, 1_000_000_000_000L));
        long seeds = 0;
        long events = 0;
        long requests = 0;
        while (seeds < wanted && System.nanoTime() - start < budget) {
            final Simulation.Result result = run(first + seeds);
            seeds++;
            events += result.events();
            requests += result.requests();
        }
        System.out.printf(
                "simulation: %d seeds (fresh from %d), %,d events, %,d client requests, every rule held%n",
                seeds, first, events, requests);
        assertThat(seeds).isPositive();
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void sameSeedGivesTheSameRun(long seed) {
        assertThat(run(seed)).isEqualTo(run(seed));
    }

    private static Simulation.Result run(long seed) {
        final Options options = new Options(seed);
        try {
            return new Simulation(options, null).run();
        } catch (Violation violation) {
            throw new AssertionError(
                    "%s%n%s%nreplay: %s"
                            .formatted(violation.text(), options, Simulate.replayCommand(seed)),
                    violation);
        }
    }
}
