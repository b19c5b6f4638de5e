package dev.hast.daemon.control;

import dev.hast.control.v1.ReplicaStatus;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.StatusUpdate;
import dev.hast.control.v1.WatchStatusRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The status updates that one caller asked for: everything once, then what differs from what was
/// sent.
///
/// A transition wakes it at once, when the last update is an interval ago. What changes without a
/// transition (progress) is looked at each interval.
final class StatusWatch implements Watch.Source<StatusUpdate> {

    private static final Duration INTERVAL_DEFAULT = Duration.ofMillis(500);
    private static final Duration INTERVAL_MIN = Duration.ofMillis(50);
    private static final Duration INTERVAL_MAX = Duration.ofSeconds(60);

    private final ControlTarget target;
    private final Rates rates;
    private final List<String> names;
    private final Duration interval;
    private final boolean counters;
    private final Map<String, ResourceStatus> sent = new LinkedHashMap<>();
    private boolean first = true;
    private long seen;
    private long lastNanos;

    StatusWatch(ControlTarget target, Rates rates, WatchStatusRequest request) {
        this.target = target;
        this.rates = rates;
        this.names = request.getNamesList();
        this.counters = request.getCounters();
        var asked = Duration.ofMillis(request.getIntervalMs());
        this.interval = asked.isZero() ? INTERVAL_DEFAULT : clamp(asked);
    }

    private static Duration clamp(Duration asked) {
        if (asked.compareTo(INTERVAL_MIN) < 0) {
            return INTERVAL_MIN;
        }
        return asked.compareTo(INTERVAL_MAX) > 0 ? INTERVAL_MAX : asked;
    }

    @Override
    public List<StatusUpdate> next(Duration patience)
            throws ControlException, InterruptedException {
        if (first) {
            Requests.resources(names);
        } else {
            pace();
        }
        seen = target.changes().version();
        var update = difference(target.status(names));
        if (!update.getComplete()
                && update.getChangedCount() == 0
                && update.getRemovedCount() == 0) {
            return List.of();
        }
        lastNanos = System.nanoTime();
        return List.of(update);
    }

    /// Waits for a transition or the end of an interval, and keeps updates an interval apart.
    private void pace() throws InterruptedException {
        target.changes().await(seen, interval);
        long early = lastNanos + interval.toNanos() - System.nanoTime();
        if (early > 0) {
            // No change can end this wait: it only keeps the pace.
            target.changes().await(Long.MAX_VALUE, Duration.ofNanos(early));
        }
    }

    private StatusUpdate difference(List<ResourceStatus> now) {
        var update =
                StatusUpdate.newBuilder().setNode(target.describe().getNode()).setComplete(first);
        first = false;
        var gone = new LinkedHashMap<>(sent);
        long nanos = System.nanoTime();
        for (var seen : now) {
            var status = rates.rated(seen, nanos);
            gone.remove(status.getName());
            var compared = counters ? status : steady(status);
            if (!compared.equals(sent.put(status.getName(), compared))) {
                update.addChanged(status);
            }
        }
        for (var name : gone.keySet()) {
            sent.remove(name);
            update.addRemoved(name);
        }
        return update.build();
    }

    /// A status without what changes all the time.
    private static ResourceStatus steady(ResourceStatus status) {
        var steady = status.toBuilder().clearStatistics().clearReplicas();
        for (var replica : status.getReplicasList()) {
            steady.addReplicas(steady(replica));
        }
        return steady.build();
    }

    private static ReplicaStatus steady(ReplicaStatus replica) {
        return replica.toBuilder()
                .clearGrantRemainingMs()
                .clearRoundTripUs()
                .clearLagBytes()
                .build();
    }
}
