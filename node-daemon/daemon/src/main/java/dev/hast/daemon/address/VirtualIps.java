package dev.hast.daemon.address;

import dev.hast.daemon.document.DocumentChanges.VirtualIpChange;
import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.guard.AddressGuard;
import dev.hast.daemon.guard.Protection;
import dev.hast.daemon.network.HeldAddresses;
import dev.hast.daemon.network.InterfaceAddress;
import dev.hast.daemon.network.InterfaceState;
import dev.hast.daemon.network.Interfaces;
import dev.hast.daemon.network.NetworkListener;
import dev.hast.daemon.network.NetworkWatch;
import dev.hast.daemon.network.ServiceAddress;
import dev.hast.daemon.network.SocketPoller;
import dev.hast.daemon.posix.PosixException;
import java.net.InetAddress;
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
    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

    private final AddressNode node;
    private final NetworkWatch watch;

    // On the loop.
    private final Map<String, VirtualIpDocument> documents = new LinkedHashMap<>();
    private final Map<String, AddressGroup> groups = new LinkedHashMap<>();
    private final Map<String, String> problems = new LinkedHashMap<>();
    private boolean closing;

    private VirtualIps(AddressNode node) throws PosixException {
        this.node = node;
        this.watch = NetworkWatch.start(node.poller(), node.loop(), new News());
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
            final List<InetAddress> known =
                    documents.stream().flatMap(d -> d.addresses().stream()).toList();
            final List<ServiceAddress> leftOvers = interfaces.leftOvers(known);
            // The guard first: from here on nothing answers that is not said to.
            final AddressGuard guard = AddressGuard.install(leftOvers);
            for (ServiceAddress leftOver : leftOvers) {
                interfaces.remove(leftOver);
                LOG.atInfo()
                        .addKeyValue("address", leftOver)
                        .log("removed what an earlier daemon has left");
            }
            final VirtualIps ips =
                    new VirtualIps(
                            new AddressNode(
                                    node,
                                    loop,
                                    blocking,
                                    SocketPoller.start(),
                                    interfaces,
                                    new HeldAddresses(interfaces),
                                    guard,
                                    storage,
                                    state,
                                    events));
            ips.onLoop(() -> {
                documents.forEach(d -> ips.documents.put(d.name(), d));
                ips.begin();
                return true;
            });
            return ips;
        } catch (PosixException e) {
            loop.close();
            throw new AddressException(
                    "service addresses need CAP_NET_ADMIN and CAP_NET_RAW: " + e.getMessage(), e);
        }
    }

    private <T> T onLoop(java.util.concurrent.Callable<T> work) throws AddressException {
        final CompletableFuture<T> answer = new CompletableFuture<>();
        node.loop()
                .execute(() -> {
                    try {
                        answer.complete(work.call());
                    } catch (Exception e) {
                        answer.completeExceptionally(e);
                    }
                });
        try {
            return answer.get(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AddressException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new AddressException("the thread of the service addresses does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AddressException("interrupted", e);
        }
    }

    // --- groups, on the loop ---

    /// Starts what does not run and could, and tries the rest again later.
    private void begin() {
        if (closing) {
            return;
        }
        for (VirtualIpDocument document : documents.values()) {
            if (!groups.containsKey(document.name())) {
                try {
                    begin(document);
                    problems.remove(document.name());
                } catch (AddressException | PosixException | IllegalArgumentException e) {
                    problem(document, String.valueOf(e.getMessage()));
                }
            }
        }
        if (!problems.isEmpty()) {
            node.loop().at(System.nanoTime() + RETRY_NANOS, this::begin);
        }
        node.events().changed();
    }

    private void problem(VirtualIpDocument document, String text) {
        if (!text.equals(problems.put(document.name(), text))) {
            LOG.atError().addKeyValue("address", document.name()).log("{}", text);
        }
    }

    private void begin(VirtualIpDocument document) throws AddressException, PosixException {
        final GroupPlace place = GroupPlace.find(document, node.name(), node.interfaces());
        final GroupSettings settings = GroupSettings.of(document, node.name(), place.own());
        node.guard().guardOnly(guarded(document, place.on()));
        final AddressGroup group =
                new AddressGroup(
                        node, settings, place.on(), Sequences.next(node.state(), document.name()));
        groups.put(document.name(), group);
        group.start();
    }

    /// All addresses of the groups that run, and those of one that is to.
    private List<ServiceAddress> guarded(VirtualIpDocument next, InterfaceState on) {
        final List<ServiceAddress> all = new ArrayList<>(node.guard().guarded());
        all.addAll(GroupKernel.serviceAddresses(next.addresses(), on));
        return all.stream().distinct().toList();
    }

    private void end(String name) {
        final AddressGroup group = groups.remove(name);
        if (group != null) {
            group.stop();
            closeWhenEnded(group, System.nanoTime() + STOP_MAX.toNanos());
        }
    }

    private static final Duration STOP_MAX = Duration.ofSeconds(30);
    private static final long LOOK_AGAIN = 20_000_000L;

    private void closeWhenEnded(AddressGroup group, long until) {
        if (group.ended() || System.nanoTime() >= until) {
            group.close();
        } else {
            node.loop().at(System.nanoTime() + LOOK_AGAIN, () -> closeWhenEnded(group, until));
        }
    }

    private final class News implements NetworkListener {
        @Override
        public void interfaceChanged(InterfaceState state) {
            on(state.index()).forEach(group -> group.interfaceChanged(state));
            if (!problems.isEmpty()) {
                begin();
            }
        }

        @Override
        public void interfaceRemoved(InterfaceState last) {
            for (Map.Entry<String, AddressGroup> entry : List.copyOf(groups.entrySet())) {
                if (entry.getValue().interfaceIndex() == last.index()) {
                    entry.getValue()
                            .interfaceChanged(
                                    new InterfaceState(
                                            last.index(),
                                            last.name(),
                                            last.mac(),
                                            false,
                                            false,
                                            last.forwardsIpv6()));
                    end(entry.getKey());
                    final VirtualIpDocument document = documents.get(entry.getKey());
                    if (document != null) {
                        problem(document, last.name() + " is gone");
                    }
                }
            }
            begin();
        }

        @Override
        public void addressAdded(InterfaceAddress address) {
            if (!problems.isEmpty()) {
                begin();
            }
        }

        @Override
        public void addressRemoved(InterfaceAddress address) {
            groups.values().forEach(group -> group.addressRemoved(address));
        }

        @Override
        public void newsLost() {
            try {
                for (InterfaceState state : node.interfaces().all()) {
                    interfaceChanged(state);
                }
            } catch (PosixException e) {
                LOG.atError().log("interfaces cannot be read: {}", e.getMessage());
            }
        }

        private List<AddressGroup> on(int index) {
            return groups.values().stream()
                    .filter(group -> group.interfaceIndex() == index)
                    .toList();
        }
    }

    // --- for others ---

    /// Takes over changed documents. What cannot change in place is given up in order first.
    public void apply(List<VirtualIpChange> changes) throws AddressException {
        onLoop(() -> {
            for (VirtualIpChange change : changes) {
                documents.remove(change.name());
                problems.remove(change.name());
                end(change.name());
                change.after().ifPresent(after -> documents.put(after.name(), after));
            }
            begin();
            return true;
        });
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
        return onLoop(() -> {
            final AddressGroup group = groups.get(name);
            if (group == null) {
                throw new AddressException(
                        problems.getOrDefault(name, "no VirtualIP " + name + " on this node"));
            }
            return group.order(order);
        });
    }

    /// A group as it is seen: as it runs, or why it does not.
    record Seen(VirtualIpDocument document, AddressGroup.@Nullable View view, String problem) {}

    List<Seen> seen() throws AddressException {
        return onLoop(() ->
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

    /// Gives everything up in order, and takes the guard away.
    @Override
    public void close() {
        try {
            onLoop(() -> {
                closing = true;
                groups.values().forEach(AddressGroup::stop);
                return true;
            });
            awaitEnd();
            onLoop(() -> {
                groups.values().forEach(AddressGroup::close);
                groups.clear();
                return true;
            });
        } catch (AddressException e) {
            LOG.atWarn().log("service addresses did not end in order: {}", e.getMessage());
        }
        watch.close();
        node.loop().close();
        node.guard().close();
        node.poller().close();
        node.interfaces().close();
    }

    private void awaitEnd() throws AddressException {
        final CompletableFuture<Boolean> ended = new CompletableFuture<>();
        final Runnable look =
                new Runnable() {
                    @Override
                    public void run() {
                        if (groups.values().stream().allMatch(AddressGroup::ended)) {
                            ended.complete(true);
                        } else {
                            node.loop().at(System.nanoTime() + LOOK_AGAIN, this);
                        }
                    }
                };
        node.loop().execute(look);
        try {
            ended.get(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AddressException("not all were given up in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
