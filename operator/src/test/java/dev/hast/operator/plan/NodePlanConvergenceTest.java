package dev.hast.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.operator.plan.Action.Create;
import dev.hast.operator.plan.Action.Grow;
import dev.hast.operator.plan.Action.SetDocuments;
import dev.hast.operator.plan.Observed.Daemon;
import dev.hast.operator.plan.Observed.Link;
import dev.hast.operator.plan.Wanted.Volume;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The plan, step by step, against daemons that keep documents and disks, while the operator
/// forgets everything at any step, daemons fall silent, and disks are swapped for empty ones.
/// However it goes: one volume is made, it stays the one, and in the end all is as wanted.
final class NodePlanConvergenceTest {

    private static final List<String> NODES = List.of("a", "b", "c");
    private static final int FAULTY_STEPS = 200;
    private static final int CALM_STEPS = 60;

    /// A daemon that does what the real one does with documents and disks.
    private static final class Model {
        private final Map<String, Map<String, String>> running = new TreeMap<>();
        private final Map<String, Optional<Map<String, String>>> acknowledged = new TreeMap<>();
        private final Map<String, Boolean> silent = new TreeMap<>();

        /// Whether a node's disk has metadata, and whether a member of the volume is on it.
        private final Map<String, Boolean> made = new TreeMap<>();

        private boolean volume;
        private int volumes;

        Model() {
            for (String node : NODES) {
                running.put(node, Map.of());
                acknowledged.put(node, Optional.empty());
                silent.put(node, false);
                made.put(node, false);
            }
        }

        Observed observed() {
            final Map<String, Daemon> daemons = new TreeMap<>();
            for (String node : NODES) {
                final boolean has = running.get(node).containsKey("HastResource/db");
                daemons.put(
                        node,
                        silent.get(node)
                                ? Given.lost(node)
                                : new Daemon(
                                        node,
                                        Link.CONNECTED,
                                        acknowledged.get(node),
                                        Map.of(),
                                        has ? Map.of("db", status(node)) : Map.of()));
            }
            return new Observed(daemons);
        }

        private ResourceStatus status(String node) {
            if (!made.get(node)) {
                return Given.absent("db", node);
            }
            if (!volume) {
                return blank();
            }
            final String primary = primary();
            return node.equals(primary)
                    ? Given.serving("db", node, List.of(node))
                    : Given.standby("db", node, primary, List.of(primary));
        }

        private static ResourceStatus blank() {
            return ResourceStatus.newBuilder()
                    .setName("db")
                    .setState(ResourceState.RESOURCE_STATE_STARTING)
                    .build();
        }

        private String primary() {
            return NODES.stream().filter(made::get).findFirst().orElse("");
        }

        void perform(String node, Action action) {
            switch (action) {
                case SetDocuments(var documents) -> {
                    running.put(node, documents);
                    acknowledged.put(node, Optional.of(documents));
                }
                case Create _ -> {
                    if (made.get(node)) {
                        return; // refused: it holds something
                    }
                    assertThat(volume && made.values().stream().noneMatch(m -> m))
                            .as("made anew after the last copy was lost")
                            .isFalse();
                    made.put(node, true);
                    if (!volume && node.equals("a")) {
                        volume = true; // the daemon on the first node begins by itself
                        volumes++;
                    }
                }
                case Grow _ -> {}
            }
        }
    }

    static LongStream seeds() {
        return LongStream.range(0, 40);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void oneVolumeIsMadeAndItStaysTheOne(long seed) {
        final Random random = new Random(seed);
        final Model model = new Model();
        boolean known = false;
        for (int step = 0; step < FAULTY_STEPS + CALM_STEPS; step++) {
            final boolean calm = step >= FAULTY_STEPS;
            final String node = NODES.get(random.nextInt(NODES.size()));
            if (calm) {
                NODES.forEach(n -> model.silent.put(n, false));
            } else {
                disturb(random, model, node);
            }
            known |= model.volume && random.nextBoolean();
            final Volume db = Given.volume("db", "a", "b", "c");
            final Wanted wanted = Given.wanted(known ? Given.known(db) : db);
            NodePlan.of(node, wanted, model.observed()).stream()
                    .limit(calm ? 9 : random.nextInt(3))
                    .forEach(action -> model.perform(node, action));
            assertThat(model.volumes).isLessThanOrEqualTo(1);
        }
        assertThat(model.made.values()).containsOnly(true);
        assertThat(model.volumes).isOne();
    }

    private static void disturb(Random random, Model model, String node) {
        switch (random.nextInt(8)) {
            case 0 -> model.silent.put(node, !model.silent.get(node));
            case 1 -> NODES.forEach(n -> model.acknowledged.put(n, Optional.empty()));
            case 2 -> {
                // A disk is swapped for an empty one while another copy is there.
                if (model.volume && model.made.values().stream().filter(m -> m).count() > 1) {
                    model.made.put(node, false);
                }
            }
            case 3, 4, 5, 6, 7 -> {}
            default -> throw new AssertionError();
        }
    }
}
