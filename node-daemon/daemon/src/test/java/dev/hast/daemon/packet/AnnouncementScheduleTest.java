package dev.hast.daemon.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AnnouncementScheduleTest {
    private static final long MS = 1_000_000;

    /// Not 0, and close to where a clock wraps around.
    private static final long ORIGIN = Math.subtractExact(Long.MAX_VALUE, 3_000 * MS);

    private final AnnouncementSchedule schedule = new AnnouncementSchedule();

    /// Milliseconds since the beginning at which an announcement was due, looked at each `step`.
    private List<Long> dueTimes(final long fromMs, final long toMs, final long step) {
        final List<Long> times = new ArrayList<>();
        for (long ms = fromMs; ms <= toMs; ms += step) {
            if (schedule.due(ORIGIN + ms * MS)) {
                times.add(ms);
            }
        }
        return times;
    }

    @Test
    void announcesInABurstAndThenEachMinuteForEver() {
        schedule.start(ORIGIN);
        assertThat(dueTimes(0, 130_000, 10))
                .containsExactly(0L, 100L, 300L, 1_100L, 2_200L, 5_000L, 65_000L, 125_000L);
    }

    @Test
    void saysHowLongItIsUntilTheNext() {
        assertThat(schedule.remaining(ORIGIN)).isEqualTo(Long.MAX_VALUE);
        schedule.start(ORIGIN);
        assertThat(schedule.remaining(ORIGIN)).isZero();
        assertThat(schedule.due(ORIGIN)).isTrue();
        assertThat(schedule.remaining(ORIGIN + 40 * MS)).isEqualTo(60 * MS);
    }

    @Test
    void aLateCallerAnnouncesOnceForAllThatItMissed() {
        schedule.start(ORIGIN);
        assertThat(schedule.due(ORIGIN + 1_500 * MS)).isTrue();
        assertThat(schedule.due(ORIGIN + 1_501 * MS)).isFalse();
        assertThat(dueTimes(1_502, 6_000, 1)).containsExactly(2_200L, 5_000L);
    }

    @Test
    void aForeignClaimIsAnsweredAtOnce() {
        schedule.start(ORIGIN);
        dueTimes(0, 10_000, 10);
        schedule.provoked(ORIGIN + 20_000 * MS);
        assertThat(dueTimes(20_000, 30_000, 10)).containsExactly(20_000L);
    }

    @Test
    void aStormOfClaimsIsAnsweredAtMostEachTenthOfASecond() {
        schedule.start(ORIGIN);
        dueTimes(0, 10_000, 10);
        int announced = 0;
        for (long ms = 20_000; ms < 21_000; ms++) {
            schedule.provoked(ORIGIN + ms * MS);
            if (schedule.due(ORIGIN + ms * MS)) {
                announced++;
            }
        }
        assertThat(announced).isEqualTo(10);
    }

    @Test
    void whatIsNotHeldIsNotAnnounced() {
        schedule.provoked(ORIGIN);
        assertThat(schedule.due(ORIGIN)).isFalse();
        schedule.start(ORIGIN);
        schedule.stop();
        schedule.provoked(ORIGIN);
        assertThat(dueTimes(0, 70_000, 10)).isEmpty();
        schedule.start(ORIGIN);
        assertThat(schedule.due(ORIGIN)).isTrue();
    }
}
