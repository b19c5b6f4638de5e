package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class NoArbiterTest {

    @Test
    void everyCallIsAnsweredThatThereIsNoRegister() {
        try (Calls calls = new Calls(new NoArbiter())) {
            assertThat(calls.arbiter().kind()).isEqualTo(ArbiterKind.NONE);
            assertThat(calls.read("a"))
                    .isInstanceOfSatisfying(
                            ArbiterOutcome.Unavailable.class,
                            a -> assertThat(a.cause()).startsWith("arbiter none"));
            assertThat(calls.swap("a", Revision.ABSENT, Samples.first()))
                    .isInstanceOfSatisfying(
                            ArbiterOutcome.Unavailable.class,
                            a -> assertThat(a.cause()).startsWith("arbiter none"));
        }
    }

    @Test
    void warningNamesTheRiskAndTheWayOut() {
        assertThat(NoArbiter.WARNING)
                .contains("split-brain", "two primaries", "name an etcd as the arbiter");
    }
}
