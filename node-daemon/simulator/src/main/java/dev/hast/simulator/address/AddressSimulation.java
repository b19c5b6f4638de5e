package dev.hast.simulator.address;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;
import static dev.hast.simulator.kernel.Timeline.SECOND;

import dev.hast.core.address.ElectionBug;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.kernel.Timeline;
import dev.hast.simulator.kernel.Trace;
import dev.hast.simulator.kernel.Violation;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/// One run of one seed: nodes are started one after the other, faults happen, the faults end, and
/// within a bound exactly one node holds, and stays.
public final class AddressSimulation {

    private static final long EVENTS_MAX = 3_000_000;

    private final AddressOptions options;
    private final Timeline timeline = new Timeline();
    private final Trace trace;
    private final AddressWorld world;
    private final AddressInjector injector;
    private final RandomSource random;

    /// @param bug a deliberate fault; null for none
    /// @param out where the trace is printed; null for nowhere
    public AddressSimulation(long seed, @Nullable ElectionBug bug, @Nullable PrintStream out) {
        options = new AddressOptions(seed, bug);
        trace = new Trace(timeline, out);
        random = new RandomSource(~seed);
        world = new AddressWorld(options, timeline, trace, random.split());
        injector = new AddressInjector(world, random.split());
        if (out != null) {
            out.println(options);
        }
    }

    /// What a run did.
    public record Result(long seed, long events, long milliseconds, long hash) {}

    /// Runs to the end.
    ///
    /// @throws Violation when a rule is broken
    public Result run() {
        final boolean together = random.chance(0.3);
        for (ElectionNode node : world.nodes()) {
            timeline.after(together ? 0 : random.between(0L, 6 * SECOND), node::start);
        }
        for (PlainPeer peer : world.peers()) {
            timeline.after(random.between(0L, 6 * SECOND), peer::start);
        }
        until(12 * SECOND);
        injector.start();
        until(timeline.now() + options.faultTime);
        injector.stop();
        heal();
        return new Result(
                options.seed, timeline.done(), timeline.now() / MILLISECOND, trace.hash());
    }

    private void heal() {
        final long healed = timeline.now();
        trace.print("-", "HEAL", 0, () -> options.bound() / MILLISECOND + " ms are allowed");
        final boolean living =
                !options.follows
                        && options.peers.isEmpty()
                        && world.rules().holders().stream()
                                .anyMatch(member ->
                                        member instanceof ElectionNode node
                                                && node.running()
                                                && !node.sendFails
                                                && !world.wire().linkDown(node.index()))
                        && world.nodes().stream()
                                .allMatch(node ->
                                        node.running() && node.wokeAt() < healed - options.bound());
        injector.heal();
        // What was late on its way comes first.
        until(healed + 3 * options.longestInterval());
        world.rules().healed(living && !world.rules().holders().isEmpty());
        until(healed + options.bound());
        trace.print("-", "SETTLED", 0, () -> "");
        world.rules().settled();
        until(timeline.now() + 3 * SECOND + 6 * options.longestInterval());
        world.rules().checkEnd();
    }

    private void until(long deadline) {
        while (timeline.step(deadline)) {
            world.rules().check();
            if (timeline.done() > EVENTS_MAX) {
                throw new Violation(
                        "events are bounded",
                        timeline.done() + " events by " + timeline.now() / SECOND + " s");
            }
        }
        world.rules().check();
    }
}
