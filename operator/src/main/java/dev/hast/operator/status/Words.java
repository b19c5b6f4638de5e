package dev.hast.operator.status;

import dev.hast.control.v1.LinkState;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.Role;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// The words of a status for what the control API numbers.
final class Words {

    private Words() {}

    static @Nullable String of(Role role) {
        return switch (role) {
            case ROLE_INIT -> "Init";
            case ROLE_SECONDARY -> "Secondary";
            case ROLE_PRIMARY -> "Primary";
            case ROLE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }

    static @Nullable String of(LinkState link) {
        return switch (link) {
            case LINK_STATE_LOCAL -> "Local";
            case LINK_STATE_CONNECTED -> "Connected";
            case LINK_STATE_CONNECTING -> "Connecting";
            case LINK_STATE_DISCONNECTED -> "Disconnected";
            case LINK_STATE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }

    static @Nullable String of(ReplicaState state) {
        return switch (state) {
            case REPLICA_STATE_ABSENT -> "Absent";
            case REPLICA_STATE_OUTDATED -> "Outdated";
            case REPLICA_STATE_SYNCING -> "Syncing";
            case REPLICA_STATE_IN_SYNC -> "InSync";
            case REPLICA_STATE_FAILED -> "Failed";
            case REPLICA_STATE_SPLIT_BRAIN -> "SplitBrain";
            case REPLICA_STATE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }

    /// Two digits that say something: `3.2s`, `15ms`, `4m`.
    static String duration(Duration duration) {
        final long ms = duration.toMillis();
        if (ms < 1000) {
            return ms + "ms";
        }
        if (ms < 60_000) {
            return "%d.%ds".formatted(ms / 1000, ms % 1000 / 100);
        }
        return duration.toHours() > 0
                ? "%dh%dm".formatted(duration.toHours(), duration.toMinutesPart())
                : duration.toMinutes() + "m";
    }

    static String time(long millis) {
        return Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
