package dev.hast.daemon.control;

import java.time.Duration;

/// Keeps the updates of one watcher an interval apart: a transition wakes it at once when the last
/// update is that long ago, and what changes without a transition is looked at each interval.
final class WatchPace {

    private static final Duration INTERVAL_DEFAULT = Duration.ofMillis(500);
    private static final Duration INTERVAL_MIN = Duration.ofMillis(50);
    private static final Duration INTERVAL_MAX = Duration.ofSeconds(60);

    private final ChangeSignal changes;
    private final Duration interval;
    private boolean begun;
    private long seen;
    private long lastNanos;

    /// @param intervalMs as the caller asked; 0: the default
    WatchPace(ChangeSignal changes, int intervalMs) {
        this.changes = changes;
        var asked = Duration.ofMillis(Integer.toUnsignedLong(intervalMs));
        this.interval = asked.isZero() ? INTERVAL_DEFAULT : clamp(asked);
    }

    private static Duration clamp(Duration asked) {
        if (asked.compareTo(INTERVAL_MIN) < 0) {
            return INTERVAL_MIN;
        }
        return asked.compareTo(INTERVAL_MAX) > 0 ? INTERVAL_MAX : asked;
    }

    /// Returns when it is time to look; the first time at once.
    void await() throws InterruptedException {
        if (begun) {
            changes.await(seen, interval);
            long early = lastNanos + interval.toNanos() - System.nanoTime();
            if (early > 0) {
                // No change can end this wait: it only keeps the pace.
                changes.await(Long.MAX_VALUE, Duration.ofNanos(early));
            }
        }
        begun = true;
        seen = changes.version();
    }

    /// An update goes out now.
    void sent() {
        lastNanos = System.nanoTime();
    }
}
