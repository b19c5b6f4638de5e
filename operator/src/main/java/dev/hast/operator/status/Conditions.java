package dev.hast.operator.status;

import dev.hast.crds.v1alpha1.Condition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/// Puts conditions together; each keeps the time of its last transition while its status stays.
final class Conditions {

    static final String TRUE = "True";
    static final String FALSE = "False";
    static final String UNKNOWN = "Unknown";

    private static final int MESSAGE_MAX = 32_768;

    private final List<Condition> before;
    private final long generation;
    private final String now;
    private final List<Condition> made = new ArrayList<>();

    /// @param before as they are stored
    /// @param generation of the spec that they speak of
    Conditions(List<Condition> before, long generation, Instant now) {
        this.before = before;
        this.generation = generation;
        this.now = now.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    Conditions add(String type, String status, String reason, String message) {
        final String since =
                before.stream()
                        .filter(old -> old.type().equals(type) && old.status().equals(status))
                        .map(Condition::lastTransitionTime)
                        .findFirst()
                        .orElse(now);
        made.add(
                new Condition(
                        type,
                        status,
                        generation,
                        since,
                        reason,
                        message.length() > MESSAGE_MAX
                                ? message.substring(0, MESSAGE_MAX)
                                : message));
        return this;
    }

    List<Condition> made() {
        return List.copyOf(made);
    }
}
