package dev.hast.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PendingTimesTest {

    /// Few numbers, so that they collide, come again and go in any order.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void remembersWhatAMapWould(long seed) {
        final Random random = new Random(seed);
        final PendingTimes times = new PendingTimes();
        final Map<Long, Long> model = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            final long number = random.nextInt(1 + random.nextInt(400));
            if (random.nextInt(5) < 3) {
                final long value = 1L + random.nextInt(1000);
                times.begin(number, value);
                model.put(number, value);
            } else {
                final Long value = model.remove(number);
                assertThat(times.end(number)).isEqualTo(value == null ? 0 : value);
            }
            assertThat(times.size()).isEqualTo(model.size());
        }
        model.forEach((number, value) -> assertThat(times.end(number)).isEqualTo(value));
        assertThat(times.size()).isZero();
    }

    @Test
    void forgetsAllAtOnce() {
        final PendingTimes times = new PendingTimes();
        for (long i = 0; i < 1000; i++) {
            times.begin(i, 1);
        }
        times.clear();
        assertThat(times.size()).isZero();
        assertThat(times.end(5)).isZero();
    }
}
