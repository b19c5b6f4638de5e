package dev.hast.operator.daemons;

import dev.hast.control.v1.ResourceStatus;
import dev.hast.operator.plan.Action;
import dev.hast.operator.plan.NodePlan;
import dev.hast.operator.plan.Observed;
import dev.hast.operator.plan.Observed.Daemon;
import dev.hast.operator.plan.Wanted;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All daemons: keeps a connection to each node's, and carries out what the plan says for it, one
/// action at a time for each node and the nodes beside each other.
///
/// May be used by any thread.
public final class Daemons implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Daemons.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    private final Credentials credentials;
    private final Supplier<Optional<Wanted>> wanted;
    private final Consumer<Set<String>> changed;
    private final BiConsumer<String, String> failed;
    private final Map<String, Worker> workers = new ConcurrentSkipListMap<>();

    /// @param wanted what people want; empty as long as that is not known as a whole
    /// @param changed told the names of resources of which something new is known
    /// @param failed told a resource's name and what could not be done with it
    public Daemons(
            Credentials credentials,
            Supplier<Optional<Wanted>> wanted,
            Consumer<Set<String>> changed,
            BiConsumer<String, String> failed) {
        this.credentials = credentials;
        this.wanted = wanted;
        this.changed = changed;
        this.failed = failed;
    }

    /// Where a daemon's control API listens.
    public record Place(String host, int port) {}

    /// Connects to these nodes' daemons and leaves the others.
    public synchronized void follow(Map<String, Place> places) {
        workers.entrySet()
                .removeIf(entry -> {
                    final Place now = places.get(entry.getKey());
                    final boolean stays =
                            now != null && entry.getValue().link.isAt(now.host(), now.port());
                    if (!stays) {
                        entry.getValue().close();
                    }
                    return !stays;
                });
        places.forEach((node, place) ->
                workers.computeIfAbsent(node, name -> new Worker(name, place)).start());
    }

    /// What all daemons report now.
    public Observed observed() {
        final Map<String, Daemon> daemons = new TreeMap<>();
        workers.forEach((node, worker) -> daemons.put(node, worker.link.seen()));
        return new Observed(daemons);
    }

    /// Something may have to be done.
    public void look() {
        workers.values().forEach(Worker::look);
    }

    @Override
    public synchronized void close() {
        workers.values().forEach(Worker::close);
        workers.clear();
    }

    /// Carries out the plan of one node.
    private final class Worker {
        private final String node;
        private final DaemonLink link;
        private final Semaphore news = new Semaphore(0);
        private final Map<String, ResourceStatus> made = new HashMap<>();
        private final Map<String, String> told = new HashMap<>();
        private final Thread thread;
        private boolean started;

        Worker(String node, Place place) {
            this.node = node;
            this.link =
                    new DaemonLink(
                            node,
                            place.host(),
                            place.port(),
                            credentials,
                            names -> {
                                Daemons.this.look();
                                changed.accept(names);
                            });
            this.thread = Thread.ofVirtual().name("plan-" + node).unstarted(this::run);
        }

        void start() {
            if (!started) {
                started = true;
                link.start();
                thread.start();
            }
        }

        void look() {
            news.release();
        }

        private void run() {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    final boolean told =
                            news.tryAcquire(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
                    news.drainPermits();
                    if (!act() && told) {
                        Thread.sleep(LOOK_AGAIN); // what failed is not tried again at once
                    }
                }
            } catch (InterruptedException _) {
                // closed
            }
        }

        /// Whether nothing failed.
        private boolean act() {
            final Optional<Wanted> now = wanted.get();
            if (now.isEmpty()) {
                return true;
            }
            final Observed seen = observed();
            for (Action action : NodePlan.of(node, now.get(), seen)) {
                if (isDone(action, seen)) {
                    continue;
                }
                final Optional<String> problem = link.perform(action);
                if (problem.isEmpty()) {
                    LOG.atInfo().addKeyValue("node", node).log("done: {}", brief(action));
                    remember(action, seen);
                    told.remove(brief(action));
                    continue;
                }
                tell(action, problem.get());
                return false; // what comes behind it may rest on it
            }
            return true;
        }

        /// The same words about the same thing are said once, however often it is tried.
        private void tell(Action action, String problem) {
            final String what = brief(action);
            if (problem.equals(told.put(what, problem))) {
                return;
            }
            LOG.atWarn().addKeyValue("node", node).log("not done: {}: {}", what, problem);
            switch (action) {
                case Action.SetDocuments _ -> {}
                case Action.Create(String resource) ->
                        failed.accept(resource, node + ": " + problem);
                case Action.Grow(String resource, long _) ->
                        failed.accept(resource, node + ": " + problem);
            }
        }

        /// What has been made is reported a moment later; until then the report stays as it was.
        private boolean isDone(Action action, Observed seen) {
            return action instanceof Action.Create(String resource)
                    && Optional.ofNullable(made.get(resource))
                            .equals(Optional.ofNullable(reported(resource, seen)));
        }

        private void remember(Action action, Observed seen) {
            if (action instanceof Action.Create(String resource)
                    && reported(resource, seen) instanceof ResourceStatus status) {
                made.put(resource, status);
            }
        }

        private @Nullable ResourceStatus reported(String resource, Observed seen) {
            return seen.on(node).resources().get(resource);
        }

        private static String brief(Action action) {
            return switch (action) {
                case Action.SetDocuments(var documents) -> "documents " + documents.keySet();
                case Action.Create(String resource) -> "replica of " + resource;
                case Action.Grow(String resource, long bytes) ->
                        resource + " to " + bytes + " bytes";
            };
        }

        void close() {
            link.close();
            thread.interrupt();
        }
    }
}
