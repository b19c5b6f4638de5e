package dev.hast.simulator.fault;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;
import static dev.hast.simulator.kernel.Timeline.SECOND;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.core.replication.Role;
import dev.hast.simulator.client.Clients;
import dev.hast.simulator.kernel.Fault;
import dev.hast.simulator.kernel.Options;
import dev.hast.simulator.kernel.Violation;
import dev.hast.simulator.world.Link;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.SimulatedArbiter;
import dev.hast.simulator.world.World;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All faults end, everything is started, and the cluster must come back: one node serves, every
/// member is in sync, all replicas hold the same bytes, no request is left without an answer, no
/// buffer is held.
public final class Healing {

    private static final long LOOK_EVERY = 100 * MILLISECOND;
    private static final long OPERATOR_EVERY = 700 * MILLISECOND;

    private final World world;
    private final Clients clients;
    private final Operators operators;
    private final Options options;

    public Healing(World world, Clients clients, Operators operators) {
        this.world = world;
        this.clients = clients;
        this.operators = operators;
        this.options = world.options();
    }

    /// How long it may take until all members are in sync, as the sum of what may have to be waited
    /// for one after the other.
    long bound() {
        final long volume = (long) options.extentsMax * options.extentBytes;
        final long resync =
                options.resyncBytesPerSecond == 0
                        ? 2 * SECOND
                        : 2 * SECOND + volume * SECOND / options.resyncBytesPerSecond;
        return
        // changes that are still on their way to the register, and the answer that a node still
        // waits for
        SimulatedArbiter.LATE_CHANGE_MAX
                + 2 * SimulatedArbiter.ANSWER_TIMEOUT
                // both ends notice a broken session, and connect again
                + Link.HALF_OPEN_MAX
                + Link.SEND_TIMEOUT_MAX
                + Link.RECONNECT_MAX
                // a restarted node waits out the grant that it may have given; twice, because a
                // first candidate may fail
                + 2 * (options.grant + options.margin + options.heartbeat)
                // a replica without its memory waits for one that kept it
                + options.memoryLossWait
                // a member that still does not answer is dropped; by the next primary too
                + 2 * (options.timeout + options.reconnectGrace)
                // a hold that a node asked for when it was stopped in order
                + 4 * SECOND
                // members are brought back, one after the other if need be
                + options.nodes * resync
                // a block that the only replica could not read is tried again after ten seconds
                + (options.has(Fault.BAD_SECTOR) ? 11 * SECOND : 0)
                // people look only now and then
                + 4 * OPERATOR_EVERY
                // clocks run slow
                + (options.clocksOutsideBound ? 60 * SECOND : 5 * SECOND);
    }

    /// Runs until the cluster has converged.
    public void run() {
        endFaults();
        final long start = world.timeline().now();
        final long deadline = start + bound();
        tend();
        runUntil(deadline, () -> unhealthy() == null, "converges");
        clients.stop();
        runUntil(
                world.timeline().now() + bound(),
                // A stop that was ordered before may still take the primary away.
                () -> clients.waiting() == 0 && unhealthy() == null,
                "requests are answered");
        final Node primary = operators.primary();
        clients.readAll(primary);
        runUntil(
                world.timeline().now() + bound(),
                () -> clients.waiting() == 0 && quiet() && unhealthy() == null,
                "requests are answered and buffers given back");
        checkEqual();
    }

    private interface Condition {
        boolean holds();
    }

    private void runUntil(long deadline, Condition condition, String rule) {
        long look = world.timeline().now();
        while (true) {
            look += LOOK_EVERY;
            while (world.timeline().step(look)) {
                // events happen
            }
            if (condition.holds()) {
                return;
            }
            if (look > deadline) {
                throw new Violation(
                        rule + " within the bound",
                        "%s; waiting %d %s; buffers %s; %s"
                                .formatted(
                                        unhealthy(),
                                        clients.waiting(),
                                        clients.describeWaiting(),
                                        world.nodes().stream().map(Node::buffersHeld).toList(),
                                        describe()));
            }
        }
    }

    private void endFaults() {
        world.arbiter().heal();
        for (Link link : world.links()) {
            link.cut(link.first(), false);
            link.cut(link.second(), false);
            link.slow(1);
        }
        for (Node node : world.nodes()) {
            node.disk().slow(1);
            node.disk().fail(0);
            node.disk().sectors().makeReadable();
            node.pauseTicks(0);
            node.thaw();
            node.start();
        }
    }

    // --- the operator ---

