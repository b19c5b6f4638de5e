package dev.hast.daemon.resource;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.hast.daemon.export.Command;
import dev.hast.daemon.metrics.Metric;
import dev.hast.daemon.metrics.MetricsText;
import dev.hast.daemon.resource.StageTimes.Stage;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StageTimesTest {

    private final StageTimes times = new StageTimes();

    private String provider(Stage stage) {
        return new MetricsText()
                .add(
                        Metric.PROVIDER_SECONDS,
                        times.of(stage),
                        "resource",
                        "r",
                        "kind",
                        stage.text())
                .toString();
    }

    @Test
    void eachStageIsTimedByItself() {
        for (Stage stage : Stage.values()) {
            times.asked(stage, 100 + stage.ordinal());
        }
        assertThat(times.providerPending()).isEqualTo(Stage.values().length);
        times.answered(100 + Stage.FLUSH.ordinal(), System.nanoTime());
        assertThat(provider(Stage.FLUSH)).contains("_count{resource=\"r\",kind=\"flush\"} 1\n");
        assertThat(provider(Stage.WRITE)).contains("_count{resource=\"r\",kind=\"write\"} 0\n");
        assertThat(times.providerPending()).isEqualTo(Stage.values().length - 1);
    }

    @Test
    void confirmationThatALostLinkOwedIsNotTimed() {
        times.peers(List.of("b", "c"));
        times.sent(0, 1);
        times.sent(1, 1);
        times.linkDown(0);
        times.confirmed(0, 1, System.nanoTime());
        times.confirmed(1, 1, System.nanoTime());
        assertThat(confirms("b")).contains("_count{resource=\"r\",peer=\"b\"} 0\n");
        assertThat(confirms("c")).contains("_count{resource=\"r\",peer=\"c\"} 1\n");
    }

    private String confirms(String peer) {
        return new MetricsText()
                .add(
                        Metric.CONFIRM_SECONDS,
                        times.confirms().get(peer),
                        "resource",
                        "r",
                        "peer",
                        peer)
                .toString();
    }

    @Test
    void requestsMakeNoGarbage() {
        times.peers(List.of("b"));
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        requests(0, 100_000);
        final long before = threads.getCurrentThreadAllocatedBytes();
        requests(100_000, 100_000);
        final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        // The measuring itself, and what the compiler does on its own account: not each request.
        assertThat(allocated / 100_000).as("bytes for one request").isZero();
    }

    /// So many, 32 of them under way at each moment.
    private void requests(long first, int count) {
        for (long i = first; i < first + count; i++) {
            times.asked(Stage.WRITE, i);
            times.sent(0, i);
            if (i >= first + 32) {
                final long now = System.nanoTime();
                times.answered(i - 32, now);
                times.confirmed(0, i - 32, now);
                times.requestFinished(Command.WRITE, 0, 4096, 1000);
            }
        }
    }
}
