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
/// [WatchPace] says when it is time to look.
final class StatusWatch implements Watch.Source<StatusUpdate> {

    private final ControlTarget target;
    private final Rates rates;
    private final List<String> names;
    private final WatchPace pace;
    private final boolean counters;
    private final Map<String, ResourceStatus> sent = new LinkedHashMap<>();
    private boolean first = true;

    StatusWatch(ControlTarget target, Rates rates, WatchStatusRequest request) {
        this.target = target;
        this.rates = rates;
        this.names = request.getNamesList();
        this.counters = request.getCounters();
        this.pace = new WatchPace(target.changes(), request.getIntervalMs());
    }

    @Override
    public List<StatusUpdate> next(Duration patience)
            throws ControlException, InterruptedException {
        if (first) {
            Requests.resources(names);
        }
        pace.await();
        var update = difference(target.status(names));
        if (!update.getComplete()
                && update.getChangedCount() == 0
                && update.getRemovedCount() == 0) {
            return List.of();
        }
        pace.sent();
        return List.of(update);
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
