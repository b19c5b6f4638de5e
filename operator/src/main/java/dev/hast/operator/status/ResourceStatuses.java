package dev.hast.operator.status;

import dev.hast.control.v1.Failover;
import dev.hast.control.v1.ReplicaStatus;
import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.crds.v1alpha1.Condition;
import dev.hast.crds.v1alpha1.HastResourceStatus;
import dev.hast.crds.v1alpha1.Step;
import dev.hast.operator.plan.ByteText;
import dev.hast.operator.plan.DocumentText;
import dev.hast.operator.plan.DocumentText.Impossible;
import dev.hast.operator.plan.Observed;
import dev.hast.operator.plan.Observed.Link;
import dev.hast.operator.plan.Observed.Refusal;
import dev.hast.operator.plan.Observed.Seen;
import dev.hast.operator.plan.Wanted;
import dev.hast.operator.plan.Wanted.Volume;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// The status of a `HastResource`.
///
/// The configuration with the highest epoch that any daemon reports names primary and in-sync set;
/// whether the volume is served is the primary's own word, and only while it can be heard.
public final class ResourceStatuses {

    private final Volume volume;
    private final Wanted wanted;
    private final Observed observed;
    private final Optional<HastResourceStatus> before;
    private final List<Seen> seen;
    private final Optional<Seen> newest;
    private final Optional<Seen> serving;

    private ResourceStatuses(
            Volume volume, Wanted wanted, Observed observed, Optional<HastResourceStatus> before) {
        this.volume = volume;
        this.wanted = wanted;
        this.observed = observed;
        this.before = before;
        this.seen = observed.of(volume.name(), volume.nodes());
        this.newest = observed.newest(volume.name(), volume.nodes());
        this.serving = observed.serving(volume.name(), volume.nodes());
    }

    /// What a resource is, in one word, and why.
    private record Standing(String state, String reason) {}

    /// @param before as it is stored
    public static HastResourceStatus of(
            Volume volume,
            Wanted wanted,
            Observed observed,
            Optional<HastResourceStatus> before,
            Instant now) {
        return new ResourceStatuses(volume, wanted, observed, before).made(now);
    }

    private HastResourceStatus made(Instant now) {
        final Optional<ResourceStatus> known = newest.map(Seen::status);
        final Standing standing = standing();
        final List<HastResourceStatus.ReplicaStatus> replicas =
                volume.nodes().stream().map(this::replica).toList();
        final List<String> inSync =
                known.map(ResourceStatus::getInSyncList)
                        .<List<String>>map(List::copyOf)
                        .or(() -> before.map(HastResourceStatus::inSync))
                        .orElse(List.of());
        final OptionalInt slowest =
                replicas.stream()
                        .map(HastResourceStatus.ReplicaStatus::resyncPercent)
                        .filter(java.util.Objects::nonNull)
                        .mapToInt(Integer::intValue)
                        .min();
        return new HastResourceStatus(
                volume.generation(),
                known.map(ResourceStatus::getId)
                        .filter(id -> !id.isEmpty())
                        .or(volume::id)
                        .orElse(null),
                known.map(ResourceStatus::getSizeBytes)
                        .filter(bytes -> bytes > 0)
                        .map(ByteText::of)
                        .or(() -> before.map(HastResourceStatus::size))
                        .orElse(null),
                known.map(ResourceStatus::getPrimary)
                        .filter(node -> !node.isEmpty())
                        .or(() ->
                                known.isPresent()
                                        ? Optional.empty()
                                        : stored(HastResourceStatus::primary))
                        .orElse(null),
                known.map(ResourceStatus::getEpoch)
                        .or(() -> stored(HastResourceStatus::epoch))
                        .orElse(null),
                inSync,
                known.isPresent() || !inSync.isEmpty()
                        ? inSync.size() + "/" + volume.nodes().size()
                        : null,
                standing.state(),
                Words.orNull(standing.reason()),
                slowest.isPresent() ? slowest.getAsInt() + "%" : null,
                replicas,
                lastFailover().or(() -> stored(HastResourceStatus::lastFailover)).orElse(null),
                conditions(standing, inSync, now));
    }

    private <T> Optional<T> stored(
            java.util.function.Function<HastResourceStatus, @Nullable T> field) {
        return before.map(field);
    }

