package dev.hast.daemon.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ResourceStandingTest {

    private static final long SECOND = 1_000_000_000L;

    private static ResourceStanding serving(long until) {
        return new ResourceStanding(Optional.of("hast-a"), true, 3, until, true, List.of());
    }

    @Test
    void pauseForAChangeOfConfigurationIsOutlivedForAMoment() {
        final long end = serving(Long.MAX_VALUE).untilAfterPause(SECOND);
        assertThat(end).isEqualTo(2 * SECOND + SECOND / 2);
        // Looked at again while it lasts, it gets no longer.
        assertThat(serving(end).untilAfterPause(2 * SECOND)).isEqualTo(end);
    }

    @Test
    void pauseIsNotOutlivedBeyondTheGrantsOfBefore() {
        assertThat(serving(SECOND + 1).untilAfterPause(SECOND)).isEqualTo(SECOND + 1);
    }

    @Test
    void whoDidNotServeDoesNotServeByAPause() {
        assertThat(ResourceStanding.NONE.untilAfterPause(SECOND)).isEqualTo(Long.MIN_VALUE);
    }
}
