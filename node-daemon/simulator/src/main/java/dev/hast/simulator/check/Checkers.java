package dev.hast.simulator.check;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.replication.Report;
import dev.hast.simulator.kernel.Options;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.Observer;
import dev.hast.simulator.world.World;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that watches a run: the invariants, the history, and whoever waits for answers.
public final class Checkers implements Observer {

    /// Whoever sent requests.
    public interface Requester {
        void completed(Node node, long request, int result);

        void died(Node node);
    }

    private final List<Invariant> invariants = new ArrayList<>();
    private final Options options;
    private final History history;
    private @Nullable Requester requester;

    public Checkers(Options options, History history) {
        this.options = options;
        this.history = history;
    }

    public void watch(World world, Requester whoAsks) {
        requester = whoAsks;
        final boolean strict = options.promise() == Options.Promise.ALL;
        invariants.add(new Reigns(world, history, strict));
        invariants.add(new ConfigurationRules(world, strict));
        if (strict) {
            invariants.add(new SingleServer(world));
            invariants.add(new DurableWrites(world, history));
            invariants.add(new CleanExtents(world));
        }
    }

    public void acknowledged(Op op) {
        for (Invariant invariant : invariants) {
            invariant.acknowledged(op);
        }
    }

    @Override
    public void handled(Node node) {
        for (Invariant invariant : invariants) {
            invariant.handled(node);
        }
    }

    @Override
    public void opened(Node node, StoredReplica stored) {
        for (Invariant invariant : invariants) {
            invariant.opened(node, stored);
        }
    }

    @Override
    public void persisted(Node node, int page, byte[] content) {
        for (Invariant invariant : invariants) {
            invariant.persisted(node, page, content);
        }
    }

    @Override
    public void registerChanged(@Nullable Configuration before, Configuration after) {
        for (Invariant invariant : invariants) {
            invariant.registerChanged(before, after);
        }
    }

    @Override
    public void reported(Node node, Report report) {
        for (Invariant invariant : invariants) {
            invariant.reported(node, report);
        }
    }

    @Override
    public void completed(Node node, long request, int result) {
        final Requester asker = requester;
        if (asker != null) {
            asker.completed(node, request, result);
        }
    }

    @Override
    public void died(Node node) {
        final Requester asker = requester;
        if (asker != null) {
            asker.died(node);
        }
    }
}
