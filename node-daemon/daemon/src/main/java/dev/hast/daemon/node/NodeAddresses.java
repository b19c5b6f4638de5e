package dev.hast.daemon.node;

import dev.hast.control.v1.Event;
import dev.hast.control.v1.VirtualIpOrderRequest.Order;
import dev.hast.control.v1.VirtualIpStatus;
import dev.hast.daemon.address.AddressEvents;
import dev.hast.daemon.address.AddressException;
import dev.hast.daemon.address.GroupOrder;
import dev.hast.daemon.address.Storage;
import dev.hast.daemon.address.VirtualIps;
import dev.hast.daemon.address.VirtualIpsMetrics;
import dev.hast.daemon.address.VirtualIpsView;
import dev.hast.daemon.control.ChangeSignal;
import dev.hast.daemon.control.ControlException;
import dev.hast.daemon.control.ControlException.Reason;
import dev.hast.daemon.control.EventLog;
import dev.hast.daemon.control.VirtualIpTarget;
import dev.hast.daemon.document.DocumentSet;
import dev.hast.daemon.document.NodeDocument;
import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.metrics.MetricsText;
import dev.hast.daemon.resource.Resource;
import dev.hast.daemon.resource.ResourceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The service addresses of a node among its other parts: they begin when the documents name some,
/// follow its resources, and are seen in events and by the control API.
final class NodeAddresses implements VirtualIpTarget, AddressEvents, Storage {

    private static final Logger LOG = LoggerFactory.getLogger("hast");

    private final NodeDocument node;
    private final Executor blocking;
    private final Supplier<Map<String, Resource>> resources;
    private final EventLog events;
    private final ChangeSignal changes;
    private volatile Optional<VirtualIps> running = Optional.empty();
    private volatile List<VirtualIpDocument> documents = List.of();
    private volatile String problem = "";

    NodeAddresses(
            NodeDocument node,
            Executor blocking,
            Supplier<Map<String, Resource>> resources,
            EventLog events,
            ChangeSignal changes) {
        this.node = node;
        this.blocking = blocking;
        this.resources = resources;
        this.events = events;
        this.changes = changes;
    }

    // --- life ---

    synchronized void start(DocumentSet set) {
        documents = set.virtualIpsOn(node.name());
        if (documents.isEmpty() || running.isPresent()) {
            if (running.isEmpty()) {
                VirtualIps.removeLeftOvers(node.directories().state());
            }
            return;
        }
        try {
            running =
                    Optional.of(
                            VirtualIps.start(
                                    node.name(),
                                    documents,
                                    blocking,
                                    this,
                                    node.directories().state(),
                                    this));
            problem = "";
            follow();
        } catch (AddressException e) {
            problem = String.valueOf(e.getMessage());
            LOG.atError().log("no service addresses: {}", problem);
        }
    }

    /// Before resources stop that are in the documents no more: what follows them leaves first.
    synchronized void leave(DocumentSet next, List<String> resourcesToStop) {
        if (running.isPresent() && !resourcesToStop.isEmpty()) {
            try {
                running.get().leave(next.virtualIpsOn(node.name()), resourcesToStop);
            } catch (AddressException e) {
                LOG.atWarn().log("service addresses did not end in order: {}", e.getMessage());
            }
        }
    }

    synchronized void apply(DocumentSet set) {
        if (running.isEmpty()) {
            start(set);
            return;
        }
        documents = set.virtualIpsOn(node.name());
        follow();
        try {
            running.get().apply(documents);
        } catch (AddressException e) {
            LOG.atError().log("service addresses are not changed: {}", e.getMessage());
        }
    }

    /// The resources that are followed tell when they change.
    private void follow() {
        for (Resource resource : resources.get().values()) {
            final boolean followed =
                    documents.stream().anyMatch(d -> d.follows().contains(resource.name()));
            resource.follower()
                    .follow(
                            followed
                                    ? () ->
                                            running.ifPresent(
                                                    ips -> ips.storageChanged(resource.name()))
                                    : null);
        }
    }

    /// Before the resources stop.
    ///
    /// @param returning the daemon is back at once
    synchronized void stop(boolean returning) {
        running.ifPresent(ips -> ips.stop(returning));
        running = Optional.empty();
    }

    // --- orders about resources that addresses follow ---

    /// Moves a resource by its address, if one is held here with it.
    ///
    /// @param to absent: whoever could have it
    /// @return empty when the resource may move by itself
    Optional<CompletableFuture<String>> handOver(String resource, Optional<String> to)
            throws ControlException {
        if (running.isEmpty()) {
            return Optional.empty();
        }
        try {
            return running.get()
                    .handOver(resource, to)
                    .map(done -> done.exceptionallyCompose(NodeAddresses::asOfResource));
        } catch (AddressException e) {
            throw new ControlException(
                    Reason.REFUSED, resource + ": " + String.valueOf(e.getMessage()), e);
        }
    }

    private static CompletableFuture<String> asOfResource(Throwable failure) {
        final Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return CompletableFuture.failedFuture(
                new ResourceException(String.valueOf(cause.getMessage())));
    }

