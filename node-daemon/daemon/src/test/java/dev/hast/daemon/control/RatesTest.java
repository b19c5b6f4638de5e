package dev.hast.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.control.v1.Progress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RatesTest {

    private static final long MIB = 1 << 20;

    private final Rates rates = new Rates();

    @Test
    void firstLookHasNoRate() {
        assertThat(look(10, 0).getBytesPerSecond()).isZero();
        assertThat(look(10, 0).hasRemainingMs()).isFalse();
    }

    @Test
    void rateAndTimeLeftFollowFromTheLooksBefore() {
        look(0, 0);
        var later = look(50, 5000);
        assertThat(later.getBytesPerSecond()).isEqualTo(10 * MIB);
        assertThat(later.getRemainingMs()).isEqualTo(5000);
    }

    @Test
    void rateIsThatOfTheLastSeconds() {
        for (int second = 0; second <= 20; second++) {
            look(second, second * 1000L);
        }
        Progress last = Progress.getDefaultInstance();
        for (int second = 21; second <= 40; second++) {
            last = look(20 + (second - 20) * 3L, second * 1000L);
        }
        assertThat(last.getBytesPerSecond()).isEqualTo(3 * MIB);
    }

    @Test
    void anotherOneBeginsItsRateAnew() {
        look(0, 0);
        look(90, 1000);
        assertThat(look(5, 2000).getBytesPerSecond()).isZero();
        assertThat(look(15, 3000).getBytesPerSecond()).isEqualTo(10 * MIB);
    }

    @Test
    void whatStandsStillHasNoRateAndAStatedOneIsKept() {
        look(10, 0);
        assertThat(look(10, 1000).getBytesPerSecond()).isZero();
        var stated = Progress.newBuilder().setDoneBytes(20 * MIB).setBytesPerSecond(7).build();
        assertThat(rates.rated("stated", stated, 0)).isEqualTo(stated);
    }

    private Progress look(long doneMib, long millis) {
        var progress =
                Progress.newBuilder().setDoneBytes(doneMib * MIB).setTotalBytes(100 * MIB).build();
        return rates.rated("r", progress, Duration.ofMillis(millis).toNanos());
    }
}