    private Standing standing() {
        if (volume.deleting()) {
            return new Standing("Deleting", "");
        }
        final Optional<Seen> split = inState(ResourceState.RESOURCE_STATE_SPLIT_BRAIN);
        if (split.isPresent()) {
            return new Standing("SplitBrain", reasonOf(split.get()));
        }
        if (serving.isPresent()) {
            final int inSync = serving.get().status().getInSyncCount();
            return inSync >= volume.nodes().size()
                    ? new Standing("Serving", refusal().orElse(""))
                    : new Standing("Degraded", lacking());
        }
        if (newest.isEmpty() && volume.id().isEmpty()) {
            return new Standing("Pending", pending());
        }
        if (newest.isEmpty() && seen.size() == volume.nodes().size()) {
            return new Standing(
                    "Failed",
                    "none of its nodes has a replica of it any more, and none is made while its data may be elsewhere; look at the providers: "
                            + reasonOf(seen.getFirst()));
        }
        final Optional<Seen> primary =
                newest.filter(one -> one.node().equals(one.status().getPrimary()));
        if (primary.isPresent()) {
            return primary.get().status().getState() == ResourceState.RESOURCE_STATE_FAILED
                    ? new Standing("Failed", reasonOf(primary.get()))
                    : new Standing("Suspended", reasonOf(primary.get()));
        }
        if (newest.isPresent() && newest.get().status().getPrimary().isEmpty()) {
            return new Standing("Suspended", "no node is primary");
        }
        final String where =
                newest.map(one -> one.status().getPrimary())
                        .or(() -> stored(HastResourceStatus::primary))
                        .orElse("");
        return new Standing(
                "Unknown",
                where.isEmpty()
                        ? "no daemon of it can be heard"
                        : "the daemon on %s, which was the last to serve it, cannot be heard"
                                .formatted(where));
    }

    private Optional<Seen> inState(ResourceState state) {
        return seen.stream().filter(one -> one.status().getState() == state).findFirst();
    }

    private static String reasonOf(Seen one) {
        return one.node() + ": " + one.status().getStateReason();
    }

    private String lacking() {
        final List<String> parts = new ArrayList<>();
        for (String node : volume.nodes()) {
            final ReplicaStatus replica = byServingPrimary(node).orElse(null);
            if (replica == null) {
                parts.add(node + " is not a member yet");
                continue;
            }
            switch (replica.getState()) {
                case REPLICA_STATE_IN_SYNC -> {}
                case REPLICA_STATE_SYNCING -> parts.add(node + " is being brought back");
                case REPLICA_STATE_ABSENT,
                        REPLICA_STATE_OUTDATED,
                        REPLICA_STATE_FAILED,
                        REPLICA_STATE_SPLIT_BRAIN,
                        REPLICA_STATE_UNSPECIFIED,
                        UNRECOGNIZED ->
                        parts.add(
                                node
                                        + " is out of the in-sync set"
                                        + (replica.getLastError().isEmpty()
                                                ? ""
                                                : ": " + replica.getLastError()));
            }
        }
        refusal().ifPresent(parts::add);
        return String.join("; ", parts);
    }

    private Optional<ReplicaStatus> byServingPrimary(String node) {
        return serving.stream()
                .flatMap(one -> one.status().getReplicasList().stream())
                .filter(replica -> replica.getNode().equals(node))
                .findFirst();
    }

    /// Why there is no volume yet.
    private String pending() {
        final Optional<String> refused = refusal();
        if (refused.isPresent()) {
            return refused.get();
        }
        final List<String> silent =
                volume.nodes().stream()
                        .filter(node -> observed.on(node).link() != Link.CONNECTED)
                        .toList();
        if (!silent.isEmpty()) {
            return "waits for the daemons of " + String.join(", ", silent);
        }
        return seen.stream()
                .filter(one -> one.status().getState() == ResourceState.RESOURCE_STATE_FAILED)
                .findFirst()
                .map(ResourceStatuses::reasonOf)
                .orElse("is being made");
    }

    /// What is wrong with the object, or with it in the eyes of a daemon.
    private Optional<String> refusal() {
        if (DocumentText.of(volume, wanted.addresses()) instanceof Impossible impossible) {
            return Optional.of(impossible.words());
        }
        final String name = DocumentText.nameOf(volume.name());
        return volume.nodes().stream()
                .flatMap(node ->
                        Optional.ofNullable(observed.on(node).refused().get(name))
                                .map(Refusal::words)
                                .map(words -> "refused by " + node + ": " + words)
                                .stream())
                .findFirst();
    }