    /// @throws ControlException when an address is held here with the resource
    void refuseIfHeldWith(String resource) throws ControlException {
        if (running.isEmpty()) {
            return;
        }
        try {
            final Optional<String> address = running.get().heldWith(resource);
            if (address.isPresent()) {
                throw new ControlException(
                        Reason.REFUSED,
                        "%s: address %s is held here and follows it; take that down first: `hastctl vip hold %s`"
                                .formatted(resource, address.get(), address.get()));
            }
        } catch (AddressException e) {
            throw new ControlException(Reason.BUSY, String.valueOf(e.getMessage()), e);
        }
    }

    /// Nothing while no address runs.
    void write(MetricsText out) {
        if (running.isPresent()) {
            try {
                VirtualIpsMetrics.write(running.get(), out);
            } catch (AddressException e) {
                LOG.atWarn().log("no metrics of service addresses: {}", e.getMessage());
            }
        }
    }

    // --- what the control API asks ---

    @Override
    public List<VirtualIpStatus> status(List<String> names) throws ControlException {
        final List<VirtualIpStatus> all = all();
        for (String name : names) {
            if (all.stream().noneMatch(status -> status.getName().equals(name))) {
                throw notFound(name);
            }
        }
        return all.stream()
                .filter(status -> names.isEmpty() || names.contains(status.getName()))
                .toList();
    }

    private List<VirtualIpStatus> all() throws ControlException {
        if (running.isEmpty()) {
            final List<VirtualIpStatus> broken = new ArrayList<>();
            documents.forEach(d -> broken.add(VirtualIpsView.broken(d, problem)));
            return broken;
        }
        try {
            return VirtualIpsView.of(running.get());
        } catch (AddressException e) {
            throw new ControlException(Reason.BUSY, String.valueOf(e.getMessage()), e);
        }
    }

    private ControlException notFound(String name) {
        return new ControlException(
                Reason.NOT_FOUND,
                "no VirtualIP %s on node %s; known are: %s"
                        .formatted(
                                name,
                                node.name(),
                                documents.isEmpty()
                                        ? "none"
                                        : String.join(
                                                ", ",
                                                documents.stream()
                                                        .map(VirtualIpDocument::name)
                                                        .toList())));
    }

    @Override
    public String order(String name, Order order) throws ControlException {
        if (documents.stream().noneMatch(d -> d.name().equals(name))) {
            throw notFound(name);
        }
        final VirtualIps ips =
                running.orElseThrow(() -> new ControlException(Reason.REFUSED, problem));
        try {
            return ips.order(
                    name,
                    switch (order) {
                        case ORDER_PROMOTE -> GroupOrder.PROMOTE;
                        case ORDER_DEMOTE -> GroupOrder.DEMOTE;
                        case ORDER_HOLD -> GroupOrder.HOLD;
                        case ORDER_RELEASE -> GroupOrder.RELEASE;
                        case ORDER_UNSPECIFIED, UNRECOGNIZED ->
                                throw new IllegalArgumentException("an order that was let through");
                    });
        } catch (AddressException e) {
            throw new ControlException(Reason.REFUSED, String.valueOf(e.getMessage()), e);
        }
    }

    // --- what happens ---

    @Override
    public void transition(String group, String from, String to, String cause) {
        LOG.atInfo()
                .addKeyValue("address", group)
                .addKeyValue("from", from)
                .addKeyValue("to", to)
                .log("carp: {}", cause);
        append(group, "carp", from, to, cause);
    }

    @Override
    public void notice(String group, String text) {
        LOG.atWarn().addKeyValue("address", group).log("{}", text);
        append(group, "address", "", "", text);
    }

    private void append(String group, String kind, String from, String to, String cause) {
        events.append(
                Event.newBuilder()
                        .setAtMs(System.currentTimeMillis())
                        .setNode(node.name())
                        .setResource(group)
                        .setKind(kind)
                        .setFrom(from)
                        .setTo(to)
                        .setCause(cause)
                        .build());
        changes.changed();
    }

    @Override
    public void changed() {
        changes.changed();
    }

    // --- what is followed ---

    @Override
    public Standing standing(String resource) {
        return Optional.ofNullable(resources.get().get(resource))
                .map(found -> found.follower().standing())
                .map(NodeAddresses::standing)
                .orElse(Standing.NONE);
    }

    private static Standing standing(dev.hast.daemon.resource.ResourceStanding standing) {
        return new Standing(
                true,
                standing.primary(),
                standing.serving(),
                standing.epoch(),
                standing.servingUntil(),
                standing.inSync(),
                standing.successors());
    }

    @Override
    public CompletableFuture<String> promote(String resource) {
        return order(resource, r -> r.promote(false));
    }

    @Override
    public CompletableFuture<String> handOver(String resource, String to) {
        return order(resource, r -> r.handOver(to, false));
    }

    private CompletableFuture<String> order(
            String resource, Function<Resource, CompletableFuture<String>> order) {
        final Resource found = resources.get().get(resource);
        return found == null
                ? CompletableFuture.failedFuture(
                        new ResourceException("there is no resource " + resource + " here"))
                : order.apply(found);
    }

    @Override
    public void tell(String resource, String topic, byte[] note) {
        Optional.ofNullable(resources.get().get(resource))
                .ifPresent(found -> found.notes().tell(topic, note));
    }

    @Override
    public Optional<byte[]> told(String resource, String topic) {
        return Optional.ofNullable(resources.get().get(resource))
                .flatMap(found -> found.notes().take(topic));
    }

    @Override
    public Optional<Path> device(String resource) {
        return Optional.ofNullable(resources.get().get(resource)).flatMap(Resource::devicePath);
    }
}
