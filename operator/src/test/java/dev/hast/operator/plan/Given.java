package dev.hast.operator.plan;

import dev.hast.control.v1.LinkState;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ReplicaStatus;
import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.Role;
import dev.hast.crds.v1alpha1.HastResourceSpec;
import dev.hast.crds.v1alpha1.HastResourceSpec.ReplicaSpec;
import dev.hast.operator.plan.Observed.Daemon;
import dev.hast.operator.plan.Observed.Link;
import dev.hast.operator.plan.Observed.Refusal;
import dev.hast.operator.plan.Wanted.Volume;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Situations, for tests.
public final class Given {

    public static final String ID = "0123456789abcdef0123456789abcdef";

    private Given() {}

    public static HastResourceSpec spec(String size, String... nodes) {
        final List<ReplicaSpec> replicas =
                Arrays.stream(nodes)
                        .map(node -> new ReplicaSpec(node, "/a", null, node + ":1", null))
                        .toList();
        return new HastResourceSpec(
                size, replicas, null, null, "auto", null, null, null, null, null, null);
    }

    public static Volume volume(String name, String... nodes) {
        return new Volume(name, 1, spec("1Gi", nodes), Optional.empty(), false);
    }

    public static Volume known(Volume volume) {
        return new Volume(volume.name(), 1, volume.spec(), Optional.of(ID), volume.deleting());
    }

    public static Volume deleting(Volume volume) {
        return new Volume(volume.name(), 1, volume.spec(), volume.id(), true);
    }

    public static Wanted wanted(Volume... volumes) {
        final Map<String, Volume> all = new LinkedHashMap<>();
        final Map<String, String> addresses = new LinkedHashMap<>();
        for (Volume volume : volumes) {
            all.put(volume.name(), volume);
            volume.nodes().forEach(node -> addresses.put(node, "192.0.2." + node.length()));
        }
        return new Wanted(all, addresses);
    }

    public static String text(Wanted wanted, String name) {
        return ((DocumentText.Text)
                        DocumentText.of(wanted.resources().get(name), wanted.addresses()))
                .text();
    }

    public static Daemon daemon(String node, ResourceStatus... resources) {
        final Map<String, ResourceStatus> all = new LinkedHashMap<>();
        for (ResourceStatus status : resources) {
            all.put(status.getName(), status);
        }
        return new Daemon(node, Link.CONNECTED, Optional.empty(), Map.of(), all);
    }

    public static Daemon lost(String node) {
        return new Daemon(node, Link.LOST, Optional.empty(), Map.of(), Map.of());
    }

    public static Daemon acknowledged(Daemon daemon, Map<String, String> documents) {
        return new Daemon(
                daemon.node(),
                daemon.link(),
                Optional.of(documents),
                daemon.refused(),
                daemon.resources());
    }

    public static Daemon refused(Daemon daemon, String name, String text) {
        return new Daemon(
                daemon.node(),
                daemon.link(),
                daemon.acknowledged(),
                Map.of(name, new Refusal(text, "is wrong")),
                daemon.resources());
    }

    public static Observed observed(Daemon... daemons) {
        final Map<String, Daemon> all = new LinkedHashMap<>();
        for (Daemon daemon : daemons) {
            all.put(daemon.node(), daemon);
        }
        return new Observed(all);
    }

    /// A replica without metadata.
    public static ResourceStatus absent(String name, String node) {
        return ResourceStatus.newBuilder()
                .setName(name)
                .setState(ResourceState.RESOURCE_STATE_INIT)
                .setRole(Role.ROLE_INIT)
                .addReplicas(
                        ReplicaStatus.newBuilder()
                                .setNode(node)
                                .setLink(LinkState.LINK_STATE_LOCAL)
                                .setState(ReplicaState.REPLICA_STATE_ABSENT))
                .build();
    }

    /// A provider that cannot be used, for whatever reason.
    public static ResourceStatus failed(String name, String node) {
        return absent(name, node).toBuilder()
                .setState(ResourceState.RESOURCE_STATE_FAILED)
                .setStateReason("it holds the replica of another")
                .build();
    }

    /// What a primary that serves reports.
    public static ResourceStatus serving(String name, String primary, List<String> inSync) {
        return configured(name, primary, primary, inSync).toBuilder()
                .setState(ResourceState.RESOURCE_STATE_SERVING)
                .setRole(Role.ROLE_PRIMARY)
                .build();
    }

    /// What a secondary reports.
    public static ResourceStatus standby(
            String name, String node, String primary, List<String> inSync) {
        return configured(name, node, primary, inSync).toBuilder()
                .setState(ResourceState.RESOURCE_STATE_STANDBY)
                .setRole(Role.ROLE_SECONDARY)
                .build();
    }

    private static ResourceStatus configured(
            String name, String node, String primary, List<String> inSync) {
        final List<ReplicaStatus> replicas = new ArrayList<>();
        for (String member : List.of("a", "b", "c")) {
            replicas.add(
                    ReplicaStatus.newBuilder()
                            .setNode(member)
                            .setLink(
                                    member.equals(node)
                                            ? LinkState.LINK_STATE_LOCAL
                                            : LinkState.LINK_STATE_CONNECTED)
                            .setState(
                                    inSync.contains(member)
                                            ? ReplicaState.REPLICA_STATE_IN_SYNC
                                            : ReplicaState.REPLICA_STATE_OUTDATED)
                            .build());
        }
        return ResourceStatus.newBuilder()
                .setName(name)
                .setId(ID)
                .setEpoch(3)
                .setPrimary(primary)
                .setSizeBytes(1L << 30)
                .addAllInSync(inSync)
                .addAllReplicas(replicas)
                .build();
    }
}
