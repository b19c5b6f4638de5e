package dev.hast.daemon.replication;

import dev.hast.daemon.metrics.RefusalQuota;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts what is refused, and logs the first of each cause; of those that follow within a minute
/// only the number. On one event loop.
final class RefusalLog {

    private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);

    private final LinkMetrics metrics;
    private final RefusalQuota<Refusal> quota = new RefusalQuota<>();

    RefusalLog(LinkMetrics metrics) {
        this.metrics = metrics;
    }

    /// @param from the other end, null when it is not known any more
    void refused(Refusal refusal, @Nullable SocketAddress from, String cause) {
        metrics.refused(refusal);
        final long silenced = quota.admit(refusal, cause, System.nanoTime());
        if (silenced == RefusalQuota.SILENT) {
            return;
        }
        // A peer that goes is no event here: the resource reports a link that is down.
        final var level =
                refusal == Refusal.CLOSED
                        ? org.slf4j.event.Level.DEBUG
                        : org.slf4j.event.Level.WARN;
        LOG.atLevel(level)
                .addKeyValue("from", String.valueOf(from))
                .addKeyValue("refusal", refusal.text())
                .addKeyValue("sinceLast", silenced)
                .log("A connection was refused: {}", cause);
    }
}
