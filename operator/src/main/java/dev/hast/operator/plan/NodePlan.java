package dev.hast.operator.plan;

import dev.hast.control.v1.LinkState;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.Role;
import dev.hast.operator.plan.Action.Create;
import dev.hast.operator.plan.Action.Grow;
import dev.hast.operator.plan.Action.SetDocuments;
import dev.hast.operator.plan.DocumentText.Text;
import dev.hast.operator.plan.Observed.Daemon;
import dev.hast.operator.plan.Observed.Seen;
import dev.hast.operator.plan.Wanted.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What is to be done with the daemon of one node.
///
/// Two rules keep data safe here, and each has its tests: documents are never sent without one that
/// the daemon runs and that is only *refused* in its newest form; and metadata is created only for
/// a volume that nobody has yet, or beside one that is served.
public final class NodePlan {

    private NodePlan() {}

    /// In the order in which it has to be done. Empty when the daemon can't be heard.
    public static List<Action> of(String node, Wanted wanted, Observed observed) {
        final Daemon daemon = observed.on(node);
        if (!daemon.connected()) {
            return List.of();
        }
        final List<Action> actions = new ArrayList<>();
        final Optional<Map<String, String>> documents = documents(node, wanted, daemon);
        documents
                .filter(next -> !Optional.of(next).equals(daemon.acknowledged()))
                .ifPresent(next -> actions.add(new SetDocuments(next)));
        for (Volume volume : wanted.on(node)) {
            if (volume.deleting()) {
                continue;
            }
            if (isAbsent(node, daemon, volume) && mayCreate(volume, observed)) {
                actions.add(new Create(volume.name()));
            }
            grow(node, volume, daemon).ifPresent(actions::add);
        }
        return actions;
    }

    /// All that the daemon should have from us; empty when it can't be said without taking away
    /// what it runs.
    private static Optional<Map<String, String>> documents(
            String node, Wanted wanted, Daemon daemon) {
        final Map<String, String> next = new TreeMap<>();
        for (Volume volume : wanted.on(node)) {
            if (volume.deleting()) {
                continue;
            }
            final String name = DocumentText.nameOf(volume.name());
            final Optional<String> text =
                    DocumentText.of(volume, wanted.addresses()) instanceof Text(String composed)
                                    && !isRefused(daemon, name, composed)
                            ? Optional.of(composed)
                            : daemon.acknowledged().map(known -> known.get(name));
            if (text.isPresent()) {
                next.put(name, text.get());
            } else if (daemon.resources().containsKey(volume.name())) {
                // It runs a form that we do not know: sending the rest would take it away.
                return Optional.empty();
            }
        }
        return Optional.of(next);
    }

    private static boolean isRefused(Daemon daemon, String name, String text) {
        return Optional.ofNullable(daemon.refused().get(name))
                .filter(refusal -> refusal.text().equals(text))
                .isPresent();
    }

    private static boolean isAbsent(String node, Daemon daemon, Volume volume) {
        return Optional.ofNullable(daemon.resources().get(volume.name()))
                .filter(status -> replicaIsAbsent(node, status))
                .isPresent();
    }

    /// Off for want of metadata: a provider that failed or belongs to somebody is another state.
    private static boolean replicaIsAbsent(String node, ResourceStatus status) {
        return status.getState() == ResourceState.RESOURCE_STATE_INIT
                && status.getReplicasList().stream()
                        .anyMatch(replica ->
                                replica.getNode().equals(node)
                                        && replica.getLink() == LinkState.LINK_STATE_LOCAL
                                        && replica.getState() == ReplicaState.REPLICA_STATE_ABSENT);
    }

    private static boolean mayCreate(Volume volume, Observed observed) {
        final List<Seen> seen = observed.of(volume.name(), volume.nodes());
        final boolean served =
                seen.stream()
                        .map(Seen::status)
                        .anyMatch(status ->
                                status.getRole() == Role.ROLE_PRIMARY
                                        && status.getState() == ResourceState.RESOURCE_STATE_SERVING
                                        && !status.getId().isEmpty()
                                        && volume.id().map(status.getId()::equals).orElse(true));
        final boolean newToAll =
                volume.id().isEmpty()
                        && seen.size() == volume.nodes().size()
                        && seen.stream().allMatch(NodePlan::knowsNoVolume);
        return served || newToAll;
    }

    /// Absent, or made and still blank. What a failed provider holds is not known.
    private static boolean knowsNoVolume(Seen seen) {
        final ResourceState state = seen.status().getState();
        return seen.status().getId().isEmpty()
                && seen.status().getEpoch() == 0
                && (state == ResourceState.RESOURCE_STATE_INIT
                        || state == ResourceState.RESOURCE_STATE_STARTING);
    }

    private static Optional<Action> grow(String node, Volume volume, Daemon daemon) {
        final String size = volume.spec().size();
        final ResourceStatus status = daemon.resources().get(volume.name());
        if (size == null
                || status == null
                || status.getState() != ResourceState.RESOURCE_STATE_SERVING
                || !status.getPrimary().equals(node)
                || status.getInSyncCount() < volume.nodes().size()
                || status.getSizeBytes() == 0
                || status.getSizeBytes() >= ByteText.parse(size)) {
            return Optional.empty();
        }
        return Optional.of(new Grow(volume.name(), ByteText.parse(size)));
    }
}
