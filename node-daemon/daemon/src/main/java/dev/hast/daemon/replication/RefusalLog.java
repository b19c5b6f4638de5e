package dev.hast.daemon.replication;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts what is refused, and logs the first of its kind; of those that follow within a minute
/// only the number, so that nobody can fill the log from outside. On one event loop.
final class RefusalLog {

    private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);
    private static final Duration QUIET = Duration.ofMinutes(1);

    private static final class Last {
        private long nanos;
        private long silenced;
    }

    private final LinkMetrics metrics;
    private final Map<Refusal, Last> last = new EnumMap<>(Refusal.class);

    RefusalLog(LinkMetrics metrics) {
        this.metrics = metrics;
    }

    /// @param from the other end, null when it is not known any more
    void refused(Refusal refusal, @Nullable SocketAddress from, String cause) {
        metrics.refused(refusal);
        final long now = System.nanoTime();
        final Last before = last.get(refusal);
        if (before != null && now - before.nanos < QUIET.toNanos()) {
            before.silenced++;
            return;
        }
        final Last next = new Last();
        next.nanos = now;
        last.put(refusal, next);
        // A peer that goes is no event here: the resource reports a link that is down.
        final var level =
                refusal == Refusal.CLOSED
                        ? org.slf4j.event.Level.DEBUG
                        : org.slf4j.event.Level.WARN;
        LOG.atLevel(level)
                .addKeyValue("from", String.valueOf(from))
                .addKeyValue("refusal", refusal.text())
                .addKeyValue("sinceLast", before == null ? 0 : before.silenced)
                .log("A connection was refused: {}", cause);
    }
}
