package dev.hast.simulator.fault;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;
import static dev.hast.simulator.kernel.Timeline.SECOND;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.simulator.kernel.Violation;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.World;
import java.util.List;

/// Makes the resource: the first node initialises it, all others are brought in, and those that a
/// seed wants as spares are removed. Nothing fails meanwhile.
public final class Bootstrap {

    private static final long BOUND = 60 * SECOND;
    private static final long LOOK_EVERY = 50 * MILLISECOND;

    private final World world;
    private final Operators operators;

    public Bootstrap(World world, Operators operators) {
        this.world = world;
        this.operators = operators;
    }

    public void run() {
        world.nodes().forEach(Node::start);
        final Node first = world.nodes().getFirst();
        final long size = (long) world.options().extents * world.options().extentBytes;
        runFor(600 * MILLISECOND);
        operators.order(
                first, "initialise", (r, answer) -> r.initialise(size, answer, first.now()));
        final long deadline = world.timeline().now() + BOUND;
        while (!ready(first)) {
            runFor(LOOK_EVERY);
            Violation.unless(
                    world.timeline().now() < deadline,
                    "a new resource comes up",
                    "%s",
                    first.status());
        }
        final List<Node> others =
                world.nodes().subList(world.options().members, world.nodes().size());
        for (Node other : others) {
            operators.order(
                    first,
                    "remove " + other,
                    (r, answer) -> r.removeReplica(other.name(), answer, first.now()));
            runFor(LOOK_EVERY);
        }
    }

    private static boolean ready(Node first) {
        final ReplicaStatus status = first.status();
        final Configuration configuration = status == null ? null : status.configuration();
        return status != null
                && configuration != null
                && status.serving()
                && configuration.absent().isEmpty();
    }

    private void runFor(long duration) {
        final long until = world.timeline().now() + duration;
        while (world.timeline().step(until)) {
            // events happen
        }
    }
}
