package dev.hast.simulator;

import dev.hast.core.replication.Bug;
import dev.hast.simulator.address.AddressHunt;
import dev.hast.simulator.kernel.Options;
import dev.hast.simulator.kernel.Violation;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The simulator's command: `-Dseed=N` replays one seed and prints its trace, with `-Dbug=NAME` a
/// deliberate fault in it; else seeds are run for `-Dhours=H` (or `-Dseconds=S`) on all cores, from
/// `-Dfrom=N` on. `-Daddress=true` does the same with the election of an address's holder.
public final class Simulate {

    private Simulate() {}

    public static void main(String[] arguments) throws InterruptedException {
        if (Boolean.getBoolean("address")) {
            if (!AddressHunt.main()) {
                System.exit(1);
            }
            return;
        }
        final @Nullable String seed = System.getProperty("seed");
        final boolean passed =
                seed != null && !seed.isBlank()
                        ? replay(Long.parseLong(seed.strip()))
                        : hunt(
                                new Plan(
                                        property("from", 1L),
                                        (long)
                                                (1e9
                                                        * (3600 * number("hours", 0)
                                                                + number(
                                                                        "seconds",
                                                                        number("hours", 0) > 0
                                                                                ? 0
                                                                                : 60))),
                                        (int)
                                                property(
                                                        "threads",
                                                        Runtime.getRuntime()
                                                                .availableProcessors())));
        if (!passed) {
            System.exit(1);
        }
    }

    /// The command that replays a seed.
    public static String replayCommand(long seed) {
        return "./mvnw -q -Psimulate -pl node-daemon/simulator -am process-classes -Dseed=" + seed;
    }

    private static long property(String name, long otherwise) {
        return (long) number(name, otherwise);
    }

    private static double number(String name, double otherwise) {
        final @Nullable String value = System.getProperty(name);
        return value == null || value.isBlank() ? otherwise : Double.parseDouble(value.strip());
    }

    private static boolean replay(long seed) {
        final @Nullable String bug = System.getProperty("bug");
        final Options options = new Options(seed, bug == null ? null : Bug.valueOf(bug));
        System.out.println(options);
        try {
            System.out.println(
                    new Simulation(
                                    options,
                                    Boolean.parseBoolean(System.getProperty("quiet"))
                                            ? null
                                            : System.out)
                            .run());
            return true;
        } catch (Violation violation) {
            System.out.println("VIOLATION " + violation.text());
            if (violation.getCause() != null) {
                violation.getCause().printStackTrace(System.out);
            }
            return false;
        }
    }

    private record Plan(long from, long nanos, int threads) {}

    private static boolean hunt(Plan plan) throws InterruptedException {
        final long start = System.nanoTime();
        final AtomicLong next = new AtomicLong(plan.from);
        final AtomicLong events = new AtomicLong();
        final AtomicLong requests = new AtomicLong();
        final Map<String, String> failures = new TreeMap<>();
        final Thread[] threads = new Thread[plan.threads];
        final AtomicLong failed = new AtomicLong();
        for (int i = 0; i < threads.length; i++) {
            threads[i] =
                    Thread.ofPlatform()
                            .start(() -> {
                                while (System.nanoTime() - start < plan.nanos) {
                                    final Outcome outcome = run(next.getAndIncrement());
                                    events.addAndGet(outcome.events);
                                    requests.addAndGet(outcome.requests);
                                    if (outcome.violation != null) {
                                        failed.incrementAndGet();
                                        note(failures, outcome.violation);
                                    }
                                }
                            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.printf(
                "%d seeds from %d, %,d events, %,d requests, %d failed, %d s%n",
                next.get() - plan.from,
                plan.from,
                events.get(),
                requests.get(),
                failed.get(),
                (System.nanoTime() - start) / 1_000_000_000L);
        failures.values().forEach(System.out::println);
        return failed.get() == 0;
    }

    private static void note(Map<String, String> failures, Failure failure) {
        synchronized (failures) {
            final String text =
                    "seed %d: %s%n  %s"
                            .formatted(
                                    failure.seed,
                                    failure.violation.text(),
                                    replayCommand(failure.seed));
            if (failures.putIfAbsent(failure.violation.rule(), text) == null) {
                System.out.println("FAILED " + text);
            } else {
                System.out.printf(
                        "FAILED seed %d: %s%n",
                        failure.seed, failure.violation.text().lines().findFirst().orElse(""));
            }
        }
    }

    private record Failure(long seed, Violation violation) {}

    private record Outcome(long events, long requests, @Nullable Failure violation) {}

    private static Outcome run(long seed) {
        try {
            final Simulation.Result result = new Simulation(new Options(seed), null).run();
            return new Outcome(result.events(), result.requests(), null);
        } catch (Violation violation) {
            return new Outcome(0, 0, new Failure(seed, violation));
        }
    }
}
