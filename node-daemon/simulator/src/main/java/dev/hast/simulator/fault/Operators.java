package dev.hast.simulator.fault;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;
import static dev.hast.simulator.kernel.Timeline.SECOND;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.AdminAnswer;
import dev.hast.core.replication.Replica;
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.core.replication.Role;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.kernel.Violation;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.World;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// People who give orders, mostly to the node that they take for the primary.
public final class Operators {

    private final World world;
    private final RandomSource random;

    public Operators(World world, RandomSource random) {
        this.world = world;
        this.random = random;
    }

    /// Gives an order, and checks that it is answered at most once.
    void order(
            Node node,
            String what,
            BiConsumer<Replica, AdminAnswer> order,
            Consumer<Boolean> then) {
        final int[] answers = {0};
        node.deliver(
                "order",
                node.index(),
                () -> what,
                replica ->
                        order.accept(
                                replica,
                                (accepted, message) -> {
                                    world.trace()
                                            .print(
                                                    node.name(),
                                                    "< order",
                                                    answers[0],
                                                    () -> what + ": " + accepted + " " + message);
                                    Violation.unless(
                                            answers[0]++ == 0,
                                            "one answer an order",
                                            "%s at %s",
                                            what,
                                            node);
                                    world.timeline().after(0, () -> then.accept(accepted));
                                }));
    }

    void order(Node node, String what, BiConsumer<Replica, AdminAnswer> order) {
        order(node, what, order, _ -> {});
    }

    private @Nullable Configuration register() {
        return world.arbiter().register();
    }

    /// A node that is primary by its own words; when there is none, any.
    Node primary() {
        for (Node node : world.nodes()) {
            final ReplicaStatus status = node.running() ? node.status() : null;
            if (status != null && status.role() == Role.PRIMARY) {
                return node;
            }
        }
        return random.pick(world.nodes());
    }

    private Node likelyPrimary() {
        return random.chance(0.9) ? primary() : random.pick(world.nodes());
    }

    private Node any() {
        return random.pick(world.nodes());
    }

    void handOver() {
        final Node to = any();
        order(
                likelyPrimary(),
                "hand over to " + to,
                (r, answer) -> r.handOver(to.name(), answer, likelyNow(r)));
    }

    private long likelyNow(Replica replica) {
        for (Node node : world.nodes()) {
            if (node.replica() == replica) {
                return node.now();
            }
        }
        throw new IllegalStateException("the replica of no node");
    }

    void demote() {
        final Node node = likelyPrimary();
        order(node, "demote", (r, answer) -> r.demote(answer, node.now()));
        // Somebody who demotes by hand also promotes by hand.
        world.timeline().after(random.between(50 * MILLISECOND, 2 * SECOND), () -> promote(false));
    }

    void promote(boolean force) {
        final Node node = any();
        order(
                node,
                force ? "promote by force" : "promote",
                (r, answer) -> r.promote(force, answer, node.now()));
    }

    void changeMembers() {
        final Configuration configuration = register();
        final Node node = any();
        if (configuration == null) {
            return;
        }
        final Node at = likelyPrimary();
        if (configuration.member(node.name()).isPresent() && random.chance(0.4)) {
            order(
                    at,
                    "remove " + node,
                    (r, answer) -> r.removeReplica(node.name(), answer, at.now()));
        } else {
            order(at, "add " + node, (r, answer) -> r.addReplica(node.name(), answer, at.now()));
        }
    }

    void addMissing(List<Node> wanted) {
        final Configuration configuration = register();
        for (Node node : wanted) {
            if (configuration == null || configuration.member(node.name()).isEmpty()) {
                final Node at = primary();
                order(
                        at,
                        "add " + node,
                        (r, answer) -> r.addReplica(node.name(), answer, at.now()));
                return;
            }
        }
    }

    void grow() {
        final Configuration configuration = register();
        final long max = (long) world.options().extentsMax * world.options().extentBytes;
        if (configuration == null || configuration.size() >= max) {
            return;
        }
        final long size =
                configuration.size() + world.options().extentBytes * (long) random.between(1, 2);
        if (size <= max) {
            world.nodes().forEach(node -> node.enlarge(size));
            final Node at = likelyPrimary();
            world.timeline()
                    .after(
                            random.between(0, 50 * MILLISECOND),
                            () ->
                                    order(
                                            at,
                                            "grow to " + size,
                                            (r, answer) -> r.grow(size, answer, at.now())));
        }
    }

    void verify() {
        final Node at = likelyPrimary();
        if (random.chance(0.2)) {
            at.deliver("stopVerify", 0, () -> "", r -> r.stopVerify(at.now()));
        } else {
            final boolean repair = random.chance(0.5);
            order(
                    at,
                    "verify, repair=" + repair,
                    (r, answer) -> r.verify(repair, answer, at.now()));
        }
    }

    void pauseResync() {
        final Node at = likelyPrimary();
        pause(at, true);
        world.timeline()
                .after(random.between(100 * MILLISECOND, 3 * SECOND), () -> pause(at, false));
    }

    private static void pause(Node at, boolean paused) {
        at.deliver(
                "pauseResync", paused ? 1 : 0, () -> paused, r -> r.pauseResync(paused, at.now()));
    }

    void stopInOrder(Consumer<Node> restart) {
        final Node node = any();
        final boolean returning = random.chance(0.6);
        final long hold = random.between(500 * MILLISECOND, 4 * SECOND);
        final int life = node.life();
        final Runnable exit =
                () -> {
                    if (node.alive() && node.life() == life) {
                        node.crash(random.chance(0.3));
                        restart.accept(node);
                    }
                };
        order(
                node,
                "stop, returning=" + returning,
                (r, answer) -> r.stop(returning, hold, answer, node.now()),
                _ -> exit.run());
        // A service supervisor's patience.
        world.timeline().after(10 * SECOND, exit);
    }

    /// Somebody read the register, perhaps some time ago.
    void hint(Node node) {
        final List<Configuration> history = world.arbiter().history();
        if (!history.isEmpty()) {
            final Configuration known =
                    random.chance(0.5)
                            ? history.getLast()
                            : history.get(Math.max(0, history.size() - random.between(1, 4)));
            node.deliver("hint", known.epoch(), () -> known, r -> r.arbiterHint(known, node.now()));
        }
    }
}
