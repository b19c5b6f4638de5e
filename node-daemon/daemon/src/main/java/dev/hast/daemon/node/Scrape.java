package dev.hast.daemon.node;

import dev.hast.core.replication.ReplicaStatus;
import dev.hast.core.replication.Role;
import dev.hast.daemon.export.Command;
import dev.hast.daemon.export.ConnectionEnd;
import dev.hast.daemon.metrics.Metric;
import dev.hast.daemon.metrics.MetricsText;
import dev.hast.daemon.resource.FailoverClock;
import dev.hast.daemon.resource.ResourceView;
import dev.hast.daemon.resource.StageTimes;
import dev.hast.daemon.resource.Statistics;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes what is known of resources as metrics. Remembers the scrape before, for rates. One at a
/// time.
final class Scrape {

    private record Progress(long bytes, long nanos) {}

    private static final List<Command> TIMED =
            List.of(
                    Command.READ,
                    Command.WRITE,
                    Command.FLUSH,
                    Command.TRIM,
                    Command.WRITE_ZEROES,
                    Command.CACHE,
                    Command.BLOCK_STATUS);

    private Map<String, Progress> progress = new HashMap<>();
    private Map<String, Progress> next = new HashMap<>();

    /// To be called before the resources of one scrape.
    void begin() {
        progress = next;
        next = new HashMap<>();
    }

    void write(MetricsText out, ResourceView view) {
        final String name = view.document().name();
        view.replica().ifPresent(replica -> replica(out, name, view, replica));
        final Statistics counted = view.statistics();
        if (counted != null) {
            counters(out, name, counted);
        }
        view.lastFailover().ifPresent(last -> failover(out, name, last));
        final StageTimes times = view.times();
        if (times != null) {
            times(out, name, times);
        }
    }

    private void replica(MetricsText out, String name, ResourceView view, ReplicaStatus replica) {
        final String[] label = {"resource", name};
        out.add(Metric.PRIMARY, replica.role() == Role.PRIMARY, label)
                .add(Metric.SERVING, replica.serving(), label)
                .add(Metric.SUSPENDED, replica.suspendedBecause() != null, label)
                .add(Metric.IN_SYNC, replica.inSync(), label)
                .add(Metric.PROVIDER_FAILED, replica.providerFailed(), label)
                .add(Metric.NEEDS_PERSON, replica.needsPerson() != null, label)
                .add(Metric.OPERATIONS, replica.inFlight(), label)
                .add(Metric.WAITING, replica.waiting(), label)
                .add(Metric.UNCONFIRMED, replica.sequence() - replica.watermark(), label)
                .add(Metric.ACTIVE_EXTENTS, replica.activeExtents(), label)
                .add(Metric.LOG_UPDATES, replica.activityLogUpdates(), label);
        view.configuration()
                .ifPresent(configuration ->
                        out.add(Metric.EPOCH, configuration.epoch(), label)
                                .add(Metric.IN_SYNC_REPLICAS, configuration.inSync().size(), label)
                                .add(Metric.MEMBERS, configuration.members().size(), label)
                                .add(Metric.SIZE, configuration.size(), label));
        double slack = Double.POSITIVE_INFINITY;
        for (ReplicaStatus.Peer peer : replica.peers()) {
            peer(out, name, peer, view.queuedBytes().getOrDefault(peer.node(), 0L));
            if (replica.role() == Role.PRIMARY && peer.inSync()) {
                slack = Math.min(slack, peer.grantRemaining() / 1e9);
            }
        }
        if (slack != Double.POSITIVE_INFINITY) {
            out.add(Metric.GRANT_SLACK, slack, label);
        }
    }

