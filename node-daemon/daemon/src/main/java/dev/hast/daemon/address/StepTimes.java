package dev.hast.daemon.address;

import java.util.ArrayList;
import java.util.List;

/// How long each step of the transition that is under way took. Thread-safe.
final class StepTimes {

    record Step(String name, long nanos) {}

    private final List<Step> steps = new ArrayList<>();

    /// A step that began then is done.
    synchronized void done(String name, long begunNanos) {
        steps.add(new Step(name, System.nanoTime() - begunNanos));
    }

    /// The steps since this was last asked.
    synchronized List<Step> take() {
        final List<Step> taken = List.copyOf(steps);
        steps.clear();
        return taken;
    }
}
