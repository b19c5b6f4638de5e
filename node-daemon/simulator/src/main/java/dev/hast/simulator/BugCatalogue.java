package dev.hast.simulator;

import dev.hast.core.replication.Bug;
import dev.hast.simulator.kernel.Options;
import dev.hast.simulator.kernel.Violation;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Shows that the simulator would see faults: runs seeds with a deliberate fault in the core until
/// one is caught.
///
/// As a program it prints the table of `docs/explanation/simulation.md`; `-Dmost=N` bounds the
/// seeds for each, `-Dfrom=N` is the first, `-Dbug=NAME` hunts one fault alone.
public final class BugCatalogue {

    private BugCatalogue() {}

    /// @param seeds how many seeds it took
    public record Caught(Bug bug, int seeds, long seed, String rule) {

        @Override
        public String toString() {
            return "| `%s` | %d | %d | %s |".formatted(bug, seeds, seed, rule);
        }
    }

    public static void main(String[] arguments) {
        final int most = Integer.getInteger("most", 400);
        System.out.println("| fault | seeds | caught by seed | rule that was seen broken |");
        System.out.println("|---|---|---|---|");
        final @Nullable String one = System.getProperty("bug");
        for (Bug bug : one == null ? Bug.values() : new Bug[] {Bug.valueOf(one)}) {
            System.out.println(
                    hunt(bug, Long.getLong("from", 1), most)
                            .map(Caught::toString)
                            .orElse("| `" + bug + "` | not within " + most + " | | |"));
        }
    }

    /// Runs seeds from `first` on until one is caught, at most `most` of them.
    public static Optional<Caught> hunt(Bug bug, long first, int most) {
        for (int i = 0; i < most; i++) {
            final Options options = new Options(first + i, bug);
            if (options.promise() != Options.Promise.ALL) {
                continue;
            }
            try {
                new Simulation(options, null).run();
            } catch (Violation violation) {
                if (holdsWithout(first + i)) {
                    return Optional.of(new Caught(bug, i + 1, first + i, violation.rule()));
                }
            }
        }
        return Optional.empty();
    }

    /// A seed counts only when the same run holds every rule without the fault.
    private static boolean holdsWithout(long seed) {
        try {
            new Simulation(new Options(seed), null).run();
            return true;
        } catch (Violation violation) {
            System.out.println("without any fault: seed " + seed + ": " + violation.text());
            return false;
        }
    }
}
