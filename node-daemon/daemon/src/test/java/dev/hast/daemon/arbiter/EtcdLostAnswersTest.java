package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ArbiterAnswer;
import dev.hast.daemon.arbiter.UnreliableEtcd.Fate;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the etcd arbiter makes of answers that are lost before, after, or long before the change is
/// carried out.
final class EtcdLostAnswersTest {

    private static final String NAME = "data";
    private static final String KEY = "/hast/resources/data";
    private static final Configuration SECOND = Samples.next(Samples.first(), 1, 2);
    private static final Configuration THIRD = Samples.next(SECOND, 0, 3);

    private UnreliableEtcd etcd;
    private Calls calls;

    @BeforeEach
    void start() throws IOException {
        etcd = new UnreliableEtcd();
        calls =
                new Calls(
                        new EtcdArbiter(
                                etcd.settings()
                                        .withTimeouts(
                                                Duration.ofSeconds(10), Duration.ofSeconds(30))));
    }

    @AfterEach
    void end() {
        calls.close();
        etcd.close();
    }

    /// A client that gives up quickly, for outcomes that are unknown because it gave up.
    private Calls hasty() {
        return new Calls(
                new EtcdArbiter(
                        etcd.settings()
                                .withTimeouts(Duration.ofMillis(250), Duration.ofMillis(250))));
    }

    /// A hasty client reads until it gets through.
    private static ArbiterOutcome.Read readThrough(Calls hasty) {
        ArbiterOutcome.OfRead outcome = hasty.read(NAME);
        while (!(outcome instanceof ArbiterOutcome.Read)) {
            outcome = hasty.read(NAME);
        }
        return (ArbiterOutcome.Read) outcome;
    }

    @Test
    void changeWhoseAnswerWasLostIsRecognisedAsOurOwn() {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        etcd.next(Fate.LOST_AFTER);
        final Revision second = calls.swapped(NAME, created, SECOND);
        assertThat(calls.found(NAME))
                .isEqualTo(new ArbiterOutcome.Read(Optional.of(SECOND), second));
    }

    @Test
    void changeThatWasLostOnTheWayIsMadeOnce() {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        etcd.next(Fate.LATE, Fate.LATE);
        final Revision second = calls.swapped(NAME, created, SECOND);
        assertThat(etcd.carryOutLate()).isEqualTo(2);
        assertThat(calls.found(NAME))
                .isEqualTo(new ArbiterOutcome.Read(Optional.of(SECOND), second));
    }

    @Test
    void lostChangeThatWasReplacedAtOnceIsAConflictThatMayHaveHeld() {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        etcd.next(Fate.LOST_AFTER);
        etcd.afterNextTxn(() -> etcd.put(KEY, ConfigurationCodec.encode(THIRD)));
        assertThat(calls.swap(NAME, created, SECOND))
                .isEqualTo(
                        new ArbiterOutcome.Conflict(
                                new ArbiterOutcome.Read(
                                        Optional.of(THIRD), new Revision(etcd.revision())),
                                true));
    }

    @Test
    void anotherClientsEqualRecordIsNotTakenForOurOwn() {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        etcd.put(KEY, ConfigurationCodec.encode(SECOND));
        assertThat(calls.swap(NAME, created, SECOND)).isInstanceOf(ArbiterOutcome.Conflict.class);
    }

    @Test
    void changeThatIsCarriedOutLateIsDeadOnceAReadHasShownTheOldRecord() {
        try (Calls hasty = hasty()) {
            final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
            readThrough(hasty);
            etcd.usually(Fate.LATE);
            assertThat(hasty.swap(NAME, created, SECOND))
                    .isInstanceOf(ArbiterOutcome.Unknown.class);
            etcd.usually(Fate.ANSWERED);
            final ArbiterOutcome.Read settled = readThrough(hasty);
            assertThat(settled.configuration()).contains(Samples.first());
            assertThat(settled.revision()).isGreaterThan(created);
            assertThat(etcd.carryOutLate()).isPositive();
            assertThat(calls.found(NAME)).isEqualTo(settled);
        }
    }

    @Test
    void readThatCannotSettleIsUnavailableAndTheNextOneSettles() {
        try (Calls hasty = hasty()) {
            final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
            readThrough(hasty);
            etcd.usually(Fate.LATE);
            assertThat(hasty.swap(NAME, created, SECOND))
                    .isInstanceOf(ArbiterOutcome.Unknown.class);
            assertThat(hasty.read(NAME)).isInstanceOf(ArbiterOutcome.Unavailable.class);
            etcd.usually(Fate.ANSWERED);
            final ArbiterOutcome.Read settled = readThrough(hasty);
            etcd.carryOutLate();
            assertThat(calls.found(NAME)).isEqualTo(settled);
        }
    }

    @Test
    void creationThatIsCarriedOutLateIsCarriedThroughByTheRead() {
        try (Calls hasty = hasty()) {
            readThrough(hasty);
            etcd.usually(Fate.LATE);
            assertThat(hasty.swap(NAME, Revision.ABSENT, Samples.first()))
                    .isInstanceOf(ArbiterOutcome.Unknown.class);
            etcd.usually(Fate.ANSWERED);
            final ArbiterOutcome.Read settled = readThrough(hasty);
            assertThat(settled.configuration()).contains(Samples.first());
            etcd.carryOutLate();
            assertThat(calls.found(NAME)).isEqualTo(settled);
        }
    }

