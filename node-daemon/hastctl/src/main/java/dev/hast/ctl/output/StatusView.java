package dev.hast.ctl.output;

import dev.hast.control.v1.Failover;
import dev.hast.control.v1.LinkState;
import dev.hast.control.v1.Progress;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ReplicaStatus;
import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.Role;
import dev.hast.control.v1.SplitBrain;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// The table of `hastctl status`: one row for each replica. HAST's columns keep their names: Name,
/// Status, Role, Components. Whether a replica's node is *connected* stands in another column than
/// what the replica *holds*.
public final class StatusView {

    private StatusView() {}

    public static String text(List<ResourceStatus> resources, Instant now) {
        if (resources.isEmpty()) {
            return "No resources on this node.\n";
        }
        var table =
                new Table(
                        List.of(3),
                        "Name",
                        "Status",
                        "Role",
                        "Size",
                        "In sync",
                        "Node",
                        "Link",
                        "Data",
                        "Components");
        for (var resource : resources) {
            rows(table, resource);
        }
        var out = new StringBuilder(table.text());
        var notes = new StringBuilder();
        resources.forEach(r -> notes(notes, r, now));
        if (!notes.isEmpty()) {
            out.append('\n').append(notes);
        }
        return out.toString();
    }

    /// HAST's word for the whole: `complete` means that every replica is *in sync*, not merely
    /// connected.
    public static String status(ResourceStatus resource) {
        return switch (resource.getState()) {
            case RESOURCE_STATE_SUSPENDED,
                    RESOURCE_STATE_SPLIT_BRAIN,
                    RESOURCE_STATE_FAILED,
                    RESOURCE_STATE_STARTING ->
                    Words.of(resource.getState());
            case RESOURCE_STATE_INIT, RESOURCE_STATE_UNSPECIFIED -> "-";
            case RESOURCE_STATE_SERVING, RESOURCE_STATE_STANDBY ->
                    isRedundant(resource) ? "complete" : "degraded";
            case UNRECOGNIZED -> "unknown";
        };
    }

    /// A replica that was removed may still stand in the document: what counts is who is a member.
    private static boolean isRedundant(ResourceStatus resource) {
        final int wanted =
                resource.getMembersCount() == 0
                        ? resource.getReplicasCount()
                        : resource.getMembersCount();
        return resource.getInSyncCount() == wanted;
    }

    /// Whether all is as it should be: every replica in sync, nothing held back, nobody needed.
    public static boolean isHealthy(ResourceStatus resource) {
        return status(resource).equals("complete") && !resource.getSuspended();
    }

    private static void rows(Table table, ResourceStatus resource) {
        boolean first = true;
        var inSync =
                resource.getMembersCount() == 0
                        ? "-"
                        : resource.getInSyncCount() + "/" + resource.getMembersCount();
        for (var replica : resource.getReplicasList()) {
            boolean primary = replica.getNode().equals(resource.getPrimary());
            table.row(
                    first ? resource.getName() : "",
                    first ? status(resource) : "",
                    first ? Words.of(resource.getRole()) : "",
                    first ? size(resource) : "",
                    first ? inSync : "",
                    replica.getNode() + (primary ? " *" : ""),
                    link(replica),
                    data(replica),
                    component(replica));
            first = false;
        }
        if (first) {
            table.row(
                    resource.getName(),
                    status(resource),
                    Words.of(resource.getRole()),
                    size(resource),
                    inSync,
                    "",
                    "",
                    "",
                    "");
        }
    }

    private static String size(ResourceStatus resource) {
        return resource.getSizeBytes() == 0 ? "-" : Words.bytes(resource.getSizeBytes());
    }

    private static String link(ReplicaStatus replica) {
        return replica.getLink() == LinkState.LINK_STATE_LOCAL
                ? "this node"
                : Words.of(replica.getLink());
    }

    private static String component(ReplicaStatus replica) {
        return replica.getLink() == LinkState.LINK_STATE_LOCAL
                ? replica.getProvider()
                : replica.getAddress();
    }

    /// What the replica holds, and how far it has come when it is being brought back.
    static String data(ReplicaStatus replica) {
        return switch (replica.getState()) {
            case REPLICA_STATE_SYNCING ->
                    "syncing " + progress(replica.getResync()) + copied(replica.getResync());
            case REPLICA_STATE_OUTDATED ->
                    replica.getDirtyBytes() == 0
                            ? "outdated"
                            : "outdated, " + Words.bytes(replica.getDirtyBytes()) + " behind";
            case REPLICA_STATE_ABSENT -> "not created";
            case REPLICA_STATE_UNSPECIFIED,
                    REPLICA_STATE_IN_SYNC,
                    REPLICA_STATE_FAILED,
                    REPLICA_STATE_SPLIT_BRAIN,
                    UNRECOGNIZED ->
                    word(replica.getState());
        };
    }