    private HastResourceStatus.ReplicaStatus replica(String node) {
        final Optional<ReplicaStatus> peers = newest.flatMap(one -> in(one.status(), node));
        final Optional<ReplicaStatus> own =
                seen.stream()
                        .filter(one -> one.node().equals(node))
                        .findFirst()
                        .flatMap(one -> in(one.status(), node));
        // What a replica lacks, its primary knows; whether it is there at all, it knows itself.
        final Optional<ReplicaStatus> told =
                own.filter(status ->
                                switch (status.getState()) {
                                    case REPLICA_STATE_ABSENT, REPLICA_STATE_FAILED -> true;
                                    case REPLICA_STATE_OUTDATED,
                                            REPLICA_STATE_SYNCING,
                                            REPLICA_STATE_IN_SYNC,
                                            REPLICA_STATE_SPLIT_BRAIN,
                                            REPLICA_STATE_UNSPECIFIED,
                                            UNRECOGNIZED ->
                                            false;
                                })
                        .or(() -> peers)
                        .or(() -> own);
        final boolean resyncs = told.filter(ReplicaStatus::hasResync).isPresent();
        return new HastResourceStatus.ReplicaStatus(
                node,
                own.or(() -> peers).map(ReplicaStatus::getRole).map(Words::of).orElse(null),
                peers.map(ReplicaStatus::getLink).map(Words::of).orElse(null),
                told.map(ReplicaStatus::getState).map(Words::of).orElse(null),
                own.or(() -> peers).map(ReplicaStatus::getProvider).map(Words::orNull).orElse(null),
                told.map(ReplicaStatus::getDirtyBytes).filter(bytes -> bytes > 0).orElse(null),
                resyncs ? percent(told.get()) : null,
                told.filter(status -> resyncs && status.getResync().hasRemainingMs())
                        .map(status ->
                                Words.duration(
                                        Duration.ofMillis(status.getResync().getRemainingMs())))
                        .orElse(null),
                told.map(ReplicaStatus::getLastError)
                        .map(Words::orNull)
                        .or(() ->
                                observed.on(node).connected()
                                        ? Optional.empty()
                                        : Optional.of("its daemon cannot be heard"))
                        .orElse(null));
    }

    private static Integer percent(ReplicaStatus status) {
        final long total = status.getResync().getTotalBytes();
        return total == 0 ? 0 : (int) (status.getResync().getDoneBytes() * 100 / total);
    }

    private static Optional<ReplicaStatus> in(ResourceStatus status, String node) {
        return status.getReplicasList().stream()
                .filter(replica -> replica.getNode().equals(node))
                .findFirst();
    }

    private Optional<HastResourceStatus.Failover> lastFailover() {
        return seen.stream()
                .filter(one -> one.status().hasLastFailover())
                .map(one -> one.status().getLastFailover())
                .max(Comparator.comparingLong(Failover::getAtMs))
                .map(failover ->
                        new HastResourceStatus.Failover(
                                Words.orNull(failover.getFrom()),
                                Words.orNull(failover.getTo()),
                                Words.orNull(failover.getReason()),
                                Words.time(failover.getAtMs()),
                                Words.duration(Duration.ofNanos(failover.getTotalUs() * 1000)),
                                failover.getStepsList().stream()
                                        .map(step ->
                                                new Step(
                                                        step.getName(),
                                                        Words.duration(
                                                                Duration.ofNanos(
                                                                        step.getDurationUs()
                                                                                * 1000))))
                                        .toList()));
    }

    private List<Condition> conditions(Standing standing, List<String> inSync, Instant now) {
        final Conditions conditions =
                new Conditions(
                        before.map(HastResourceStatus::conditions).orElse(List.of()),
                        volume.generation(),
                        now);
        final boolean known = newest.isPresent();
        final String available =
                serving.isPresent()
                        ? Conditions.TRUE
                        : standing.state().equals("Unknown")
                                ? Conditions.UNKNOWN
                                : Conditions.FALSE;
        conditions.add("Available", available, standing.state(), standing.reason());
        final boolean redundant = inSync.size() >= volume.nodes().size() && inSync.size() > 1;
        conditions.add(
                "Redundant",
                known ? redundant ? Conditions.TRUE : Conditions.FALSE : Conditions.UNKNOWN,
                redundant ? "AllInSync" : inSync.size() == 1 ? "OneReplica" : "NotAllInSync",
                "%d of %d replicas are in sync".formatted(inSync.size(), volume.nodes().size()));
        final Optional<Seen> suspended = newest.filter(one -> one.status().getSuspended());
        conditions.add(
                "Suspended",
                known
                        ? suspended.isPresent() ? Conditions.TRUE : Conditions.FALSE
                        : Conditions.UNKNOWN,
                suspended.isPresent() ? "IoWaits" : "IoGoesOn",
                suspended.map(one -> one.status().getSuspendedReason()).orElse(""));
        final boolean split = inState(ResourceState.RESOURCE_STATE_SPLIT_BRAIN).isPresent();
        conditions.add(
                "SplitBrain",
                seen.isEmpty() ? Conditions.UNKNOWN : split ? Conditions.TRUE : Conditions.FALSE,
                split ? "TwoHaveWritten" : "OneHistory",
                split ? standing.reason() : "");
        final Optional<String> refused = refusal();
        conditions.add(
                "Accepted",
                refused.isPresent() ? Conditions.FALSE : Conditions.TRUE,
                refused.isPresent() ? "Refused" : "Accepted",
                refused.orElse(""));
        return conditions.made();
    }
}
