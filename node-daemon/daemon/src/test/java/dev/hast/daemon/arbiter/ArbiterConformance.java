package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;

/// What every arbiter with a register must do. A subclass brings the store.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ArbiterConformance {

    private final AtomicInteger names = new AtomicInteger();

    /// A client of its own, on the same store.
    abstract Calls open() throws Exception;

    /// Puts bytes into a register behind the arbiter's back.
    abstract void putRaw(String name, byte[] record) throws Exception;

    /// Empties a register behind the arbiter's back.
    abstract void delete(String name) throws Exception;

    /// A register that no other test uses.
    String name(TestInfo test) {
        return test.getTestMethod().orElseThrow().getName() + "-" + names.incrementAndGet();
    }

    @Test
    void registerThatNobodyWroteIsAbsent(TestInfo test) throws Exception {
        try (Calls calls = open()) {
            assertThat(calls.read(name(test)))
                    .isEqualTo(new ArbiterOutcome.Read(Optional.empty(), Revision.ABSENT));
        }
    }

    @Test
    void createdRecordIsReadBackByEveryClient(TestInfo test) throws Exception {
        final String name = name(test);
        try (Calls one = open();
                Calls other = open()) {
            final Revision created = one.swapped(name, Revision.ABSENT, Samples.first());
            final var expected = new ArbiterOutcome.Read(Optional.of(Samples.first()), created);
            assertThat(one.read(name)).isEqualTo(expected);
            assertThat(other.read(name)).isEqualTo(expected);
        }
    }

    @Test
    void registersOfTwoResourcesAreIndependent(TestInfo test) throws Exception {
        final String name = name(test);
        try (Calls calls = open()) {
            calls.swapped(name, Revision.ABSENT, Samples.first());
            // A name that is the beginning of another one is not the other one.
            assertThat(calls.found(name + ".x").configuration()).isEmpty();
            calls.swapped(name + ".x", Revision.ABSENT, Samples.next(Samples.first(), 1, 7));
            assertThat(calls.found(name).configuration()).contains(Samples.first());
        }
    }

    @Test
    void creatingWhatIsThereConflictsAndTellsWhatIsThere(TestInfo test) throws Exception {
        final String name = name(test);
        try (Calls calls = open()) {
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            assertThat(calls.swap(name, Revision.ABSENT, Samples.next(Samples.first(), 1, 7)))
                    .isEqualTo(
                            new ArbiterOutcome.Conflict(
                                    new ArbiterOutcome.Read(Optional.of(Samples.first()), created),
                                    false));
        }
    }

    @Test
    void staleRevisionConflictsAndChangesNothing(TestInfo test) throws Exception {
        final String name = name(test);
        try (Calls calls = open()) {
            final Configuration second = Samples.next(Samples.first(), 1, 7);
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            final Revision changed = calls.swapped(name, created, second);
            final var now = new ArbiterOutcome.Read(Optional.of(second), changed);
            assertThat(calls.swap(name, created, Samples.next(Samples.first(), 0, 8)))
                    .isEqualTo(new ArbiterOutcome.Conflict(now, false));
            assertThat(calls.read(name)).isEqualTo(now);
        }
    }

    @Test
    void changingWhatIsAbsentConflicts(TestInfo test) throws Exception {
        try (Calls calls = open()) {
            assertThat(calls.swap(name(test), new Revision(1_000_000), Samples.first()))
                    .isEqualTo(
                            new ArbiterOutcome.Conflict(
                                    new ArbiterOutcome.Read(Optional.empty(), Revision.ABSENT),
                                    false));
        }
    }

    @Test
    void revisionsOnlyGrow(TestInfo test) throws Exception {
        final String name = name(test);
        try (Calls calls = open()) {
            Configuration configuration = Samples.first();
            Revision revision = calls.swapped(name, Revision.ABSENT, configuration);
            for (int i = 0; i < 5; i++) {
                configuration = Samples.next(configuration, i % 2, i);
                final Revision next = calls.swapped(name, revision, configuration);
                assertThat(next).isGreaterThan(revision);
                assertThat(calls.found(name).revision()).isEqualTo(next);
                revision = next;
            }
        }
    }

    @Test
    void recreatedRegisterRepeatsNoRevision(TestInfo test) throws Exception {
        final String name = name(test);
        try (Calls calls = open()) {
            final Revision before = calls.swapped(name, Revision.ABSENT, Samples.first());
            delete(name);
            assertThat(calls.found(name).configuration()).isEmpty();
            final Revision after = calls.swapped(name, Revision.ABSENT, Samples.first());
            assertThat(after).isGreaterThan(before);
            assertThat(calls.swap(name, before, Samples.next(Samples.first(), 1, 9)))
                    .isInstanceOf(ArbiterOutcome.Conflict.class);
        }
    }

    @Test
    void ofManyThatChangeTheSameRevisionExactlyOneWins(TestInfo test) throws Exception {
        final String name = name(test);
        final int clients = 4;
        final int rounds = 10;
        final List<Calls> all = new ArrayList<>();
        try {
            for (int i = 0; i < clients; i++) {
                all.add(open());
            }
            Revision revision = all.getFirst().swapped(name, Revision.ABSENT, Samples.first());
            for (int round = 0; round < rounds; round++) {
                final Revision from = revision;
                final Configuration before =
                        all.getFirst().found(name).configuration().orElseThrow();
                final List<ArbiterOutcome.OfSwap> outcomes =
                        atOnce(
                                clients,
                                i ->
                                        all.get(i)
                                                .swap(
                                                        name,
                                                        from,
                                                        Samples.next(
                                                                before,
                                                                i % 2,
                                                                from.value() * clients + i)));
                assertThat(outcomes)
                        .filteredOn(ArbiterOutcome.Swapped.class::isInstance)
                        .hasSize(1);
                assertThat(outcomes)
                        .filteredOn(ArbiterOutcome.Conflict.class::isInstance)
                        .hasSize(clients - 1);
                final var winner =
                        outcomes.stream()
                                .filter(ArbiterOutcome.Swapped.class::isInstance)
                                .map(ArbiterOutcome.Swapped.class::cast)
                                .findFirst()
                                .orElseThrow();
                revision = winner.revision();
            }
        } finally {
            all.forEach(Calls::close);
        }
    }

    @Test
    void textThatIsNoRecordIsRefusedAndNotOverwritten(TestInfo test) throws Exception {
        final String name = name(test);
        putRaw(name, "{\"version\": 1,\n \"oops\"".getBytes(StandardCharsets.UTF_8));
        try (Calls calls = open()) {
            assertThat(refused(calls.read(name))).contains("'" + name + "'", "not JSON in line 2");
            assertThat(refused(calls.swap(name, Revision.ABSENT, Samples.first())))
                    .contains("not JSON in line 2");
        }
    }

    @Test
    void recordOfANewerVersionIsRefused(TestInfo test) throws Exception {
        final String name = name(test);
        putRaw(name, "{\"version\": 2, \"whatever\": true}".getBytes(StandardCharsets.UTF_8));
        try (Calls calls = open()) {
            assertThat(refused(calls.read(name)))
                    .contains("it has version 2, and this hastd knows version 1 only");
        }
    }

    @Test
    void recordWithAnUnknownFeatureIsRefusedByItsName(TestInfo test) throws Exception {
        final String name = name(test);
        putRaw(
                name,
                new String(ConfigurationCodec.encode(Samples.first()), StandardCharsets.UTF_8)
                        .replace("\"features\": []", "\"features\": [\"witness\"]")
                        .getBytes(StandardCharsets.UTF_8));
        try (Calls calls = open()) {
            assertThat(refused(calls.read(name)))
                    .contains("features that this hastd does not know: witness");
        }
    }

    @Test
    void recordThatIsTooLargeIsRefused(TestInfo test) throws Exception {
        final String name = name(test);
        putRaw(name, " ".repeat(ConfigurationCodec.BYTES_MAX + 1).getBytes(StandardCharsets.UTF_8));
        try (Calls calls = open()) {
            assertThat(refused(calls.read(name))).contains("a record has at most 65536");
        }
    }

    @Test
    void recordMendedByHandIsUsedAgain(TestInfo test) throws Exception {
        final String name = name(test);
        putRaw(name, "x".getBytes(StandardCharsets.UTF_8));
        try (Calls calls = open()) {
            refused(calls.read(name));
            putRaw(name, ConfigurationCodec.encode(Samples.first()));
            final var mended = calls.found(name);
            assertThat(mended.configuration()).contains(Samples.first());
            calls.swapped(name, mended.revision(), Samples.next(Samples.first(), 1, 3));
        }
    }

    @Test
    void watchHintsAtAChangeByAnotherClient(TestInfo test) throws Exception {
        final String name = name(test);
        try (Calls one = open();
                Calls other = open()) {
            final Revision created = one.swapped(name, Revision.ABSENT, Samples.first());
            final var opened = new CountDownLatch(1);
            final var changed = new CountDownLatch(2);
            try (Arbiter.Watch watch =
                    one.arbiter()
                            .watch(
                                    name,
                                    Runnable::run,
                                    () -> {
                                        opened.countDown();
                                        changed.countDown();
                                    })) {
                assertThat(opened.await(60, TimeUnit.SECONDS)).isTrue();
                other.swapped(name, created, Samples.next(Samples.first(), 1, 3));
                assertThat(changed.await(60, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void closedArbiterAnswersThatNothingHappened(TestInfo test) throws Exception {
        final String name = name(test);
        try (Calls calls = open()) {
            calls.arbiter().close();
            assertThat(calls.read(name)).isInstanceOf(ArbiterOutcome.Unavailable.class);
            assertThat(calls.swap(name, Revision.ABSENT, Samples.first()))
                    .isInstanceOf(ArbiterOutcome.Unavailable.class);
        }
    }

    static String refused(ArbiterOutcome outcome) {
        assertThat(outcome).isInstanceOf(ArbiterOutcome.Refused.class);
        return ((ArbiterOutcome.Refused) outcome).cause();
    }

    /// What each of several threads gets when they call at the same moment.
    private static <T> List<T> atOnce(int threads, IntFunction<T> call)
            throws InterruptedException {
        final var results = new ArrayList<T>();
        final var start = new CountDownLatch(1);
        final var running = new ArrayList<Thread>();
        for (int i = 0; i < threads; i++) {
            final int index = i;
            running.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    start.await();
                                } catch (InterruptedException e) {
                                    return;
                                }
                                final T result = call.apply(index);
                                synchronized (results) {
                                    results.add(result);
                                }
                            }));
        }
        start.countDown();
        for (Thread thread : running) {
            thread.join();
        }
        return results;
    }
}
