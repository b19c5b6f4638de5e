package dev.hast.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.operator.plan.Action.Create;
import dev.hast.operator.plan.Action.SetDocuments;
import dev.hast.operator.plan.Observed.Daemon;
import dev.hast.operator.plan.Observed.Link;
import dev.hast.operator.plan.Observed.Refusal;
import dev.hast.operator.plan.Wanted.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever is observed, some things are never done.
final class NodePlanPropertyTest {

    private static final List<String> NODES = List.of("a", "b", "c");
    private static final int SITUATIONS = 400;

    static LongStream seeds() {
        return LongStream.range(0, 25);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whateverIsSeenNothingIsLost(long seed) {
        final Random random = new Random(seed);
        for (int i = 0; i < SITUATIONS; i++) {
            final Wanted wanted = wanted(random);
            final Observed observed = observed(random, wanted);
            for (String node : NODES) {
                final List<Action> actions = NodePlan.of(node, wanted, observed);
                assertThat(actions).isEqualTo(NodePlan.of(node, wanted, observed));
                final Daemon daemon = observed.on(node);
                if (!daemon.connected()) {
                    assertThat(actions).isEmpty();
                }
                for (Action action : actions) {
                    switch (action) {
                        case SetDocuments(var documents) -> keeps(wanted, daemon, documents);
                        case Create(String resource) ->
                                mayBeMade(wanted.resources().get(resource), node, observed);
                        case Action.Grow(String resource, long bytes) ->
                                assertThat(bytes)
                                        .isGreaterThan(
                                                daemon.resources().get(resource).getSizeBytes());
                    }
                }
            }
        }
    }

    /// What the daemon runs and people still want is in every set that it gets.
    private static void keeps(Wanted wanted, Daemon daemon, Map<String, String> documents) {
        for (Volume volume : wanted.on(daemon.node())) {
            if (!volume.deleting() && daemon.resources().containsKey(volume.name())) {
                assertThat(documents).containsKey(DocumentText.nameOf(volume.name()));
            }
        }
    }

    /// Not while anybody may hold data that is not served.
    private static void mayBeMade(Volume volume, String node, Observed observed) {
        assertThat(observed.on(node).resources().get(volume.name()).getState())
                .isEqualTo(ResourceState.RESOURCE_STATE_INIT);
        final boolean served =
                volume.nodes().stream()
                        .map(observed::on)
                        .filter(Daemon::connected)
                        .map(daemon -> daemon.resources().get(volume.name()))
                        .anyMatch(status ->
                                status != null
                                        && status.getState() == ResourceState.RESOURCE_STATE_SERVING
                                        && volume.id().map(status.getId()::equals).orElse(true));
        if (!served) {
            assertThat(volume.id()).isEmpty();
            for (String other : volume.nodes()) {
                final Daemon daemon = observed.on(other);
                assertThat(daemon.connected()).isTrue();
                assertThat(daemon.resources().get(volume.name()).getId()).isEmpty();
            }
        }
    }

    private static Wanted wanted(Random random) {
        final List<Volume> volumes = new ArrayList<>();
        for (String name : List.of("x", "y", "z")) {
            final List<String> nodes = NODES.stream().filter(n -> random.nextInt(4) > 0).toList();
            if (!nodes.isEmpty()) {
                volumes.add(
                        new Volume(
                                name,
                                1,
                                Given.spec(
                                        random.nextBoolean() ? "1Gi" : "2Gi",
                                        nodes.toArray(String[]::new)),
                                random.nextBoolean() ? Optional.of(Given.ID) : Optional.empty(),
                                random.nextInt(5) == 0));
            }
        }
        return Given.wanted(volumes.toArray(Volume[]::new));
    }

    private static Observed observed(Random random, Wanted wanted) {
        final Map<String, Daemon> daemons = new TreeMap<>();
        for (String node : NODES) {
            final Map<String, String> known = new TreeMap<>();
            final Map<String, Refusal> refused = new TreeMap<>();
            final Map<String, ResourceStatus> resources = new TreeMap<>();
            for (Volume volume : wanted.on(node)) {
                final String name = DocumentText.nameOf(volume.name());
                final String text = Given.text(wanted, volume.name());
                switch (random.nextInt(4)) {
                    case 0 -> known.put(name, text);
                    case 1 -> known.put(name, "before");
                    case 2 -> refused.put(name, new Refusal(text, "wrong"));
                    case 3 -> {}
                    default -> throw new AssertionError();
                }
                status(random, volume.name(), node)
                        .ifPresent(status -> resources.put(volume.name(), status));
            }
            daemons.put(
                    node,
                    new Daemon(
                            node,
                            Link.values()[random.nextInt(4) == 0 ? random.nextInt(3) : 1],
                            random.nextBoolean() ? Optional.of(known) : Optional.empty(),
                            refused,
                            resources));
        }
        return new Observed(daemons);
    }

    private static Optional<ResourceStatus> status(Random random, String name, String node) {
        final List<String> all = List.of("a", "b", "c");
        return switch (random.nextInt(6)) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(Given.failed(name, node));
            case 2 -> Optional.of(Given.serving(name, node, all));
            case 3 -> Optional.of(Given.standby(name, node, "a", all));
            case 4, 5 -> Optional.of(Given.absent(name, node));
            default -> throw new AssertionError();
        };
    }
}