    @Test
    void unknownChangeThatIsAskedForAgainEndsAsSwapped() {
        try (Calls hasty = hasty()) {
            final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
            readThrough(hasty);
            etcd.usually(Fate.LATE);
            assertThat(hasty.swap(NAME, created, SECOND))
                    .isInstanceOf(ArbiterOutcome.Unknown.class);
            etcd.usually(Fate.ANSWERED);
            etcd.carryOutLate();
            ArbiterOutcome.OfSwap again = hasty.swap(NAME, created, SECOND);
            while (!(again instanceof ArbiterOutcome.Swapped)) {
                assertThat(again).isNotInstanceOf(ArbiterOutcome.Conflict.class);
                again = hasty.swap(NAME, created, SECOND);
            }
            assertThat(calls.found(NAME).revision())
                    .isEqualTo(((ArbiterOutcome.Swapped) again).revision());
        }
    }

    @Test
    void readWithoutAnUnknownChangeWritesNothing() {
        calls.swapped(NAME, Revision.ABSENT, Samples.first());
        final long before = etcd.revision();
        calls.found(NAME);
        calls.found(NAME);
        assertThat(etcd.revision()).isEqualTo(before);
    }

    @Test
    void outOfSpaceIsUnknownBecauseTheChangeMayBeMade() {
        final Duration enoughForOneAnswer = Duration.ofSeconds(2);
        try (Calls hasty =
                new Calls(
                        new EtcdArbiter(
                                etcd.settings()
                                        .withTimeouts(enoughForOneAnswer, enoughForOneAnswer)))) {
            final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
            readThrough(hasty);
            etcd.usually(Fate.OUT_OF_SPACE);
            final var outcome = hasty.swap(NAME, created, SECOND);
            assertThat(outcome).isInstanceOf(ArbiterOutcome.Unknown.class);
            assertThat(((ArbiterOutcome.Unknown) outcome).cause())
                    .contains("space exceeded", "disarm the alarm");
            etcd.usually(Fate.ANSWERED);
            assertThat(readThrough(hasty).configuration()).contains(SECOND);
        }
    }

    @Test
    void overloadedServerHasNotMadeTheChange() {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        etcd.usually(Fate.OVERLOADED);
        assertThat(calls.swap(NAME, created, SECOND))
                .isInstanceOf(ArbiterOutcome.Unavailable.class);
    }

    @Test
    void registerThatWentBackIsRefused() {
        calls.swapped(NAME, Revision.ABSENT, Samples.first());
        etcd.goBackTo(1);
        final var outcome = calls.read(NAME);
        assertThat(outcome).isInstanceOf(ArbiterOutcome.Refused.class);
        assertThat(((ArbiterOutcome.Refused) outcome).cause())
                .contains("has gone back from revision 2 to 1");
    }

    @Test
    void revisionThatMovedUnderAnUnchangedConfigurationIsNoConflictForTheReplica()
            throws Exception {
        final var register = new ConfigurationRegister(calls.arbiter(), NAME, Runnable::run);
        assertThat(swap(register, null, Samples.first())).isEqualTo(new ArbiterAnswer.Swapped());
        etcd.put(KEY, ConfigurationCodec.encode(Samples.first()));
        assertThat(swap(register, Samples.first(), SECOND)).isEqualTo(new ArbiterAnswer.Swapped());
        assertThat(swap(register, Samples.first(), THIRD))
                .isEqualTo(new ArbiterAnswer.Conflict(SECOND));
        etcd.put(KEY, ConfigurationCodec.encode(THIRD));
        assertThat(swap(register, SECOND, THIRD)).isEqualTo(new ArbiterAnswer.Conflict(THIRD));
        etcd.usually(Fate.OVERLOADED);
        assertThat(swap(register, THIRD, SECOND)).isInstanceOf(ArbiterAnswer.Unavailable.class);
    }

    @Test
    void replicaReadsWhatIsThere() throws Exception {
        final var register = new ConfigurationRegister(calls.arbiter(), NAME, Runnable::run);
        assertThat(read(register)).isEqualTo(new ArbiterAnswer.Current(null));
        etcd.put(KEY, ConfigurationCodec.encode(SECOND));
        assertThat(read(register)).isEqualTo(new ArbiterAnswer.Current(SECOND));
        etcd.put(KEY, new byte[] {'x'});
        assertThat(read(register)).isInstanceOf(ArbiterAnswer.Unavailable.class);
        assertThat(swap(register, null, SECOND)).isInstanceOf(ArbiterAnswer.Unavailable.class);
    }

    private static ArbiterAnswer swap(
            ConfigurationRegister register, Configuration expected, Configuration next)
            throws Exception {
        final var answer = new CompletableFuture<ArbiterAnswer>();
        register.compareAndSet(expected, next, answer::complete);
        return answer.get(60, TimeUnit.SECONDS);
    }

    private static ArbiterAnswer read(ConfigurationRegister register) throws Exception {
        final var answer = new CompletableFuture<ArbiterAnswer>();
        register.read(answer::complete);
        return answer.get(60, TimeUnit.SECONDS);
    }
}