    private void peer(MetricsText out, String name, ReplicaStatus.Peer peer, long queued) {
        final String[] label = {"resource", name, "peer", peer.node()};
        out.add(Metric.PEER_CONNECTED, peer.connected(), label)
                .add(Metric.PEER_IN_SYNC, peer.inSync(), label)
                .add(Metric.PEER_SYNCING, peer.syncing(), label)
                .add(Metric.PEER_DIRTY, peer.dirtyBytes(), label)
                .add(Metric.PEER_GRANT, Math.max(0, peer.grantRemaining()) / 1e9, label)
                .add(Metric.PEER_QUEUED, queued, label)
                .add(Metric.RESYNC_CHECKED, peer.syncCheckedBytes(), label)
                .add(Metric.RESYNC_COPIED, peer.syncCopiedBytes(), label)
                .add(Metric.RESYNC_TOTAL, peer.syncing() ? peer.syncTotalBytes() : 0, label)
                .add(Metric.RESYNC_RATE, rate(name + "/" + peer.node(), peer), label);
    }

    private double rate(String key, ReplicaStatus.Peer peer) {
        if (!peer.syncing()) {
            return 0;
        }
        final Progress now = new Progress(peer.syncCheckedBytes(), System.nanoTime());
        final Progress before = progress.get(key);
        next.put(key, now);
        return before == null || now.bytes < before.bytes || now.nanos == before.nanos
                ? 0
                : (now.bytes - before.bytes) * 1e9 / (now.nanos - before.nanos);
    }

    private static void counters(MetricsText out, String name, Statistics counted) {
        out.add(Metric.REQUESTS, counted.reads, "resource", name, "kind", "read")
                .add(Metric.REQUESTS, counted.writes, "resource", name, "kind", "write")
                .add(Metric.REQUESTS, counted.deletes, "resource", name, "kind", "zero")
                .add(Metric.REQUESTS, counted.flushes, "resource", name, "kind", "flush")
                .add(Metric.REQUEST_BYTES, counted.readBytes, "resource", name, "kind", "read")
                .add(Metric.REQUEST_BYTES, counted.writtenBytes, "resource", name, "kind", "write")
                .add(Metric.REQUEST_ERRORS, counted.errors, "resource", name)
                .add(Metric.SENT, counted.sentBytes, "resource", name)
                .add(Metric.RECEIVED, counted.receivedBytes, "resource", name)
                .add(
                        Metric.PROVIDER_ERRORS,
                        counted.localReadErrors,
                        "resource",
                        name,
                        "kind",
                        "read")
                .add(
                        Metric.PROVIDER_ERRORS,
                        counted.localWriteErrors,
                        "resource",
                        name,
                        "kind",
                        "write")
                .add(
                        Metric.PROVIDER_ERRORS,
                        counted.localFlushErrors,
                        "resource",
                        name,
                        "kind",
                        "flush");
    }

    /// A step may come more than once, a sample may not.
    private static void failover(MetricsText out, String name, FailoverClock.Failover last) {
        final Map<String, Long> steps = new LinkedHashMap<>();
        last.steps().forEach(step -> steps.merge(step.name(), step.nanos(), Long::sum));
        steps.forEach((step, nanos) ->
                out.add(Metric.FAILOVER, nanos / 1e9, "resource", name, "step", step));
    }

    private static void times(MetricsText out, String name, StageTimes times) {
        for (Command command : TIMED) {
            out.add(
                    Metric.REQUEST_SECONDS,
                    times.of(command),
                    "resource",
                    name,
                    "kind",
                    MetricsText.word(command));
        }
        for (StageTimes.Stage stage : StageTimes.Stage.values()) {
            out.add(
                    Metric.PROVIDER_SECONDS,
                    times.of(stage),
                    "resource",
                    name,
                    "kind",
                    stage.text());
        }
        times.confirms()
                .forEach((peer, histogram) ->
                        out.add(Metric.CONFIRM_SECONDS, histogram, "resource", name, "peer", peer));
        out.add(Metric.PROVIDER_PENDING, times.providerPending(), "resource", name)
                .add(Metric.CONNECTIONS, times.connections(), "resource", name)
                .add(Metric.ROOM_WAITS, times.waits(), "resource", name);
        final Map<ConnectionEnd, Long> ends = times.connectionEnds();
        for (ConnectionEnd end : ConnectionEnd.values()) {
            out.add(
                    Metric.CONNECTION_ENDS,
                    ends.getOrDefault(end, 0L),
                    "resource",
                    name,
                    "reason",
                    MetricsText.word(end));
        }
    }
}
