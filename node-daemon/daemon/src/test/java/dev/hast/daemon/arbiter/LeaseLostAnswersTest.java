package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import dev.hast.daemon.arbiter.UnreliableApiServer.Fate;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the Lease arbiter makes of requests and answers that are lost, late, doubled, or of no use.
final class LeaseLostAnswersTest {

    private static final String NAME = "data";
    private static final String LEASE = "resource-data";
    private static final Configuration SECOND = Samples.next(Samples.first(), 1, 2);
    private static final Configuration THIRD = Samples.next(SECOND, 0, 3);

    private UnreliableApiServer server;
    private Calls calls;

    @BeforeEach
    void start() throws IOException {
        server = new UnreliableApiServer();
        calls = new Calls(new LeaseArbiter(server.settings()));
    }

    @AfterEach
    void end() {
        calls.close();
        server.close();
    }

    /// A client that gives up quickly, for outcomes that are unknown because it gave up.
    private Calls hasty() {
        final Duration little = Duration.ofMillis(400);
        return new Calls(new LeaseArbiter(server.settings().withTimeouts(little, little)));
    }

    private static ArbiterOutcome.Read readThrough(Calls hasty) {
        ArbiterOutcome.OfRead outcome = hasty.read(NAME);
        while (!(outcome instanceof ArbiterOutcome.Read)) {
            outcome = hasty.read(NAME);
        }
        return (ArbiterOutcome.Read) outcome;
    }

