package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ReplicaSettings.OnArbiterLost;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A few replicas in one queue of events, without faults: for scenarios that a person can follow.
/// The simulator is for the rest.
///
/// Everything that is asked for happens at once and in order; time passes only by [#run].
final class SmallCluster {

    static final int EXTENT = 64 << 10;
    static final int BLOCK = 4096;
    static final int BLOCKS_IN_EXTENT = EXTENT / BLOCK;
    static final int ACTIVITY_LOG_EXTENTS = 8;
    static final long SIZE = 16L * EXTENT;
    private static final long TICK = 20_000_000L;

    final List<SmallNode> nodes = new ArrayList<>();
    final Map<Long, Integer> answers = new HashMap<>();
    @Nullable Configuration register;

    /// Nodes whose changes reach the arbiter only by [#deliverChanges]; they are told that nobody
    /// knows.
    final Set<String> slowToArbiter = new HashSet<>();

    /// Nodes that the arbiter does not answer.
    final Set<String> withoutArbiter = new HashSet<>();

    /// Somebody has forced a promotion where the other side could not be asked.
    boolean splitByHand;

    /// Deliberate faults, on every node.
    final Set<Bug> bugs;

    /// Ways from one node to another whose messages wait, by "from>to".
    final Map<String, List<Runnable>> held = new HashMap<>();

    /// How often the link of two nodes was closed: what was sent before does not arrive after it.
    final Map<Set<String>, Integer> sessions = new HashMap<>();

    final List<Runnable> lateChanges = new ArrayList<>();
    private final Set<Set<String>> cut = new HashSet<>();
    final ArrayDeque<Runnable> events = new ArrayDeque<>();
    private long now = 1_000_000_000L;
    long randoms = 1;

    SmallCluster(String... names) {
        this(OnArbiterLost.SUSPEND, names);
    }

    SmallCluster(OnArbiterLost onArbiterLost, String... names) {
        this(onArbiterLost, true, Set.of(), names);
    }

    /// Roles by hand.
    static SmallCluster withoutArbiter(String... names) {
        return new SmallCluster(OnArbiterLost.SUSPEND, false, Set.of(), names);
    }

    /// With an arbiter, and [#begun].
    static SmallCluster inSync(Set<Bug> bugs, String... names) {
        return new SmallCluster(OnArbiterLost.SUSPEND, true, bugs, names).begun();
    }

    /// The first node initialises the resource, and the others join.
    SmallCluster begun() {
        order(nodes.getFirst().name, (replica, answer) -> replica.initialise(SIZE, answer, now));
        run(3_000);
        assertThat(nodes).allMatch(node -> node.replica.status(now).inSync());
        return this;
    }

    private SmallCluster(
            OnArbiterLost onArbiterLost, boolean arbitrated, Set<Bug> bugs, String... names) {
        this.bugs = bugs;
        for (String name : names) {
            nodes.add(new SmallNode(this, name, List.of(names), onArbiterLost, arbitrated));
        }
        nodes.forEach(node -> node.replica.start(now));
        for (SmallNode one : nodes) {
            for (SmallNode other : nodes) {
                if (one != other) {
                    one.replica.linkUp(one.indexOf(other), now);
                }
            }
        }
        settle();
    }

    /// Breaks the link of two nodes, or lets it come back.
    void cut(String one, String other, boolean off) {
        if (off) {
            cut.add(Set.of(one, other));
        } else {
            cut.remove(Set.of(one, other));
        }
        final SmallNode first = node(one);
        final SmallNode second = node(other);
        if (off) {
            lose(first, second);
            first.replica.linkDown(first.indexOf(second), "cut", now);
            second.replica.linkDown(second.indexOf(first), "cut", now);
        } else {
            first.replica.linkUp(first.indexOf(second), now);
            second.replica.linkUp(second.indexOf(first), now);
        }
        settle();
    }

    /// What `from` sends to `to` waits from here on.
    void hold(String from, String to) {
        held.put(from + ">" + to, new ArrayList<>());
    }

    /// What has waited arrives, and nothing waits any more.
    void release(String from, String to) {
        held.remove(from + ">" + to).forEach(Runnable::run);
        settle();
    }

    void lose(SmallNode one, SmallNode other) {
        for (String way : List.of(one.name + ">" + other.name, other.name + ">" + one.name)) {
            if (held.containsKey(way)) {
                held.get(way).clear();
            }
        }
    }

    /// Says where two members of the in-sync set differ; empty when nowhere.
    Optional<String> difference() {
        final List<SmallNode> members =
                nodes.stream()
                        .filter(node -> register.member(node.name).isPresent())
                        .filter(node ->
                                register.inSync().contains(register.member(node.name).get().slot()))
                        .toList();
        return members.stream()
                .filter(node -> node.disk.mismatch(members.getFirst().disk) >= 0)
                .map(node ->
                        "%s and %s differ at byte %d"
                                .formatted(
                                        members.getFirst().name,
                                        node.name,
                                        node.disk.mismatch(members.getFirst().disk)))
                .findFirst();
    }

    boolean isCut(SmallNode one, SmallNode other) {
        return !one.alive || !other.alive || cut.contains(Set.of(one.name, other.name));
    }

    /// What was on its way to the arbiter arrives.
    void deliverChanges() {
        lateChanges.forEach(Runnable::run);
        lateChanges.clear();
        settle();
    }

    SmallNode node(String name) {
        return nodes.stream().filter(node -> node.name.equals(name)).findFirst().orElseThrow();
    }

    Optional<String> server() {
        return nodes.stream()
                .filter(node -> node.alive && node.replica.serving())
                .map(node -> node.name)
                .findFirst();
    }

    /// Lets time pass, and sees that no two nodes serve.
    void run(long millis) {
        final long until = now + millis * 1_000_000L;
        while (now < until) {
            now += TICK;
            nodes.stream().filter(node -> node.alive).forEach(node -> node.replica.tick(now));
            settle();
            final List<String> serving =
                    nodes.stream()
                            .filter(node -> node.alive && node.replica.serving())
                            .map(node -> node.name)
                            .toList();
            if (serving.size() > 1 && !splitByHand) {
                throw new AssertionError("two nodes serve: " + serving);
            }
        }
    }

    void settle() {
        for (Runnable event = events.poll(); event != null; event = events.poll()) {
            event.run();
        }
    }

    String order(String name, java.util.function.BiConsumer<Replica, AdminAnswer> order) {
        final List<String> answer = new ArrayList<>();
        order.accept(
                node(name).replica,
                (accepted, message) -> answer.add((accepted ? "done: " : "refused: ") + message));
        settle();
        run(200);
        return answer.isEmpty() ? "no answer" : answer.getFirst();
    }

    long now() {
        return now;
    }
}
