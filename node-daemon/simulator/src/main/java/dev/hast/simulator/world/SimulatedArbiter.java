package dev.hast.simulator.world;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;
import static dev.hast.simulator.kernel.Timeline.SECOND;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ArbiterAnswer;
import dev.hast.simulator.kernel.Fault;
import dev.hast.simulator.kernel.RandomSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The register: one configuration, changed by compare-and-set. It may be away, slow, cut from some
/// nodes; its answers may be lost, and a change may happen long after its asker was told that
/// nobody knows.
public final class SimulatedArbiter {

    /// When an asker is told that no answer came.
    public static final long ANSWER_TIMEOUT = 1500 * MILLISECOND;

    /// How late after that a change may still happen.
    public static final long LATE_CHANGE_MAX = 6 * SECOND;

    private final World world;
    private final RandomSource random;
    private final List<Configuration> history = new ArrayList<>();
    private final boolean[] cut;
    private @Nullable Configuration register;
    private boolean away;
    private boolean lossy;
    private int slowness = 1;

    SimulatedArbiter(World world, RandomSource random) {
        this.world = world;
        this.random = random;
        this.cut = new boolean[world.options().nodes];
        this.lossy = world.options().has(Fault.ARBITER_LOSSY);
    }

    public @Nullable Configuration register() {
        return register;
    }

    /// Every configuration that the register has held, oldest first.
    public List<Configuration> history() {
        return history;
    }

    public void away(boolean isAway) {
        away = isAway;
    }

    public void cut(int node, boolean isCut) {
        cut[node] = isCut;
    }

    public void slow(int factor) {
        slowness = factor;
    }

    /// All faults end; changes on their way may still come.
    public void heal() {
        away = false;
        lossy = false;
        slowness = 1;
        java.util.Arrays.fill(cut, false);
    }

    private boolean reachable(Node node) {
        return !away && !cut[node.index()];
    }

    private long trip() {
        return random.duration(2 * MILLISECOND) * slowness;
    }

    void read(Node node, Consumer<ArbiterAnswer> answer) {
        final long way = trip();
        if (!reachable(node) || way > ANSWER_TIMEOUT) {
            noAnswer(answer, random.chance(0.5));
            return;
        }
        world.timeline()
                .after(
                        way,
                        () -> {
                            final ArbiterAnswer current = new ArbiterAnswer.Current(register);
                            if (lossy && random.chance(0.2)) {
                                noAnswer(answer, true);
                            } else {
                                world.timeline().after(trip(), () -> answer.accept(current));
                            }
                        });
    }

    void compareAndSet(
            Node node,
            @Nullable Configuration expected,
            Configuration next,
            Consumer<ArbiterAnswer> answer) {
        final long way = trip();
        if (!reachable(node)) {
            final boolean surely = random.chance(0.5);
            noAnswer(answer, !surely);
            if (!surely && lossy && random.chance(0.3)) {
                changeLate(expected, next);
            }
            return;
        }
        if (way > ANSWER_TIMEOUT || lossy && random.chance(0.1)) {
            noAnswer(answer, true);
            if (random.chance(0.7)) {
                changeLate(expected, next);
            }
            return;
        }
        world.timeline()
                .after(
                        way,
                        () -> {
                            final ArbiterAnswer outcome = change(expected, next);
                            if (lossy && random.chance(0.2)) {
                                noAnswer(answer, true);
                            } else {
                                world.timeline().after(trip(), () -> answer.accept(outcome));
                            }
                        });
    }

    private void changeLate(@Nullable Configuration expected, Configuration next) {
        world.timeline()
                .after(
                        random.between(0, ANSWER_TIMEOUT + LATE_CHANGE_MAX),
                        () -> change(expected, next));
    }

    private ArbiterAnswer change(@Nullable Configuration expected, Configuration next) {
        if (!Objects.equals(register, expected)) {
            world.trace().note("arbiter", "conflict", next.epoch(), () -> next);
            return new ArbiterAnswer.Conflict(register);
        }
        final Configuration before = register;
        register = next;
        history.add(next);
        world.trace().note("arbiter", "changed", next.epoch(), () -> next);
        world.observer().registerChanged(before, next);
        return new ArbiterAnswer.Swapped();
    }

    private void noAnswer(Consumer<ArbiterAnswer> answer, boolean unknown) {
        if (unknown) {
            world.timeline()
                    .after(
                            ANSWER_TIMEOUT,
                            () ->
                                    answer.accept(
                                            new ArbiterAnswer.Unknown("no answer came in time")));
        } else {
            world.timeline()
                    .after(
                            trip(),
                            () ->
                                    answer.accept(
                                            new ArbiterAnswer.Unavailable("connection refused")));
        }
    }
}
