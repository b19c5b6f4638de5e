package dev.hast.simulator.check;

import dev.hast.core.replication.ReplicaStatus;
import dev.hast.core.replication.Role;
import dev.hast.simulator.kernel.Violation;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.World;
import org.jspecify.annotations.Nullable;

/// At one moment of true time at most one node serves (S1). A frozen process serves nobody until it
/// wakes. And its queues stay within their limits.
public final class SingleServer implements Invariant {

    private static final int QUEUES_EVERY = 32;

    private final World world;
    private long events;

    public SingleServer(World world) {
        this.world = world;
    }

    @Override
    public void handled(Node node) {
        if (++events % QUEUES_EVERY == 0) {
            final ReplicaStatus status = node.status();
            if (status != null) {
                bounded(node, status);
            }
        }
        int primaries = 0;
        for (Node candidate : world.nodes()) {
            primaries += candidate.running() && candidate.role() == Role.PRIMARY ? 1 : 0;
        }
        if (primaries > 1) {
            checkServing();
        }
    }

    private void checkServing() {
        @Nullable Node serving = null;
        for (Node candidate : world.nodes()) {
            final ReplicaStatus status = candidate.running() ? candidate.status() : null;
            if (status != null && status.serving()) {
                Violation.unless(
                        serving == null,
                        "one node serves",
                        "%s and %s both serve",
                        serving,
                        candidate);
                serving = candidate;
            }
        }
    }

    private void bounded(Node node, ReplicaStatus status) {
        final int asked = world.options().clients * world.options().depth;
        Violation.unless(
                status.waiting() <= asked + 64
                        && status.inFlight() <= 4 * world.options().operationsMax + 64,
                "queues are bounded",
                "%s: %d waiting, %d in flight",
                node,
                status.waiting(),
                status.inFlight());
    }
}
