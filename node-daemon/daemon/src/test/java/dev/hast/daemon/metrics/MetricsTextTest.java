package dev.hast.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class MetricsTextTest {

    @Test
    void samplesOfAMetricStandTogetherWhateverTheOrderOfTheirComing() {
        final String text =
                new MetricsText()
                        .add(Metric.PRIMARY, true, "resource", "a")
                        .add(Metric.EPOCH, 7, "resource", "a")
                        .add(Metric.PRIMARY, false, "resource", "b")
                        .toString();
        assertThat(text)
                .isEqualTo(
                        """
                        # HELP hast_primary 1 on the primary
                        # TYPE hast_primary gauge
                        hast_primary{resource="a"} 1
                        hast_primary{resource="b"} 0
                        # HELP hast_epoch Epoch of the configuration that this replica knows
                        # TYPE hast_epoch gauge
                        hast_epoch{resource="a"} 7
                        """);
    }

    @Test
    void histogramCountsUpToItsLastBucket() {
        final LatencyHistogram histogram = new LatencyHistogram();
        histogram.record(20_000);
        histogram.record(25_000);
        histogram.record(3_000_000);
        histogram.record(60_000_000_000L);
        final String text =
                new MetricsText().add(Metric.ARBITER_SECONDS, histogram, "call", "read").toString();
        assertThat(text)
                .contains("hast_arbiter_seconds_bucket{call=\"read\",le=\"2.5E-5\"} 2\n")
                .contains("hast_arbiter_seconds_bucket{call=\"read\",le=\"0.0025\"} 2\n")
                .contains("hast_arbiter_seconds_bucket{call=\"read\",le=\"0.005\"} 3\n")
                .contains("hast_arbiter_seconds_bucket{call=\"read\",le=\"10\"} 3\n")
                .contains("hast_arbiter_seconds_bucket{call=\"read\",le=\"+Inf\"} 4\n")
                .contains("hast_arbiter_seconds_count{call=\"read\"} 4\n")
                .contains("hast_arbiter_seconds_sum{call=\"read\"} 60.003045\n");
    }

    @Test
    void valuesOfLabelsAreEscaped() {
        assertThat(
                        new MetricsText()
                                .add(Metric.LINK_REFUSALS, 1, "reason", "a \"b\" \\ c\nd")
                                .toString())
                .contains("{reason=\"a \\\"b\\\" \\\\ c\\nd\"} 1\n");
    }

    @Test
    void labelsOtherThanTheMetricsAreABug() {
        assertThatThrownBy(() -> new MetricsText().add(Metric.EPOCH, 1, "peer", "a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("EPOCH has the labels [resource]");
        assertThatThrownBy(() -> new MetricsText().add(Metric.EPOCH, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void infinityIsWrittenAsPrometheusReadsIt() {
        assertThat(new MetricsText().add(Metric.RESOURCES, Double.POSITIVE_INFINITY).toString())
                .endsWith("hast_resources +Inf\n");
    }
}
