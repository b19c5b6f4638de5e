package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class LatenciesTest {

    @Test
    void aQuantileIsRightToATenth() {
        final Latencies latencies = new Latencies();
        for (int i = 1; i <= 1_000; i++) {
            latencies.add(i * 1_000_000L);
        }
        assertThat(latencies.quantile(0.5)).isCloseTo(500e6, within(60e6));
        assertThat(latencies.quantile(0.95)).isCloseTo(950e6, within(120e6));
    }

    @Test
    void shortestAndLongestTimesHaveTheirPlace() {
        final Latencies latencies = new Latencies();
        latencies.add(0);
        latencies.add(1_000_000_000_000L);
        assertThat(latencies.total()).isEqualTo(2);
        assertThat(latencies.quantile(1)).isGreaterThan(60e9);
    }

    @Test
    void nothingIsKnownOfNothing() {
        assertThat(new Latencies().quantile(0.95)).isZero();
    }

    @Test
    void whatFadesCountsHalf() {
        final Latencies latencies = new Latencies();
        for (int i = 0; i < 100; i++) {
            latencies.add(1_000_000);
        }
        latencies.fade();
        assertThat(latencies.total()).isEqualTo(50);
        latencies.clear();
        assertThat(latencies.total()).isZero();
    }
}
