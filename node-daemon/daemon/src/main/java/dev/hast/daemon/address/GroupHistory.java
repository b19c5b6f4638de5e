package dev.hast.daemon.address;

import dev.hast.core.address.ElectionState;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// The last transitions of a group, the newest first. Thread-safe.
final class GroupHistory {

    private static final int KEPT = 16;

    /// One change of state.
    ///
    /// @param reason in words
    /// @param steps that led to it
    record Transition(
            Instant at,
            ElectionState from,
            ElectionState to,
            String reason,
            List<StepTimes.Step> steps) {}

    private final Deque<Transition> transitions = new ArrayDeque<>();

    synchronized void add(Transition transition) {
        transitions.addFirst(transition);
        if (transitions.size() > KEPT) {
            transitions.removeLast();
        }
    }

    synchronized List<Transition> all() {
        return List.copyOf(transitions);
    }
}
