package dev.hast.daemon.address;

import dev.hast.core.address.AdvertRefusal;
import dev.hast.core.address.DemotionSource;
import dev.hast.core.address.ElectionState;
import dev.hast.daemon.guard.Protection;
import dev.hast.daemon.metrics.Metric;
import dev.hast.daemon.metrics.MetricsText;
import java.util.LinkedHashMap;
import java.util.Map;

/// Groups of addresses as metrics. Any thread.
public final class VirtualIpsMetrics {

    private VirtualIpsMetrics() {}

    /// All groups of a node that run.
    public static void write(VirtualIps ips, MetricsText out) throws AddressException {
        out.add(
                Metric.ADDRESSES_GUARDED,
                switch (ips.protection()) {
                    case Protection.GuardAndLifetime ignored -> true;
                    case Protection.LifetimeOnly ignored -> false;
                });
        for (VirtualIps.Seen seen : ips.seen()) {
            final AddressGroup.View view = seen.view();
            if (view != null) {
                write(seen.document().name(), view, out);
            }
        }
    }

    private static void write(String name, AddressGroup.View view, MetricsText out) {
        for (ElectionState state : ElectionState.values()) {
            out.add(
                    Metric.ADDRESS_STATE,
                    view.status().state() == state,
                    "address",
                    name,
                    "state",
                    MetricsText.word(state));
        }
        final GroupNotes.Seen notes = view.notes();
        out.add(Metric.ADDRESS_HELD, view.holding(), "address", name)
                .add(Metric.ADVERTS_SENT, view.sent(), "address", name)
                .add(Metric.ADDRESS_TICKLES, view.tickled(), "address", name)
                .add(Metric.ADVERTS_RECEIVED, notes.received(), "address", name)
                .add(
                        Metric.ADDRESS_CLAIMS,
                        notes.duplicate().map(GroupNotes.Duplicate::count).orElse(0L),
                        "address",
                        name);
        for (AdvertRefusal cause : AdvertRefusal.values()) {
            out.add(
                    Metric.ADVERTS_REFUSED,
                    notes.refused().getOrDefault(cause, 0L),
                    "address",
                    name,
                    "cause",
                    MetricsText.word(cause));
        }
        for (DemotionSource source : DemotionSource.values()) {
            out.add(
                    Metric.ADDRESS_DEMOTION,
                    view.status().demotion().getOrDefault(source, 0),
                    "address",
                    name,
                    "source",
                    MetricsText.word(source));
        }
        notes.changes()
                .forEach((change, count) ->
                        out.add(
                                Metric.ADDRESS_TRANSITIONS,
                                count,
                                "address",
                                name,
                                "from",
                                MetricsText.word(change.from()),
                                "to",
                                MetricsText.word(change.to()),
                                "reason",
                                MetricsText.word(change.reason())));
        // A step may come more than once, a sample may not.
        final Map<String, Long> steps = new LinkedHashMap<>();
        notes.lastPromotion().forEach(step -> steps.merge(step.name(), step.nanos(), Long::sum));
        steps.forEach((step, nanos) ->
                out.add(Metric.ADDRESS_STEPS, nanos / 1e9, "address", name, "step", step));
    }
}
