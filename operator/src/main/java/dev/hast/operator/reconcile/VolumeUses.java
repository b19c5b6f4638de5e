package dev.hast.operator.reconcile;

import dev.hast.operator.failover.Uses.Attached;
import dev.hast.operator.failover.Uses.Running;
import dev.hast.operator.failover.Uses.Used;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeSpec;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// Who uses our volumes, read from the API server: attachments are watched, pods and claims are
/// read when somebody asks.
///
/// May be used by any thread.
final class VolumeUses implements AutoCloseable {

    /// Of our volumes; their handle is the name of the resource.
    static final String DRIVER = "csi.hast.dev";

    /// On a pod or a resource; `false`: after a failover the pod is left alone.
    static final String FAILOVER = "hast.dev/failover";

    private final KubernetesClient client;
    private final SharedIndexInformer<VolumeAttachment> attachments;

    /// Which resource a volume is never changes.
    private final Map<String, String> resources = new ConcurrentHashMap<>();

    VolumeUses(KubernetesClient client) {
        this.client = client;
        this.attachments = client.storage().v1().volumeAttachments().runnableInformer(0);
    }

    /// @param changed told when an attachment changed
    void start(Runnable changed) {
        attachments.addEventHandler(new Told<>(changed));
        attachments.start().toCompletableFuture().join();
    }

    /// Attachments of our volumes that Kubernetes holds for made.
    List<Attached> attached() {
        return attachments.getStore().list().stream()
                .filter(one -> DRIVER.equals(one.getSpec().getAttacher()))
                .filter(one ->
                        one.getStatus() != null
                                && Boolean.TRUE.equals(one.getStatus().getAttached()))
                .flatMap(one ->
                        resourceOf(one.getSpec().getSource().getPersistentVolumeName())
                                .map(resource ->
                                        new Attached(
                                                Cluster.nameOf(one),
                                                resource,
                                                one.getSpec().getNodeName()))
                                .stream())
                .toList();
    }

    private Optional<String> resourceOf(String volume) {
        return Optional.ofNullable(
                resources.computeIfAbsent(
                        volume,
                        name ->
                                Optional.ofNullable(client.persistentVolumes().withName(name).get())
                                        .flatMap(VolumeUses::resourceOf)
                                        .orElse(null)));
    }

    private static Optional<String> resourceOf(PersistentVolume volume) {
        return Optional.ofNullable(volume.getSpec().getCsi())
                .filter(csi -> DRIVER.equals(csi.getDriver()))
                .map(csi -> csi.getVolumeHandle());
    }

    /// The pods that run on these nodes.
    List<Running> podsOn(Set<String> nodes) {
        return nodes.stream()
                .sorted()
                .flatMap(node ->
                        client
                                .pods()
                                .inAnyNamespace()
                                .withField("spec.nodeName", node)
                                .list()
                                .getItems()
                                .stream())
                .filter(VolumeUses::runs)
                .map(this::running)
                .toList();
    }

    private static boolean runs(Pod pod) {
        final String phase = pod.getStatus().getPhase();
        return !"Succeeded".equals(phase) && !"Failed".equals(phase);
    }

    private Running running(Pod pod) {
        return new Running(
                pod.getMetadata().getNamespace(),
                Cluster.nameOf(pod),
                pod.getMetadata().getUid(),
                pod.getSpec().getNodeName(),
                isKept(pod),
                pod.getSpec().getVolumes().stream().map(volume -> used(pod, volume)).toList());
    }

    static boolean isKept(HasMetadata object) {
        return Optional.ofNullable(object.getMetadata().getAnnotations())
                .map(annotations -> annotations.get(FAILOVER))
                .filter("false"::equals)
                .isPresent();
    }

    private Used used(Pod pod, Volume volume) {
        if (volume.getPersistentVolumeClaim() != null) {
            return ofClaim(
                    pod,
                    volume.getPersistentVolumeClaim().getClaimName(),
                    Boolean.TRUE.equals(volume.getPersistentVolumeClaim().getReadOnly()));
        }
        if (volume.getEphemeral() != null) {
            return ofClaim(pod, Cluster.nameOf(pod) + "-" + volume.getName(), false);
        }
        return new Used(
                "volume " + volume.getName(), Optional.empty(), !isOfTheNode().test(volume));
    }

    /// What is gone with the node, or cannot be written to. Kinds that are not known here last.
    private static Predicate<Volume> isOfTheNode() {
        return volume ->
                volume.getEmptyDir() != null
                        || volume.getConfigMap() != null
                        || volume.getSecret() != null
                        || volume.getDownwardAPI() != null
                        || volume.getProjected() != null
                        || volume.getHostPath() != null
                        || volume.getImage() != null;
    }

    /// A claim that is bound to nothing is mounted nowhere.
    private Used ofClaim(Pod pod, String name, boolean readOnly) {
        final Optional<PersistentVolume> volume =
                Optional.ofNullable(
                                client.persistentVolumeClaims()
                                        .inNamespace(pod.getMetadata().getNamespace())
                                        .withName(name)
                                        .get())
                        .map(PersistentVolumeClaim::getSpec)
                        .map(spec -> spec.getVolumeName())
                        .map(bound -> client.persistentVolumes().withName(bound).get());
        return new Used(
                "claim " + name,
                volume.flatMap(VolumeUses::resourceOf),
                !readOnly && volume.map(PersistentVolume::getSpec).filter(this::lasts).isPresent());
    }

    private boolean lasts(PersistentVolumeSpec spec) {
        return spec.getLocal() == null
                && spec.getHostPath() == null
                && !List.of("ReadOnlyMany").equals(spec.getAccessModes());
    }

    @Override
    public void close() {
        attachments.close();
    }
}
