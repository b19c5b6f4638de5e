package dev.hast.operator.reconcile;

import dev.hast.crds.v1alpha1.HastResource;
import dev.hast.crds.v1alpha1.HastResourceStatus;
import dev.hast.crds.v1alpha1.VirtualIP;
import dev.hast.operator.daemons.Daemons.Place;
import dev.hast.operator.plan.Wanted;
import dev.hast.operator.plan.Wanted.Volume;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/// What the API server has of what people want, watched.
///
/// May be used by any thread.
public final class Cluster implements AutoCloseable {

    /// On a Node: `host:port` of its daemon's control API, where that is not the node's InternalIP
    /// and port 8458.
    public static final String CONTROL = "hast.dev/control";

    private static final int CONTROL_PORT = 8458;

    private final SharedIndexInformer<HastResource> resources;
    private final SharedIndexInformer<VirtualIP> addresses;
    private final SharedIndexInformer<Node> nodes;

    public Cluster(KubernetesClient client) {
        resources = client.resources(HastResource.class).runnableInformer(0);
        addresses = client.resources(VirtualIP.class).runnableInformer(0);
        nodes = client.nodes().runnableInformer(0);
    }

    /// Returns when all is read.
    ///
    /// @param changed told when something changed
    void start(Runnable changed) {
        resources.addEventHandler(new Told<>(changed));
        addresses.addEventHandler(new Told<>(changed));
        nodes.addEventHandler(new Told<>(changed));
        CompletableFuture.allOf(
                        resources.start().toCompletableFuture(),
                        addresses.start().toCompletableFuture(),
                        nodes.start().toCompletableFuture())
                .join();
    }

    /// Those that are known by now.
    List<HastResource> resources() {
        return resources.getStore().list();
    }

    /// All of it, or nothing as long as a part has not been read yet: what is missing from a part
    /// would look as if nobody wanted it.
    public Optional<Wanted> wanted() {
        if (!resources.hasSynced() || !addresses.hasSynced() || !nodes.hasSynced()) {
            return Optional.empty();
        }
        final Map<String, Volume> volumes = new TreeMap<>();
        for (HastResource resource : resources.getStore().list()) {
            volumes.put(nameOf(resource), volume(resource));
        }
        final Map<String, String> known = new TreeMap<>();
        for (Node node : nodes.getStore().list()) {
            internalAddress(node).ifPresent(address -> known.put(nameOf(node), address));
        }
        return Optional.of(new Wanted(volumes, known));
    }

    static Volume volume(HastResource resource) {
        return new Volume(
                nameOf(resource),
                resource.getMetadata().getGeneration(),
                resource.getSpec(),
                Optional.ofNullable(resource.getStatus()).map(HastResourceStatus::id),
                resource.isMarkedForDeletion());
    }

    /// Where the daemons of all nodes listen.
    public Map<String, Place> places() {
        final Map<String, Place> places = new TreeMap<>();
        for (Node node : nodes.getStore().list()) {
            place(node).ifPresent(place -> places.put(nameOf(node), place));
        }
        return places;
    }

    private static Optional<Place> place(Node node) {
        final Optional<String> said =
                Optional.ofNullable(node.getMetadata().getAnnotations())
                        .map(annotations -> annotations.get(CONTROL));
        if (said.isPresent()) {
            final int colon = said.get().lastIndexOf(':');
            try {
                return Optional.of(
                        new Place(
                                said.get().substring(0, colon),
                                Integer.parseInt(said.get().substring(colon + 1))));
            } catch (NumberFormatException | IndexOutOfBoundsException _) {
                return Optional.empty();
            }
        }
        return internalAddress(node).map(address -> new Place(address, CONTROL_PORT));
    }

    private static Optional<String> internalAddress(Node node) {
        return Optional.ofNullable(node.getStatus()).stream()
                .flatMap(status -> status.getAddresses().stream())
                .filter(address -> address.getType().equals("InternalIP"))
                .map(NodeAddress::getAddress)
                .findFirst();
    }

    /// Names of the addresses that follow a resource.
    List<String> followers(String resource) {
        return addresses.getStore().list().stream()
                .filter(address -> address.getSpec().follows().contains(resource))
                .map(Cluster::nameOf)
                .sorted()
                .toList();
    }

    static String nameOf(HasMetadata object) {
        return object.getMetadata().getName();
    }

    @Override
    public void close() {
        resources.close();
        addresses.close();
        nodes.close();
    }
}
