package dev.hast.daemon.control;

import dev.hast.control.v1.Progress;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ResourceStatus;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// How fast a resync or a verify goes, and when it will end, from how far it had come when somebody
/// looked before. A rate that the target states itself is left as it is. Thread-safe.
///
/// The rate is that of the last seconds; who looks for the first time sees none.
final class Rates {

    private static final long WINDOW_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long APART_NANOS = Duration.ofMillis(200).toNanos();

    private record Sample(long doneBytes, long nanos) {}

    private final Map<String, Deque<Sample>> samples = new ConcurrentHashMap<>();

    ResourceStatus rated(ResourceStatus status, long nowNanos) {
        var out = status.toBuilder();
        for (var replica : out.getReplicasBuilderList()) {
            var key = status.getName() + " " + replica.getNode();
            if (replica.getState() == ReplicaState.REPLICA_STATE_SYNCING) {
                replica.setResync(rated(key, replica.getResync(), nowNanos));
            } else {
                samples.remove(key);
            }
        }
        if (status.getVerify().getRunning()) {
            out.getVerifyBuilder()
                    .setProgress(
                            rated(status.getName(), status.getVerify().getProgress(), nowNanos));
        } else {
            samples.remove(status.getName());
        }
        return out.build();
    }

    /// @param key what makes progress
    Progress rated(String key, Progress progress, long nowNanos) {
        if (progress.getBytesPerSecond() > 0) {
            return progress;
        }
        var past = samples.computeIfAbsent(key, _ -> new ArrayDeque<>());
        synchronized (past) {
            if (!past.isEmpty() && past.getLast().doneBytes() > progress.getDoneBytes()) {
                past.clear(); // Another one has begun.
            }
            if (past.isEmpty() || nowNanos - past.getLast().nanos() >= APART_NANOS) {
                past.addLast(new Sample(progress.getDoneBytes(), nowNanos));
            }
            // One sample that is older than the window stays, so that rare looks have a rate too.
            while (past.size() > 2 && nowNanos - second(past).nanos() >= WINDOW_NANOS) {
                past.removeFirst();
            }
            return rated(progress, past.getFirst(), nowNanos);
        }
    }

    private static Sample second(Deque<Sample> past) {
        var all = past.iterator();
        all.next();
        return all.next();
    }

    private static Progress rated(Progress progress, Sample since, long nowNanos) {
        long elapsed = nowNanos - since.nanos();
        long moved = progress.getDoneBytes() - since.doneBytes();
        if (progress.getPaused() || elapsed < APART_NANOS || moved <= 0) {
            return progress;
        }
        double perSecond = moved * 1e9 / elapsed;
        long left = Math.max(0, progress.getTotalBytes() - progress.getDoneBytes());
        return progress.toBuilder()
                .setBytesPerSecond(Math.round(perSecond))
                .setRemainingMs(Math.round(left * 1e3 / perSecond))
                .build();
    }
}
