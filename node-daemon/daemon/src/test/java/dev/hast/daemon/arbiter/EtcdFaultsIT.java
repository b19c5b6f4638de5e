package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Several clients change one register of a cluster of three, while its members are killed and
/// frozen; the history is judged.
final class EtcdFaultsIT {

    private static final String NAME = "contended";
    private static final int CLIENTS = 3;
    private static final Duration ATTEMPT = Duration.ofMillis(300);
    private static final Duration CALL = Duration.ofMillis(900);
    private static final long PATIENCE_SECONDS = 60;
    private static final long BACK_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final RegisterHistory history = new RegisterHistory();
    private final Progress progress = new Progress();

    /// How far the clients have come.
    private static final class Progress {
        private int swapped;
        private int unknown;
        private int undecided;
        private boolean stopped;

        synchronized void note(ArbiterOutcome outcome) {
            if (outcome instanceof ArbiterOutcome.Swapped) {
                swapped++;
            } else if (outcome instanceof ArbiterOutcome.Unknown) {
                unknown++;
                undecided++;
            } else if (outcome instanceof ArbiterOutcome.Unavailable) {
                undecided++;
            }
            notifyAll();
        }

        synchronized void awaitSwapped(int more) throws InterruptedException {
            final int goal = swapped + more;
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (swapped < goal) {
                waitUntil(deadline, "only %d of %d changes were made".formatted(swapped, goal));
            }
        }

        synchronized void awaitUndecided(int more) throws InterruptedException {
            final int goal = undecided + more;
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (undecided < goal) {
                waitUntil(deadline, "only %d of %d changes hung".formatted(undecided, goal));
            }
        }

        synchronized boolean sawUnknown() {
            return unknown > 0;
        }

        synchronized void stop() {
            stopped = true;
        }

        synchronized boolean stopped() {
            return stopped;
        }

        private void waitUntil(long deadline, String otherwise) throws InterruptedException {
            final long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError(otherwise);
            }
            wait(left);
        }
    }

    private enum Fault {
        FREEZE_ONE,
        FREEZE_TWO,
        KILL_ONE,
        KILL_TWO,
        KILL_ALL
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void historyUnderFaultsIsThatOfOneRegister(long seed, @TempDir Path directory)
            throws Exception {
        EtcdServers.assumeInstalled();
        final var failure = new AtomicReference<Throwable>();
        try (EtcdServers servers = new EtcdServers(directory, 3, Optional.empty())) {
            final List<Thread> clients = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                clients.add(start(client, servers.endpoints(), failure));
            }
            try {
                inflict(servers, new Random(seed));
            } finally {
                progress.stop();
                for (Thread client : clients) {
                    client.join();
                }
            }
            assertThat(failure.get()).isNull();
            assertThat(history.violations()).isEmpty();
            report(seed);
        }
    }

    /// Every fault once, in an order and on members that the seed decides.
    private void inflict(EtcdServers servers, Random random)
            throws IOException, InterruptedException {
        progress.awaitSwapped(10);
        final List<Fault> faults = new ArrayList<>(Arrays.asList(Fault.values()));
        Collections.shuffle(faults, random);
        for (Fault fault : faults) {
            final int one = random.nextInt(3);
            final int other = (one + 1 + random.nextInt(2)) % 3;
            switch (fault) {
                case FREEZE_ONE -> {
                    servers.freeze(one);
                    progress.awaitSwapped(10);
                    servers.thaw(one);
                }
                case FREEZE_TWO -> {
                    // Unknown is only what was under way at that moment: again until something was.
                    do {
                        progress.awaitSwapped(5);
                        servers.freeze(one, other);
                        progress.awaitUndecided(CLIENTS);
                        servers.thaw(one, other);
                    } while (!progress.sawUnknown());
                }
                case KILL_ONE -> {
                    servers.kill(one);
                    progress.awaitSwapped(10);
                    servers.start(one);
                }
                case KILL_TWO -> {
                    servers.kill(one, other);
                    servers.start(one, other);
                }
                case KILL_ALL -> {
                    servers.kill(servers.all());
                    servers.start(servers.all());
                }
            }
            progress.awaitSwapped(10);
        }
    }

    private Thread start(int client, List<URI> endpoints, AtomicReference<Throwable> failure) {
        // Each prefers another member at first.
        final List<URI> rotated = new ArrayList<>(endpoints);
        Collections.rotate(rotated, client);
        return Thread.ofPlatform()
                .name("client-" + client)
                .start(() -> {
                    try (Calls calls =
                            new Calls(
                                    new EtcdArbiter(
                                            EtcdSettings.of(rotated)
                                                    .withTimeouts(ATTEMPT, CALL)))) {
                        var last = new ArbiterOutcome.Read(Optional.empty(), Revision.ABSENT);
                        for (long count = 0; !progress.stopped(); count++) {
                            last = step(client, calls, last, ((long) client << 40) + count);
                        }
                    } catch (RuntimeException | Error e) {
                        failure.compareAndSet(null, e);
                    }
                });
    }

    /// Reads and changes. When nothing can be read, the change is tried on what was read last, as a
    /// replica does that wants its change through.
    ///
    /// @return what was read last
    private ArbiterOutcome.Read step(int client, Calls calls, ArbiterOutcome.Read last, long tag) {
        final long readAt = history.now();
        final ArbiterOutcome.OfRead read = calls.read(NAME);
        history.read(client, readAt, read);
        final ArbiterOutcome.Read known = read instanceof ArbiterOutcome.Read now ? now : last;
        final Configuration proposed =
                Samples.next(known.configuration().orElse(Samples.first()), client % 2, tag);
        final long swapAt = history.now();
        final ArbiterOutcome.OfSwap outcome = calls.swap(NAME, known.revision(), proposed);
        history.swap(client, swapAt, known.revision(), proposed, outcome);
        progress.note(outcome);
        if (outcome instanceof ArbiterOutcome.Unavailable) {
            // Nothing listens at the moment; leave the processor to what is starting.
            LockSupport.parkNanos(BACK_OFF_NANOS);
        }
        return known;
    }

    /// For people who wonder what was tried.
    private void report(long seed) {
        final var counts = new TreeMap<String, Integer>();
        history.operations()
                .forEach(
                        o -> counts.merge(o.outcome().getClass().getSimpleName(), 1, Integer::sum));
        System.out.println("seed " + seed + ": " + counts);
    }
}
