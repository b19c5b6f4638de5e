package dev.hast.daemon.address;

import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.guard.Protection;
import dev.hast.daemon.network.Interfaces;
import dev.hast.daemon.network.NetworkWatch;
import dev.hast.daemon.network.ServiceAddress;
import dev.hast.daemon.network.SocketPoller;
import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.PosixException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All service addresses of a node.
///
/// Public methods may be called on any thread, and wait for the loop for a moment.
public final class VirtualIps implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(VirtualIps.class);
    private static final long RETRY_NANOS = 2_000_000_000L;

    /// How long a group that was taken out of the documents may take to end.
    private static final Duration END_MAX = Duration.ofSeconds(60);

    /// How long all may take when the daemon ends; its resources come after that.
    private static final Duration STOP_MAX = Duration.ofSeconds(8);

    private static final Duration HOOKS_MAX = Duration.ofSeconds(2);
    private static final long LOOK_AGAIN = 20_000_000L;

    private final AddressNode node;
    private final NetworkWatch watch;

    // On the loop.
    private final Map<String, VirtualIpDocument> documents = new LinkedHashMap<>();
    private final Map<String, AddressGroup> groups = new LinkedHashMap<>();
    private final Map<String, String> problems = new LinkedHashMap<>();
    private final List<AddressGroup> ending = new ArrayList<>();
    private @Nullable Future<?> retry;
    private boolean closing;

    private VirtualIps(AddressNode node) throws PosixException {
        this.node = node;
        this.watch =
                NetworkWatch.start(
                        node.poller(), node.loop(), new NetworkNews(this, node.interfaces()));
    }

    /// Guards all addresses of the documents, removes what an earlier daemon has left, and begins.
    ///
    /// @param state a directory for what outlives the daemon
    /// @throws AddressException when this process may not, with what it lacks
    public static VirtualIps start(
            String node,
            List<VirtualIpDocument> documents,
            Executor blocking,
            Storage storage,
            Path state,
            AddressEvents events)
            throws AddressException {
        final AddressLoop loop = new AddressLoop();
        try {
            final Interfaces interfaces = Interfaces.open();
            final LeftOvers.Clean parts;
            try {
                parts =
                        LeftOvers.remove(
                                interfaces,
                                documents.stream().flatMap(d -> d.addresses().stream()).toList());
            } catch (PosixException e) {
                interfaces.close();
                throw e;
            }
            final VirtualIps ips =
                    new VirtualIps(
                            new AddressNode(
                                    node,
                                    loop,
                                    blocking,
                                    SocketPoller.start(),
                                    interfaces,
                                    parts.virtual(),
                                    parts.held(),
                                    parts.guard(),
                                    parts.sole(),
                                    storage,
                                    state,
                                    events));
            loop.ask(() -> {
                documents.forEach(d -> ips.documents.put(d.name(), d));
                ips.begin();
                return true;
            });
            return ips;
        } catch (PosixException e) {
            loop.close();
            throw new AddressException(
                    e.errno() == Errno.EADDRINUSE
                            ? "another hastd has the service addresses of this network namespace; end it, or run this one in a namespace of its own"
                            : "service addresses need CAP_NET_ADMIN and CAP_NET_RAW: "
                                    + e.getMessage(),
                    e);
        }
    }

    /// Removes what a daemon that was killed has left on a node whose documents name no address any
    /// more.
    ///
    /// @param state the directory for what outlives the daemon
    public static void removeLeftOvers(Path state) {
        LeftOvers.removeWithoutDocuments(state);
    }

    // --- groups, on the loop ---

    /// Starts what does not run and could, and tries the rest again later.
    private void begin() {
        if (closing) {
            return;
        }
        for (VirtualIpDocument document : documents.values()) {
            if (!groups.containsKey(document.name()) && !stillEnding(document)) {
                try {
                    begin(document);
                    problems.remove(document.name());
                } catch (AddressException | PosixException | IllegalArgumentException e) {
                    problem(document, String.valueOf(e.getMessage()));
                }
            }
        }
        final Future<?> set = retry;
        if (set != null) {
            set.cancel(false);
        }
        if (!problems.isEmpty()) {
            retry = node.loop().at(System.nanoTime() + RETRY_NANOS, this::begin);
        }
        node.events().changed();
    }

    /// Whether an earlier form of it, or another with the same addresses, is not down yet.
    private boolean stillEnding(VirtualIpDocument document) {
        return ending.stream()
                .map(group -> group.view().document())
                .anyMatch(before ->
                        before.name().equals(document.name())
                                || before.addresses().stream()
                                        .anyMatch(document.addresses()::contains));
    }

    private void problem(VirtualIpDocument document, String text) {
        if (!text.equals(problems.put(document.name(), text))) {
            LOG.atError().addKeyValue("address", document.name()).log("{}", text);
        }
    }

    private void begin(VirtualIpDocument document) throws AddressException, PosixException {
        final GroupPlace place = GroupPlace.find(document, node.name(), node.interfaces());
        final GroupSettings settings = GroupSettings.of(document, node.name(), place.own());
        // Before it is added, so before the group begins.
        final List<ServiceAddress> all = guarded();
        all.addAll(AddressHome.addressesOf(document, place.on()));
        node.guard().guardOnly(all.stream().distinct().toList());
        final AddressGroup group =
                new AddressGroup(
                        node, settings, place.on(), Sequences.next(node.state(), document.name()));
        groups.put(document.name(), group);
        group.start();
    }

    /// All addresses of the groups that run, or have not ended.
    private List<ServiceAddress> guarded() {
        final List<ServiceAddress> all = new ArrayList<>();
        groups.values().forEach(group -> all.addAll(group.guarded()));
        ending.forEach(group -> all.addAll(group.guarded()));
        return all;
    }

    /// Takes addresses out of the guard that are on the interface no more: whoever uses them next
    /// is not ours.
    private void guardOnlyThose() {
        try {
            node.guard().guardOnly(guarded().stream().distinct().toList());
        } catch (PosixException e) {
            LOG.atWarn().log("addresses that are gone stay guarded: {}", e.getMessage());
        }
    }

    private void end(String name) {
        final AddressGroup group = groups.remove(name);
        if (group != null) {
            ending.add(group);
            group.stop(false);
            closeWhenEnded(group, System.nanoTime() + END_MAX.toNanos());
        }
    }

    private void closeWhenEnded(AddressGroup group, long until) {
        if (group.ended() || System.nanoTime() >= until) {
            group.close();
            if (group.guarded().isEmpty()) {
                ending.remove(group);
                guardOnlyThose();
            } else {
                // Its address could not be removed; it expires, and stays guarded until then.
                node.loop()
                        .at(
                                System.nanoTime() + Interfaces.LIFETIME.toNanos(),
                                () -> closeWhenEnded(group, until));
            }
            begin();
        } else {
            node.loop().at(System.nanoTime() + LOOK_AGAIN, () -> closeWhenEnded(group, until));
        }
    }

    // --- for the news of the network, on the loop ---

    List<AddressGroup> running() {
        return List.copyOf(groups.values());
    }

    /// Something came that a group may have waited for.
    void beginWhatWaits() {
        if (!problems.isEmpty()) {
            begin();
        }
    }

    /// The interface of a group is gone. What is made anew by that name is another.
    void endFor(AddressGroup group, String cause) {
        final String name = group.view().document().name();
        end(name);
        final VirtualIpDocument document = documents.get(name);
        if (document != null) {
            problem(document, cause);
        }
        begin();
    }

    // --- for others ---

    /// Takes over changed documents, and what is in the files of passwords and keys now. What
    /// cannot change in place is given up in order first.
    ///
    /// @param now all of this node
    public void apply(List<VirtualIpDocument> now) throws AddressException {
        node.loop()
                .ask(() -> {
                    final List<String> gone = new ArrayList<>(documents.keySet());
                    gone.removeAll(now.stream().map(VirtualIpDocument::name).toList());
                    gone.forEach(this::forget);
                    now.forEach(document -> documents.put(document.name(), document));
                    now.forEach(this::change);
                    begin();
                    return true;
                });
    }

    private void forget(String name) {
        documents.remove(name);
        problems.remove(name);
        end(name);
    }

    private void change(VirtualIpDocument document) {
        final AddressGroup group = groups.get(document.name());
        if (group == null) {
            return;
        }
        try {
            final GroupSettings next =
                    GroupSettings.of(
                            document,
                            node.name(),
                            GroupPlace.own(
                                    document,
                                    group.interfaceIndex(),
                                    node.interfaces().addresses()));
            if (group.settings().fitsInPlace(next)) {
                group.settings(next);
            } else {
                end(document.name());
            }
        } catch (AddressException | PosixException | IllegalArgumentException e) {
            node.events()
                    .notice(
                            document.name(),
                            "it goes on as it was before the reload: " + e.getMessage());
        }
    }

    /// Gives up, in order, what follows resources that are about to stop, and waits for it.
    ///
    /// @param now all documents of this node from now on
    /// @param leaving resources
    public void leave(List<VirtualIpDocument> now, List<String> leaving) throws AddressException {
        final boolean any =
                node.loop()
                        .ask(() -> {
                            final List<String> names =
                                    documents.values().stream()
                                            .filter(d ->
                                                    d.follows().stream()
                                                            .anyMatch(leaving::contains))
                                            .filter(d -> now.stream().noneMatch(n -> n.equals(d)))
                                            .map(VirtualIpDocument::name)
                                            .toList();
                            names.forEach(this::forget);
                            return !names.isEmpty();
                        });
        if (any) {
            awaitEnd(STOP_MAX);
        }
    }

    /// Moves a resource together with the addresses that follow it, if there are some on their way
    /// or held here: guard closed, services stopped, unmounted, then all their resources.
    ///
    /// @param to absent: whoever could have them all
    /// @return empty when no address here minds
    public Optional<CompletableFuture<String>> handOver(String resource, Optional<String> to)
            throws AddressException {
        return node.loop()
                .ask(() -> {
                    final Optional<AddressGroup> group =
                            groups.values().stream()
                                    .filter(g -> g.view().document().follows().contains(resource))
                                    .filter(AddressGroup::movesResources)
                                    .findFirst();
                    return group.isPresent()
                            ? Optional.of(group.get().handOver(to))
                            : Optional.empty();
                });
    }

    /// The address that would not stand it if this resource left this node by itself.
    public Optional<String> heldWith(String resource) throws AddressException {
        return node.loop()
                .ask(() ->
                        groups.values().stream()
                                .filter(g -> g.view().document().follows().contains(resource))
                                .filter(AddressGroup::movesResources)
                                .map(g -> g.view().document().name())
                                .findFirst());
    }

    /// A resource has changed its role.
    public void storageChanged(String resource) {
        node.loop()
                .execute(() ->
                        groups.values().stream()
                                .filter(group ->
                                        group.view().document().follows().contains(resource))
                                .forEach(AddressGroup::storageChanged));
    }

    /// @throws AddressException when it is refused, or there is no such group here
    public String order(String name, GroupOrder order) throws AddressException {
        return node.loop()
                .ask(() -> {
                    final AddressGroup group = groups.get(name);
                    if (group == null) {
                        throw new AddressException(
                                problems.getOrDefault(
                                        name, "no VirtualIP " + name + " on this node"));
                    }
                    return group.order(order);
                });
    }

    /// A group as it is seen: as it runs, or why it does not.
    record Seen(VirtualIpDocument document, AddressGroup.@Nullable View view, String problem) {}

    List<Seen> seen() throws AddressException {
        return node.loop()
                .ask(() ->
                        documents.values().stream()
                                .map(document ->
                                        new Seen(
                                                document,
                                                Optional.ofNullable(groups.get(document.name()))
                                                        .map(AddressGroup::view)
                                                        .orElse(null),
                                                problems.getOrDefault(document.name(), "")))
                                .toList());
    }

    Protection protection() {
        return node.guard().protection();
    }

    String node() {
        return node.name();
    }

    @Override
    public void close() {
        stop(false);
    }

    /// Gives everything up in order, and takes the guard away.
    ///
    /// @param returning the daemon is back at once: what the addresses follow stays here, mounted
    ///   and running
    public void stop(boolean returning) {
        final List<AddressGroup> all = new ArrayList<>();
        try {
            node.loop()
                    .ask(() -> {
                        closing = true;
                        groups.values().forEach(group -> group.stop(returning));
                        return true;
                    });
            awaitEnd(STOP_MAX);
        } catch (AddressException e) {
            LOG.atWarn().log("service addresses did not end in order: {}", e.getMessage());
        }
        try {
            node.loop()
                    .ask(() -> {
                        all.addAll(groups.values());
                        all.addAll(ending);
                        all.forEach(AddressGroup::close);
                        groups.clear();
                        return true;
                    });
            all.forEach(group -> group.awaitHooks(HOOKS_MAX));
        } catch (AddressException e) {
            LOG.atWarn().log("service addresses did not end: {}", e.getMessage());
        }
        watch.close();
        node.loop().close();
        node.guard().close();
        node.poller().close();
        node.virtual().close();
        node.interfaces().close();
        node.sole().close();
    }

    private void awaitEnd(Duration limit) throws AddressException {
        final CompletableFuture<Boolean> ended = new CompletableFuture<>();
        final Runnable look =
                new Runnable() {
                    @Override
                    public void run() {
                        final boolean up =
                                closing && !groups.values().stream().allMatch(AddressGroup::ended);
                        if (up || !ending.stream().allMatch(AddressGroup::ended)) {
                            node.loop().at(System.nanoTime() + LOOK_AGAIN, this);
                        } else {
                            ended.complete(true);
                        }
                    }
                };
        node.loop().execute(look);
        try {
            ended.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AddressException("not all were given up in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