    private void tend() {
        for (Node node : world.nodes()) {
            if (!node.alive()) {
                node.start();
            } else if (node.providerFailed()) {
                node.crash(false);
                node.start();
            }
            node.deliver("pauseResync", 0, () -> "", r -> r.pauseResync(false, node.now()));
        }
        if (noPrimary() && (!options.autoPromote || !options.arbitrated || isVacant())) {
            operators.promote(!options.arbitrated);
        }
        if (options.promise() == Options.Promise.CONVERGENCE || reignsAreForgotten()) {
            resolveSplitBrain();
        }
        world.timeline().after(OPERATOR_EVERY, this::tend);
    }

    /// Somebody has demoted the primary and named no other.
    private boolean isVacant() {
        final Configuration register = world.arbiter().register();
        return register != null && register.primary() == Configuration.NOBODY;
    }

    private boolean noPrimary() {
        return world.nodes().stream()
                .map(Node::status)
                .noneMatch(status -> status != null && status.role() == Role.PRIMARY);
    }

    /// A replica that was away for more reigns than are remembered is not brought back by itself.
    private boolean reignsAreForgotten() {
        final Configuration register = world.arbiter().register();
        return register != null && register.reigns().size() == Configuration.REIGNS_MAX;
    }

    /// A person names the victims: all but one.
    private void resolveSplitBrain() {
        final boolean split =
                world.nodes().stream()
                        .map(Node::status)
                        .anyMatch(status -> status != null && needsPerson(status));
        // Where roles are set by hand, who survives is made primary first.
        if (!split || (!options.arbitrated && noPrimary())) {
            return;
        }
        final Node survivor = operators.primary();
        final ReplicaStatus survives = survivor.status();
        if (survives != null
                && survives.needsPerson() != null
                && survives.needsPerson().contains("the arbiter's record")) {
            operators.order(
                    survivor,
                    "write the register again",
                    (r, answer) -> r.promote(true, answer, survivor.now()));
        }
        for (Node node : world.nodes()) {
            final ReplicaStatus status = node.status();
            if (node == survivor || status == null) {
                continue;
            }
            if (status.role() == Role.PRIMARY) {
                operators.order(
                        node, "demote the victim", (r, answer) -> r.demote(answer, node.now()));
            }
            if (!status.inSync() || !options.arbitrated) {
                operators.order(
                        node, "discard data", (r, answer) -> r.discardData(answer, node.now()));
            }
        }
    }

    private static boolean needsPerson(ReplicaStatus status) {
        return status.needsPerson() != null
                || status.peers().stream()
                        .anyMatch(peer -> peer.trouble() == ReplicaStatus.Trouble.SPLIT_BRAIN);
    }

    // --- the result ---

    private @Nullable String unhealthy() {
        @Nullable Configuration configuration = null;
        int serving = 0;
        for (Node node : world.nodes()) {
            final ReplicaStatus status = node.status();
            if (status == null) {
                return node + " has no process";
            }
            if (status.needsPerson() != null) {
                return node + " needs a person: " + status.needsPerson();
            }
            if (status.serving()) {
                serving++;
                configuration = status.configuration();
            }
        }
        if (serving != 1 || configuration == null) {
            return serving + " nodes serve";
        }
        return configuration.absent().isEmpty() ? null : "absent: " + configuration.absent();
    }

    private boolean quiet() {
        return world.nodes().stream().allMatch(node -> node.buffersHeld() == 0);
    }

    private String describe() {
        return world.nodes().stream().map(node -> "\n  " + node + " " + node.status()).toList()
                + "\n  register "
                + world.arbiter().register();
    }

    private void checkEqual() {
        final ReplicaStatus status = operators.primary().status();
        final Configuration configuration = status == null ? null : status.configuration();
        if (configuration == null) {
            throw new Violation("converges within the bound", "there is no primary any more");
        }
        final List<Node> members =
                world.nodes().stream()
                        .filter(node -> configuration.member(node.name()).isPresent())
                        .toList();
        for (Node node : members) {
            final long[] one = members.getFirst().disk().sectors().current();
            final long[] other = node.disk().sectors().current();
            final int sectors =
                    (int)
                            (configuration.size()
                                    / dev.hast.simulator.world.SectorStore.SECTOR_BYTES);
            final int at = Arrays.mismatch(one, 0, sectors, other, 0, sectors);
            Violation.unless(
                    at < 0,
                    "replicas are equal in the end",
                    "%s and %s differ in sector %d",
                    members.getFirst(),
                    node,
                    at);
        }
    }
}
