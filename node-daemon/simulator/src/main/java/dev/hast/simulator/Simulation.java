package dev.hast.simulator;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;
import static dev.hast.simulator.kernel.Timeline.SECOND;

import dev.hast.simulator.check.Checkers;
import dev.hast.simulator.check.History;
import dev.hast.simulator.client.Clients;
import dev.hast.simulator.fault.Bootstrap;
import dev.hast.simulator.fault.FaultInjector;
import dev.hast.simulator.fault.Healing;
import dev.hast.simulator.fault.Operators;
import dev.hast.simulator.kernel.Options;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.kernel.Timeline;
import dev.hast.simulator.kernel.Trace;
import dev.hast.simulator.kernel.Violation;
import dev.hast.simulator.world.SectorStore;
import dev.hast.simulator.world.World;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/// One run of one seed: a cluster is made, faults happen while clients work, the faults end, the
/// cluster must converge, and the clients' history must be explainable.
public final class Simulation {

    private static final long EVENTS_MAX = 5_000_000;

    private final Options options;
    private final Timeline timeline = new Timeline();
    private final Trace trace;
    private final History history;
    private final Clients clients;
    private final World world;
    private final FaultInjector faults;
    private final Operators operators;

    /// @param out where the trace is printed; null for nowhere
    public Simulation(Options options, @Nullable PrintStream out) {
        this.options = options;
        trace = new Trace(timeline, out);
        final RandomSource random = new RandomSource(~options.seed);
        history = new History(options.extentsMax * options.extentBytes / SectorStore.SECTOR_BYTES);
        final Checkers checkers = new Checkers(options, history);
        world = new World(options, timeline, trace, checkers, random.split());
        clients = new Clients(world, history, checkers, random.split());
        checkers.watch(world, clients);
        operators = new Operators(world, random.split());
        faults = new FaultInjector(world, random.split(), operators);
    }

    /// Runs to the end.
    ///
    /// @throws Violation when a rule is broken
    public Result run() {
        new Bootstrap(world, operators).run();
        clients.start();
        faults.start();
        final long until = timeline.now() + options.faultTime;
        while (timeline.step(until)) {
            if (timeline.done() > EVENTS_MAX) {
                throw new Violation(
                        "events are bounded",
                        timeline.done() + " events by " + timeline.now() / SECOND + " s");
            }
        }
        faults.stop();
        new Healing(world, clients, operators).run();
        final int unchecked = options.promise() == Options.Promise.ALL ? history.check() : 0;
        return new Result(
                options.seed,
                timeline.done(),
                history.size(),
                clients.acknowledged(),
                timeline.now() / MILLISECOND,
                unchecked,
                trace.hash());
    }

    /// What a run did.
    public record Result(
            long seed,
            long events,
            long requests,
            long acknowledged,
            long milliseconds,
            int unchecked,
            long hash) {}
}
