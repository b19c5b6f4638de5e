package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import java.io.IOException;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several clients change one Lease of a real API server, while it and its store are killed and
/// frozen; the history is judged.
final class LeaseFaultsIT {

    private static final String NAME = "contended";
    private static final int CLIENTS = 3;
    private static final Duration ATTEMPT = Duration.ofMillis(500);
    private static final Duration CALL = Duration.ofMillis(1_200);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(300);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final RegisterHistory history = new RegisterHistory();
    private final AtomicInteger swapped = new AtomicInteger();
    private final AtomicInteger undecided = new AtomicInteger();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private enum Fault {
        FREEZE_API_SERVER,
        FREEZE_STORE,
        KILL_API_SERVER,
        KILL_STORE
    }

    @Test
    void historyUnderFaultsIsThatOfOneRegister(@TempDir Path directory) throws Exception {
        final long seed = Long.getLong("hast.lease.seed", System.nanoTime());
        try (ApiServers servers = new ApiServers(directory)) {
            final List<Thread> clients = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                clients.add(start(client, servers));
            }
            try {
                inflict(servers, new Random(seed));
            } finally {
                stopped.set(true);
                for (Thread client : clients) {
                    client.join();
                }
            }
        }
        assertThat(failure.get()).isNull();
        assertThat(history.violations()).as("seed " + seed).isEmpty();
        final var counts = new TreeMap<String, Integer>();
        history.operations()
                .forEach(
                        o -> counts.merge(o.outcome().getClass().getSimpleName(), 1, Integer::sum));
        System.out.println("seed " + seed + ": " + counts);
        assertThat(counts).containsKey("Unknown");
    }

    /// Every fault once, in an order that the seed decides.
    private void inflict(ApiServers servers, Random random) throws IOException {
        await(swapped, 10);
        final List<Fault> faults = new ArrayList<>(Arrays.asList(Fault.values()));
        Collections.shuffle(faults, random);
        for (Fault fault : faults) {
            switch (fault) {
                case FREEZE_API_SERVER -> {
                    servers.freezeApiServer(true);
                    await(undecided, CLIENTS);
                    servers.freezeApiServer(false);
                }
                case FREEZE_STORE -> {
                    servers.freezeEtcd(true);
                    await(undecided, CLIENTS);
                    servers.freezeEtcd(false);
                }
                case KILL_API_SERVER -> {
                    servers.killApiServer();
                    await(undecided, CLIENTS);
                    servers.startApiServer();
                }
                case KILL_STORE -> {
                    servers.killEtcd();
                    await(undecided, CLIENTS);
                    servers.startEtcd();
                }
            }
            await(swapped, 10);
        }
    }

    private void await(AtomicInteger counter, int more) {
        final int goal = counter.get() + more;
        final long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (counter.get() < goal && failure.get() == null) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(
                        "only %d of %d calls ended so".formatted(counter.get(), goal));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private Thread start(int client, ApiServers servers) {
        return Thread.ofPlatform()
                .name("client-" + client)
                .start(() -> {
                    try (Calls calls =
                            new Calls(
                                    new LeaseArbiter(
                                            servers.settings("hastd")
                                                    .withTimeouts(ATTEMPT, CALL)))) {
                        var last = new ArbiterOutcome.Read(Optional.empty(), Revision.ABSENT);
                        for (long count = 0; !stopped.get(); count++) {
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
        switch (outcome) {
            case ArbiterOutcome.Swapped ignored -> swapped.incrementAndGet();
            case ArbiterOutcome.Conflict ignored -> {}
            case ArbiterOutcome.Unknown ignored -> undecided.incrementAndGet();
            case ArbiterOutcome.Unavailable ignored -> {
                undecided.incrementAndGet();
                // Nothing listens at the moment; leave the processor to what is starting.
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            case ArbiterOutcome.Refused ignored -> LockSupport.parkNanos(PAUSE_NANOS);
        }
        return known;
    }
}
