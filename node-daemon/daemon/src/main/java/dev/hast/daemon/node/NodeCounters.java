package dev.hast.daemon.node;

import dev.hast.daemon.arbiter.ObservedArbiter;
import dev.hast.daemon.control.ControlMetrics;
import dev.hast.daemon.metrics.LatencyHistogram;
import dev.hast.daemon.metrics.Metric;
import dev.hast.daemon.metrics.MetricsText;
import dev.hast.daemon.replication.Refusal;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;

/// What is counted of the node as a whole. Thread-safe.
final class NodeCounters implements ObservedArbiter.Observer {

    private final AtomicLongArray links = new AtomicLongArray(Refusal.values().length);
    private final AtomicLongArray controls =
            new AtomicLongArray(ControlMetrics.Refusal.values().length);
    private final AtomicLongArray monitorings =
            new AtomicLongArray(HttpPort.Refusal.values().length);
    private final AtomicLongArray answers =
            new AtomicLongArray(ObservedArbiter.Answer.values().length);
    private final LatencyHistogram reads = new LatencyHistogram();
    private final LatencyHistogram swaps = new LatencyHistogram();

    void link(Refusal refusal) {
        links.incrementAndGet(refusal.ordinal());
    }

    void control(ControlMetrics.Refusal refusal) {
        controls.incrementAndGet(refusal.ordinal());
    }

    void monitoring(HttpPort.Refusal refusal) {
        monitorings.incrementAndGet(refusal.ordinal());
    }

    @Override
    public synchronized void answered(boolean read, ObservedArbiter.Answer answer, long nanos) {
        answers.incrementAndGet(answer.ordinal());
        (read ? reads : swaps).record(nanos);
    }

    /// @param arbitrated whether there is an arbiter to be told of
    synchronized void write(MetricsText out, boolean arbitrated) {
        for (Refusal each : Refusal.values()) {
            out.add(Metric.LINK_REFUSALS, links.get(each.ordinal()), "reason", each.text());
        }
        for (ControlMetrics.Refusal each : ControlMetrics.Refusal.values()) {
            out.add(Metric.CONTROL_REFUSALS, controls.get(each.ordinal()), "reason", each.text());
        }
        for (HttpPort.Refusal each : HttpPort.Refusal.values()) {
            out.add(
                    Metric.MONITORING_REFUSALS,
                    monitorings.get(each.ordinal()),
                    "reason",
                    each.text());
        }
        if (!arbitrated) {
            return;
        }
        for (ObservedArbiter.Answer each : ObservedArbiter.Answer.values()) {
            out.add(
                    Metric.ARBITER_ANSWERS,
                    answers.get(each.ordinal()),
                    "answer",
                    each.name().toLowerCase(Locale.ROOT));
        }
        out.add(Metric.ARBITER_SECONDS, reads, "call", "read");
        out.add(Metric.ARBITER_SECONDS, swaps, "call", "compare-and-set");
    }
}
