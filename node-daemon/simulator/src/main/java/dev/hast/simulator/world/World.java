package dev.hast.simulator.world;

import dev.hast.simulator.kernel.Options;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.kernel.Timeline;
import dev.hast.simulator.kernel.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// One simulated world: time, nodes, the links between each two of them, the arbiter.
public final class World {

    private final Options options;
    private final Timeline timeline;
    private final Trace trace;
    private final Observer observer;
    private final SimulatedArbiter arbiter;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Link> links = new ArrayList<>();

    public World(
            Options options,
            Timeline timeline,
            Trace trace,
            Observer observer,
            RandomSource random) {
        this.options = options;
        this.timeline = timeline;
        this.trace = trace;
        this.observer = observer;
        this.arbiter = new SimulatedArbiter(this, random.split());
        final List<String> names =
                IntStream.range(0, options.nodes).mapToObj(i -> "n" + i).toList();
        for (int i = 0; i < options.nodes; i++) {
            nodes.add(new Node(this, i, names, random.split()));
        }
        for (Node first : nodes) {
            for (Node second : nodes) {
                if (first.index() < second.index()) {
                    links.add(new Link(this, random.split(), first, second));
                }
            }
        }
        // A node's links lie in the order of its peers.
        for (Node node : nodes) {
            links.stream()
                    .filter(link -> link.first() == node || link.second() == node)
                    .sorted((a, b) -> Integer.compare(other(a, node), other(b, node)))
                    .forEach(node::connect);
        }
    }

    private static int other(Link link, Node node) {
        return (link.first() == node ? link.second() : link.first()).index();
    }

    public Options options() {
        return options;
    }

    public Timeline timeline() {
        return timeline;
    }

    public Trace trace() {
        return trace;
    }

    public Observer observer() {
        return observer;
    }

    public SimulatedArbiter arbiter() {
        return arbiter;
    }

    public List<Node> nodes() {
        return nodes;
    }

    public List<Link> links() {
        return links;
    }
}
