package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import dev.hast.daemon.arbiter.UnreliableApiServer.Fate;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Three clients change one Lease while requests and answers are lost, late, doubled and wrong, as
/// a seed decides; the history is judged. `-Dhast.lease.seed=N` replays one seed. Which outcome a
/// call has also depends on the machine's speed; that all outcomes are true must not.
final class LeasePropertyTest {

    private static final String NAME = "contended";
    private static final int CLIENTS = 3;
    private static final int STEPS = 60;
    private static final int SEEDS = 12;
    private static final Duration TIMEOUT = Duration.ofMillis(250);

    /// What a request meets while things go wrong.
    private static final List<Fate> FAULTS =
            List.of(
                    Fate.LOST_BEFORE,
                    Fate.LOST_AFTER,
                    Fate.LOST_AFTER,
                    Fate.LATE,
                    Fate.LATE,
                    Fate.LATE,
                    Fate.HALF_ANSWERED,
                    Fate.DOUBLED,
                    Fate.FAILED,
                    Fate.TIMED_OUT,
                    Fate.THROTTLED,
                    Fate.GONE,
                    Fate.UNKNOWN_CALLER,
                    Fate.FORBIDDEN,
                    Fate.SPURIOUS_CONFLICT,
                    Fate.NOT_KUBERNETES,
                    Fate.ANSWERED);

    @Test
    void historyIsThatOfOneRegisterWhateverIsLost() throws Exception {
        final long[] seeds =
                Optional.ofNullable(Long.getLong("hast.lease.seed"))
                        .map(seed -> new long[] {seed})
                        .orElseGet(() ->
                                LongStream.concat(
                                                LongStream.rangeClosed(1, SEEDS),
                                                LongStream.of(System.nanoTime()))
                                        .toArray());
        final var outcomes = new TreeMap<String, Integer>();
        // They wait more than they work.
        try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            final List<Future<RegisterHistory>> runs = new ArrayList<>();
            for (long seed : seeds) {
                final Callable<RegisterHistory> run = () -> run(seed);
                runs.add(threads.submit(run));
            }
            for (int i = 0; i < seeds.length; i++) {
                final RegisterHistory history = runs.get(i).get();
                assertThat(history.violations())
                        .as("replay with -Dhast.lease.seed=" + seeds[i])
                        .isEmpty();
                history.operations()
                        .forEach(o ->
                                outcomes.merge(
                                        o.outcome().getClass().getSimpleName(), 1, Integer::sum));
            }
        }
        System.out.println(seeds.length + " seeds: " + outcomes);
        if (seeds.length >= SEEDS) {
            assertThat(outcomes).containsKeys("Swapped", "Unknown", "Conflict", "Read");
        }
    }

    private static RegisterHistory run(long seed) throws IOException {
        final Random random = new Random(seed);
        final var history = new RegisterHistory();
        final List<Calls> clients = new ArrayList<>();
        try (UnreliableApiServer server = new UnreliableApiServer()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(
                        new Calls(
                                new LeaseArbiter(
                                        server.settings().withTimeouts(TIMEOUT, TIMEOUT))));
            }
            final ArbiterOutcome.Read[] known = new ArbiterOutcome.Read[CLIENTS];
            int stormy = 0;
            for (int step = 0; step < STEPS; step++) {
                final int client = random.nextInt(CLIENTS);
                stormy = random.nextInt(4) == 0 ? random.nextInt(10) : stormy;
                server.usually(fates(new Random(random.nextLong()), stormy));
                if (random.nextBoolean()) {
                    server.carryOutOneLate(random.nextInt(1_000));
                }
                known[client] =
                        step(history, clients.get(client), client, known[client], step, random);
            }
            calm(history, server, clients);
        } finally {
            clients.forEach(Calls::close);
        }
        return history;
    }

    /// @param stormy of ten requests, so many meet something; from 8 on, all changes are late
    private static java.util.function.Function<String, Fate> fates(Random random, int stormy) {
        if (stormy >= 8) {
            return method -> method.equals("GET") ? Fate.ANSWERED : Fate.LATE;
        }
        return method ->
                random.nextInt(10) < stormy
                        ? FAULTS.get(random.nextInt(FAULTS.size()))
                        : Fate.ANSWERED;
    }

    /// Reads, or not, and changes what it knows; mostly.
    private static ArbiterOutcome.Read step(
            RegisterHistory history,
            Calls calls,
            int client,
            ArbiterOutcome.Read before,
            int step,
            Random random) {
        ArbiterOutcome.Read known =
                before == null
                        ? new ArbiterOutcome.Read(Optional.empty(), Revision.ABSENT)
                        : before;
        if (before == null || random.nextInt(3) > 0) {
            final long readAt = history.now();
            final ArbiterOutcome.OfRead read = calls.read(NAME);
            history.read(client, readAt, read);
            known = read instanceof ArbiterOutcome.Read now ? now : known;
        }
        // Where nobody changes anything for a while, a late change finds what it names still there.
        if (random.nextBoolean()) {
            return known;
        }
        final Configuration proposed =
                Samples.next(
                        known.configuration().orElse(Samples.first()),
                        client % 2,
                        (long) client << 40 | step);
        final long swapAt = history.now();
        final ArbiterOutcome.OfSwap outcome = calls.swap(NAME, known.revision(), proposed);
        history.swap(client, swapAt, known.revision(), proposed, outcome);
        return switch (outcome) {
            case ArbiterOutcome.Swapped(Revision revision) ->
                    new ArbiterOutcome.Read(Optional.of(proposed), revision);
            case ArbiterOutcome.Conflict(ArbiterOutcome.Read current, boolean ignored) -> current;
            case ArbiterOutcome.Unknown ignored -> known;
            case ArbiterOutcome.Unavailable ignored -> known;
            case ArbiterOutcome.Refused ignored -> known;
        };
    }

    /// All is well again: everybody reads, what was late comes after all, and everybody reads
    /// again.
    private static void calm(
            RegisterHistory history, UnreliableApiServer server, List<Calls> clients) {
        server.usually(Fate.ANSWERED);
        for (int round = 0; round < 2; round++) {
            for (int client = 0; client < CLIENTS; client++) {
                ArbiterOutcome.OfRead read;
                do {
                    final long readAt = history.now();
                    read = clients.get(client).read(NAME);
                    history.read(client, readAt, read);
                } while (!(read instanceof ArbiterOutcome.Read));
            }
            server.carryOutLate();
        }
    }
}
