package dev.hast.daemon.metrics;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// Which refusals of strangers are worth a line in the log: each cause once a minute, and at most
/// some causes of a kind, so that nobody can fill the log from outside. Thread-safe.
///
/// @param <K> the kinds, few
public final class RefusalQuota<K> {

    /// The answer for what is not to be logged.
    public static final long SILENT = -1;

    private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int CAUSES_MAX = 8;

    private static final class Kind {
        private final Map<String, Long> said = new HashMap<>();
        private long silenced;
    }

    private final Map<K, Kind> kinds = new HashMap<>();

    /// @param now monotonic nanoseconds
    /// @return [#SILENT], or how many of this kind were not logged since the last that was
    public synchronized long admit(K kind, String cause, long now) {
        final Kind known = kinds.computeIfAbsent(kind, k -> new Kind());
        known.said.values().removeIf(at -> now - at >= QUIET_NANOS);
        if (known.said.containsKey(cause) || known.said.size() >= CAUSES_MAX) {
            known.silenced++;
            return SILENT;
        }
        known.said.put(cause, now);
        final long silenced = known.silenced;
        known.silenced = 0;
        return silenced;
    }
}