    private static String copied(Progress progress) {
        return progress.getCopiedBytes() == 0
                ? ""
                : ", " + Words.bytes(progress.getCopiedBytes()) + " copied";
    }

    private static String word(ReplicaState state) {
        return state == ReplicaState.UNRECOGNIZED ? "unknown" : Words.of(state);
    }

    /// How long it will take still; nothing when that can't be told.
    static String left(Progress progress, String before) {
        return progress.hasRemainingMs()
                ? before + Words.duration(Duration.ofMillis(progress.getRemainingMs())) + " left"
                : "";
    }

    static String progress(Progress progress) {
        var percent = Words.percent(progress.getDoneBytes(), progress.getTotalBytes());
        if (progress.getPaused()) {
            var rate =
                    progress.getBytesPerSecond() == 0
                            ? ""
                            : ", " + Words.rate(progress.getBytesPerSecond());
            return percent + rate + left(progress, ", ");
        }
        return percent
                + ", "
                + Words.rate(progress.getBytesPerSecond())
                + (progress.hasRemainingMs()
                        ? ", "
                                + Words.duration(Duration.ofMillis(progress.getRemainingMs()))
                                + " left"
                        : "");
    }

    private static void notes(StringBuilder out, ResourceStatus resource, Instant now) {
        var name = resource.getName() + ": ";
        if (resource.getSuspended()) {
            out.append(name)
                    .append("I/O is suspended: ")
                    .append(resource.getSuspendedReason())
                    .append('\n');
        } else if (!resource.getStateReason().isEmpty()
                && resource.getState() != ResourceState.RESOURCE_STATE_SERVING
                && resource.getState() != ResourceState.RESOURCE_STATE_STANDBY) {
            var state = Words.of(resource.getState()) + ": ";
            out.append(name)
                    .append(resource.getStateReason().startsWith(state) ? "" : state)
                    .append(resource.getStateReason())
                    .append('\n');
        }
        if (resource.hasSplitBrain()) {
            splitBrain(out, resource);
        }
        for (var replica : resource.getReplicasList()) {
            if (!replica.getLastError().isEmpty()
                    && replica.getState() != ReplicaState.REPLICA_STATE_IN_SYNC) {
                out.append(name)
                        .append(replica.getNode())
                        .append(": ")
                        .append(replica.getLastError());
                if (replica.getLastErrorMs() > 0) {
                    var ago = Duration.between(Instant.ofEpochMilli(replica.getLastErrorMs()), now);
                    out.append(" (").append(Words.duration(ago)).append(" ago)");
                }
                out.append('\n');
            }
        }
        if (resource.hasVerify() && resource.getVerify().getRunning()) {
            out.append(name)
                    .append("verify ")
                    .append(progress(resource.getVerify().getProgress()))
                    .append('\n');
        }
        if (resource.getRole() == Role.ROLE_PRIMARY && resource.hasLastFailover()) {
            out.append(name).append(failover(resource.getLastFailover(), now)).append('\n');
        }
        resource.getWarningsList()
                .forEach(w -> out.append(name).append("warning: ").append(w).append('\n'));
    }

    private static String failover(Failover failover, Instant now) {
        var ago = Duration.between(Instant.ofEpochMilli(failover.getAtMs()), now);
        return "primary moved "
                + (failover.getFrom().isEmpty() ? "" : "from " + failover.getFrom() + " ")
                + "to "
                + failover.getTo()
                + " "
                + Words.duration(ago)
                + " ago ("
                + failover.getReason()
                + ", took "
                + Words.micros(failover.getTotalUs())
                + ")";
    }

    private static void splitBrain(StringBuilder out, ResourceStatus resource) {
        out.append(resource.getName()).append(": split-brain since epoch ");
        out.append(resource.getSplitBrain().getCommonEpoch())
                .append("; choose whose own writes are given up:\n");
        for (SplitBrain.Branch branch : resource.getSplitBrain().getBranchesList()) {
            out.append("  hastctl split-brain resolve ")
                    .append(resource.getName())
                    .append(" --victim ");
            out.append(branch.getNode())
                    .append("   # loses ")
                    .append(
                            branch.hasOwnBytes()
                                    ? Words.bytes(branch.getOwnBytes()) + " written there\n"
                                    : "what was written there; hastctl status on it says how much\n");
        }
    }
}