    private void otherClientPuts(Configuration configuration) {
        try (Calls other = new Calls(new LeaseArbiter(server.settings()))) {
            other.swapped(NAME, other.found(NAME).revision(), configuration);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {
                "LOST_BEFORE",
                "LOST_AFTER",
                "LATE",
                "HALF_ANSWERED",
                "ENDLESS",
                "DOUBLED",
                "FAILED",
                "TIMED_OUT",
                "THROTTLED",
                "GONE",
                "UNKNOWN_CALLER",
                "NOT_KUBERNETES"
            })
    void changeIsMadeOnceWhateverBecomesOfOneRequest(Fate fate) {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        server.next(fate);
        final Revision second = calls.swapped(NAME, created, SECOND);
        server.carryOutLate();
        assertThat(calls.found(NAME))
                .isEqualTo(new ArbiterOutcome.Read(Optional.of(SECOND), second));
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {
                "LOST_BEFORE",
                "LOST_AFTER",
                "LATE",
                "HALF_ANSWERED",
                "DOUBLED",
                "FAILED",
                "TIMED_OUT",
                "THROTTLED",
                "UNKNOWN_CALLER"
            })
    void creationIsMadeOnceWhateverBecomesOfOneRequest(Fate fate) {
        server.next(fate);
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        server.carryOutLate();
        assertThat(calls.found(NAME))
                .isEqualTo(new ArbiterOutcome.Read(Optional.of(Samples.first()), created));
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {
                "LOST_BEFORE",
                "HALF_ANSWERED",
                "ENDLESS",
                "FAILED",
                "TIMED_OUT",
                "THROTTLED",
                "GONE",
                "UNKNOWN_CALLER"
            })
    void readGoesOnWhateverBecomesOfOneRequest(Fate fate) {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        server.next(fate);
        assertThat(calls.found(NAME))
                .isEqualTo(new ArbiterOutcome.Read(Optional.of(Samples.first()), created));
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {
                "UNKNOWN_CALLER",
                "FORBIDDEN",
                "REDIRECTED",
                "NOT_KUBERNETES",
                "SPURIOUS_CONFLICT",
                "SPURIOUS_NOT_FOUND"
            })
    void readThatAPersonMustMendIsRefusedAndNeverTakenForAbsence(Fate fate) {
        calls.swapped(NAME, Revision.ABSENT, Samples.first());
        server.usually(fate);
        assertThat(calls.read(NAME)).isInstanceOf(ArbiterOutcome.Refused.class);
        server.usually(Fate.ANSWERED);
        assertThat(calls.found(NAME).configuration()).contains(Samples.first());
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {"UNKNOWN_CALLER", "FORBIDDEN", "REDIRECTED", "SPURIOUS_NOT_FOUND"})
    void changeThatAPersonMustMendIsRefusedAndNotMade(Fate fate) {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        server.usually(fate);
        assertThat(calls.swap(NAME, created, SECOND)).isInstanceOf(ArbiterOutcome.Refused.class);
        server.usually(Fate.ANSWERED);
        assertThat(calls.found(NAME).revision()).isEqualTo(created);
    }

    @Test
    void throttledChangeIsUnavailableNotUnknown() {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        server.usually(Fate.THROTTLED_LONG);
        assertThat(calls.swap(NAME, created, SECOND))
                .isInstanceOf(ArbiterOutcome.Unavailable.class);
    }

    @Test
    void conflictOfSomethingElseIsUnavailableNotAConflict() {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        server.next(Fate.SPURIOUS_CONFLICT);
        assertThat(calls.swap(NAME, created, SECOND))
                .isInstanceOf(ArbiterOutcome.Unavailable.class);
        server.next(Fate.SPURIOUS_CONFLICT);
        assertThat(calls.swap("other", Revision.ABSENT, SECOND))
                .isInstanceOf(ArbiterOutcome.Unavailable.class);
        calls.swapped(NAME, created, SECOND);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {
                "LOST_BEFORE",
                "LOST_AFTER",
                "LATE",
                "HANGS",
                "HALF_ANSWERED",
                "FAILED",
                "TIMED_OUT",
                "GONE",
                "NOT_KUBERNETES"
            })
    void changeWithoutATrueAnswerIsUnknown(Fate fate) {
        try (Calls hasty = hasty()) {
            final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
            readThrough(hasty);
            server.usually(fate);
            assertThat(hasty.swap(NAME, created, SECOND))
                    .isInstanceOf(ArbiterOutcome.Unknown.class);
        }
    }

    @Test
    void lostChangeThatWasReplacedAtOnceIsAConflictThatMayHaveHeld() {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        server.afterNextWrite(() -> otherClientPuts(THIRD));
        server.next(Fate.LOST_AFTER);
        assertThat(calls.swap(NAME, created, SECOND))
                .isEqualTo(
                        new ArbiterOutcome.Conflict(
                                new ArbiterOutcome.Read(
                                        Optional.of(THIRD), new Revision(server.store.revision())),
                                true));
    }

    @Test
    void anotherClientsEqualRecordIsNotTakenForOurOwn() {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        otherClientPuts(SECOND);
        assertThat(calls.swap(NAME, created, SECOND)).isInstanceOf(ArbiterOutcome.Conflict.class);
    }

    @Test
    void readAfterAnUnknownChangeTakesItsGround() {
        try (Calls hasty = hasty()) {
            final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
            readThrough(hasty);
            server.usually(Fate.LATE);
            assertThat(hasty.swap(NAME, created, SECOND))
                    .isInstanceOf(ArbiterOutcome.Unknown.class);
            server.usually(method -> method.equals("GET") ? Fate.ANSWERED : Fate.LATE);
            assertThat(hasty.read(NAME)).isInstanceOf(ArbiterOutcome.Unavailable.class);
            server.usually(Fate.ANSWERED);
            final ArbiterOutcome.Read settled = readThrough(hasty);
            assertThat(settled.configuration()).contains(Samples.first());
            assertThat(settled.revision()).isGreaterThan(created);
            assertThat(server.carryOutLate()).isPositive();
            assertThat(calls.found(NAME)).isEqualTo(settled);
        }
    }

    @Test
    void creationThatIsCarriedOutLateIsCarriedThroughByTheRead() {
        try (Calls hasty = hasty()) {
            readThrough(hasty);
            server.usually(Fate.LATE);
            assertThat(hasty.swap(NAME, Revision.ABSENT, Samples.first()))
                    .isInstanceOf(ArbiterOutcome.Unknown.class);
            server.usually(Fate.ANSWERED);
            final ArbiterOutcome.Read settled = readThrough(hasty);
            assertThat(settled.configuration()).contains(Samples.first());
            server.carryOutLate();
            assertThat(calls.found(NAME)).isEqualTo(settled);
        }
    }

    @Test
    void unknownChangeThatIsAskedForAgainEndsAsSwapped() {
        try (Calls hasty = hasty()) {
            final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
            readThrough(hasty);
            server.usually(Fate.LATE);
            assertThat(hasty.swap(NAME, created, SECOND))
                    .isInstanceOf(ArbiterOutcome.Unknown.class);
            server.usually(Fate.ANSWERED);
            server.carryOutLate();
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
    void lateChangeOfADeletedLeaseDoesNotMakeItAgain() {
        try (Calls hasty = hasty()) {
            final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
            readThrough(hasty);
            server.usually(Fate.LATE);
            assertThat(hasty.swap(NAME, created, SECOND))
                    .isInstanceOf(ArbiterOutcome.Unknown.class);
            server.usually(Fate.ANSWERED);
            server.store.delete(LEASE);
            assertThat(server.carryOutLate()).isPositive();
            assertThat(calls.found(NAME).configuration()).isEmpty();
        }
    }

    @Test
    void readWithoutAnUnknownChangeWritesNothing() {
        calls.swapped(NAME, Revision.ABSENT, Samples.first());
        final long before = server.store.revision();
        calls.found(NAME);
        calls.found(NAME);
        assertThat(server.store.revision()).isEqualTo(before);
        server.requests();
        calls.found(NAME);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void changeFromWhatWasReadIsOneRequest() {
        final Revision created = calls.swapped(NAME, Revision.ABSENT, Samples.first());
        server.requests();
        calls.swapped(NAME, created, SECOND);
        assertThat(server.requests())
                .containsExactly(
                        "PUT " + UnreliableApiServer.PATH + "/resource-data?fieldManager=hastd");
    }

    @Test
    void serverThatIsNotThereIsUnavailable() {
        calls.swapped(NAME, Revision.ABSENT, Samples.first());
        server.close();
        final var outcome = calls.read(NAME);
        assertThat(outcome).isInstanceOf(ArbiterOutcome.Unavailable.class);
        assertThat(((ArbiterOutcome.Unavailable) outcome).cause())
                .contains("API server at 127.0.0.1:");
    }
}
