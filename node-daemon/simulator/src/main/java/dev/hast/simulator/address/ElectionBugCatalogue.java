package dev.hast.simulator.address;

import dev.hast.core.address.ElectionBug;
import dev.hast.simulator.kernel.Violation;
import java.util.Optional;

/// Shows that the simulation would see faults: runs seeds with a deliberate fault in the election
/// until one is caught that holds every rule without it.
public final class ElectionBugCatalogue {

    private ElectionBugCatalogue() {}

    /// @param seeds how many seeds it took
    public record Caught(ElectionBug bug, int seeds, long seed, String rule) {

        @Override
        public String toString() {
            return "| `%s` | %d | %s |".formatted(bug, seed, rule);
        }
    }

    /// Prints the table of docs/reference/carp.md.
    public static void main(String[] arguments) {
        for (ElectionBug bug : ElectionBug.values()) {
            System.out.println(
                    hunt(bug, 1, Integer.getInteger("most", 400))
                            .map(Caught::toString)
                            .orElse("| `" + bug + "` | not found | |"));
        }
    }

    public static Optional<Caught> hunt(ElectionBug bug, long first, int most) {
        for (int i = 0; i < most; i++) {
            try {
                new AddressSimulation(first + i, bug, null).run();
            } catch (Violation violation) {
                if (holdsWithout(first + i)) {
                    return Optional.of(new Caught(bug, i + 1, first + i, violation.rule()));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean holdsWithout(long seed) {
        try {
            new AddressSimulation(seed, null, null).run();
            return true;
        } catch (Violation violation) {
            System.out.println("without any fault: seed " + seed + ": " + violation.text());
            return false;
        }
    }
}
