package dev.hast.simulator.address;

import dev.hast.core.address.ElectionBug;
import dev.hast.simulator.kernel.Violation;
import java.util.Map;
import java.util.TreeMap;

/// The command for the simulation of addresses: replays one seed with its trace, or runs seeds on
/// one thread. Reached through [dev.hast.simulator.Simulate] by `-Daddress=true`.
public final class AddressHunt {

    private AddressHunt() {}

    /// The command that replays a seed.
    public static String replayCommand(long seed) {
        return "./mvnw -q -Psimulate -pl node-daemon/simulator -am process-classes -Daddress=true -Dseed="
                + seed;
    }

    /// Whether every rule held.
    public static boolean main() {
        final String seed = System.getProperty("seed", "");
        return seed.isBlank() ? hunt() : replay(Long.parseLong(seed.strip()));
    }

    private static boolean replay(long seed) {
        final String bug = System.getProperty("bug", "");
        try {
            System.out.println(
                    new AddressSimulation(
                                    seed,
                                    bug.isBlank() ? null : ElectionBug.valueOf(bug),
                                    Boolean.getBoolean("quiet") ? null : System.out)
                            .run());
            return true;
        } catch (Violation violation) {
            System.out.println("VIOLATION " + violation.text());
            return false;
        }
    }

    private static boolean hunt() {
        final long first = Long.getLong("from", 1);
        final long budget = Long.getLong("seconds", 60) * 1_000_000_000L;
        final long start = System.nanoTime();
        final Map<String, Integer> failures = new TreeMap<>();
        long seeds = 0;
        long events = 0;
        for (; System.nanoTime() - start < budget; seeds++) {
            try {
                events += new AddressSimulation(first + seeds, null, null).run().events();
            } catch (Violation violation) {
                if (failures.merge(violation.rule(), 1, Integer::sum) <= 5) {
                    System.out.printf("FAILED seed %d: %s%n", first + seeds, violation.text());
                }
            }
        }
        System.out.printf(
                "address: %d seeds from %d, %,d events, failed: %s%n",
                seeds, first, events, failures);
        return failures.isEmpty();
    }
}
