package dev.hast.daemon.resource;

import dev.hast.control.v1.Attachment;
import dev.hast.control.v1.Failover;
import dev.hast.control.v1.LinkState;
import dev.hast.control.v1.Progress;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ReplicaStatus.Builder;
import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.Role;
import dev.hast.control.v1.Settings;
import dev.hast.control.v1.SplitBrain;
import dev.hast.control.v1.VerifyStatus;
import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.daemon.document.ResourceDocument;
import java.nio.file.Path;
import java.util.Optional;

/// What is known of a resource, in the words of the control API.
public final class StatusView {

    private final String node;
    private final String attachmentKind;

    /// @param attachmentKind how this node makes devices
    public StatusView(String node, String attachmentKind) {
        this.node = node;
        this.attachmentKind = attachmentKind;
    }

    public ResourceStatus of(ResourceView view, long stateSinceMillis) {
        final ResourceDocument document = view.document();
        final ResourceStatus.Builder out =
                ResourceStatus.newBuilder()
                        .setName(document.name())
                        .setRole(roleOf(view))
                        .setState(stateOf(view))
                        .setStateReason(reasonOf(view))
                        .setStateSinceMs(stateSinceMillis)
                        .setSettings(settings(document));
        view.configuration()
                .ifPresentOrElse(
                        configuration -> configuration(out, configuration),
                        () -> document.size().ifPresent(size -> out.setSizeBytes(size.bytes())));
        view.replica().ifPresent(replica -> replica(out, replica));
        out.addReplicas(self(view));
        for (ResourceDocument.Replica peer : document.replicas()) {
            if (!peer.node().equals(node)) {
                out.addReplicas(peer(view, peer));
            }
        }
        device(out, view);
        statistics(out, view);
        view.lastFailover().ifPresent(failover -> out.setLastFailover(failover(failover)));
        return out.build();
    }

    private void configuration(ResourceStatus.Builder out, Configuration configuration) {
        out.setId(configuration.resource().toString())
                .setSizeBytes(configuration.size())
                .setEpoch(configuration.epoch())
                .setReign(configuration.reign().tag())
                .setPrimary(
                        configuration
                                .member(configuration.primary())
                                .map(m -> m.node())
                                .orElse(""));
        configuration
                .members()
                .forEach(member -> {
                    out.addMembers(member.node());
                    if (configuration.inSync().contains(member.slot())) {
                        out.addInSync(member.node());
                    }
                });
    }

    private void replica(ResourceStatus.Builder out, ReplicaStatus replica) {
        final String suspended = replica.suspendedBecause();
        if (suspended != null) {
            out.setSuspended(true).setSuspendedReason(suspended);
        }
        splitBrain(out, replica);
        final String person = replica.needsPerson();
        if (person != null && !out.hasSplitBrain()) {
            out.addWarnings(person);
        }
        if (replica.memoryLost()) {
            out.addWarnings(
                    "this replica was restarted without its memory and is brought back before it counts again");
        }
        final ReplicaStatus.Verify verify = replica.verify();
        if (verify != null) {
            out.setVerify(
                    VerifyStatus.newBuilder()
                            .setRunning(true)
                            .setDifferingBytes(verify.mismatchedBytes())
                            .setProgress(
                                    Progress.newBuilder()
                                            .setDoneBytes(verify.checkedBytes())
                                            .setTotalBytes(verify.totalBytes())));
        }
    }

    /// What each side has of its own. What a peer wrote alone only the peer can tell.
    private void splitBrain(ResourceStatus.Builder out, ReplicaStatus replica) {
        final SplitBrain.Builder split = SplitBrain.newBuilder();
        long common = Long.MAX_VALUE;
        long own = 0;
        for (ReplicaStatus.Peer peer : replica.peers()) {
            final ReplicaStatus.Parted parted = peer.parted();
            if (parted != null) {
                common = Math.min(common, parted.commonEpoch());
                own = Math.max(own, peer.dirtyBytes());
                split.addBranches(
                        SplitBrain.Branch.newBuilder()
                                .setNode(peer.node())
                                .setReign(parted.reign())
                                .setEpoch(parted.epoch()));
            }
        }
        if (split.getBranchesCount() > 0) {
            split.addBranches(
                    0,
                    SplitBrain.Branch.newBuilder()
                            .setNode(node)
                            .setReign(out.getReign())
                            .setEpoch(out.getEpoch())
                            .setOwnBytes(own));
            out.setSplitBrain(split.setCommonEpoch(common));
        }
    }

    private static Role roleOf(ResourceView view) {
        if (view.replica().isEmpty()) {
            return Role.ROLE_INIT;
        }
        return switch (view.replica().get().role()) {
            case INIT -> Role.ROLE_INIT;
            case SECONDARY -> Role.ROLE_SECONDARY;
            case PRIMARY -> Role.ROLE_PRIMARY;
        };
    }

    private static ResourceState stateOf(ResourceView view) {
        if (view.replica().isEmpty()) {
            return view.off() || view.problem().contains("holds no replica yet")
                    ? ResourceState.RESOURCE_STATE_INIT
                    : ResourceState.RESOURCE_STATE_FAILED;
        }
        final ReplicaStatus replica = view.replica().get();
        if (replica.providerFailed()) {
            return ResourceState.RESOURCE_STATE_FAILED;
        }
        final String person = replica.needsPerson();
        if (person != null && person.startsWith("split-brain")) {
            return ResourceState.RESOURCE_STATE_SPLIT_BRAIN;
        }
        if (replica.peers().stream().anyMatch(peer -> peer.parted() != null)) {
            return ResourceState.RESOURCE_STATE_SPLIT_BRAIN;
        }
        return switch (replica.role()) {
            case INIT -> ResourceState.RESOURCE_STATE_STARTING;
            case SECONDARY -> ResourceState.RESOURCE_STATE_STANDBY;
            case PRIMARY ->
                    replica.serving()
                            ? ResourceState.RESOURCE_STATE_SERVING
                            : ResourceState.RESOURCE_STATE_SUSPENDED;
        };
    }

    private static String reasonOf(ResourceView view) {
        if (view.replica().isEmpty()) {
            return view.problem();
        }
        final ReplicaStatus replica = view.replica().get();
        final String person = replica.needsPerson();
        final String suspended = replica.suspendedBecause();
        return person != null ? person : suspended != null ? suspended : "";
    }

    private Builder self(ResourceView view) {
        final var document = view.document().replicaOn(node);
        final Builder out =
                dev.hast.control.v1.ReplicaStatus.newBuilder()
                        .setNode(node)
                        .setRole(roleOf(view))
                        .setLink(LinkState.LINK_STATE_LOCAL)
                        .setProvider(document.map(d -> d.place().text()).orElse(""))
                        .setAddress(document.map(d -> d.address().text()).orElse(""));
        if (view.replica().isEmpty()) {
            return out.setState(ReplicaState.REPLICA_STATE_ABSENT).setLastError(view.problem());
        }
        final ReplicaStatus replica = view.replica().get();
        return out.setSlot(Math.max(0, replica.slot()))
                .setState(
                        replica.providerFailed()
                                ? ReplicaState.REPLICA_STATE_FAILED
                                : replica.inSync()
                                        ? ReplicaState.REPLICA_STATE_IN_SYNC
                                        : ReplicaState.REPLICA_STATE_OUTDATED);
    }

    private static Builder peer(ResourceView view, ResourceDocument.Replica document) {
        final Builder out =
                dev.hast.control.v1.ReplicaStatus.newBuilder()
                        .setNode(document.node())
                        .setProvider(document.place().text())
                        .setAddress(document.address().text())
                        .setSource(document.source().orElse(""))
                        .setLink(LinkState.LINK_STATE_DISCONNECTED)
                        .setState(ReplicaState.REPLICA_STATE_OUTDATED);
        final Optional<ReplicaStatus.Peer> known =
                view.replica()
                        .flatMap(replica ->
                                replica.peers().stream()
                                        .filter(p -> p.node().equals(document.node()))
                                        .findFirst());
        final String linkError = view.linkErrors().getOrDefault(document.node(), "");
        known.ifPresent(peer -> {
            final String error =
                    isNoMember(view, peer)
                            ? "no member of the resource: take it out of spec.replicas, or `hastctl add-replica`"
                            : peer.lastError() != null
                                    ? peer.lastError()
                                    : peer.connected() ? "" : linkError;
            out.setSlot(Math.max(0, peer.slot()))
                    .setLink(
                            peer.connected()
                                    ? LinkState.LINK_STATE_CONNECTED
                                    : LinkState.LINK_STATE_DISCONNECTED)
                    .setState(stateOf(peer))
                    .setDirtyBytes(peer.dirtyBytes())
                    .setLastError(error);
            if (peer.grantRemaining() > 0) {
                out.setGrantRemainingMs(peer.grantRemaining() / 1_000_000);
            }
            if (peer.syncing()) {
                out.setResync(
                        Progress.newBuilder()
                                .setTotalBytes(peer.syncTotalBytes())
                                .setCopiedBytes(peer.syncCopiedBytes())
                                .setDoneBytes(
                                        Math.min(peer.syncTotalBytes(), peer.syncCheckedBytes())));
            }
            final boolean primary =
                    view.configuration()
                            .filter(c -> c.primary() == peer.slot() && peer.slot() >= 0)
                            .isPresent();
            out.setRole(
                    primary
                            ? Role.ROLE_PRIMARY
                            : peer.connected() ? Role.ROLE_SECONDARY : Role.ROLE_UNSPECIFIED);
        });
        return out;
    }

    private static boolean isNoMember(ResourceView view, ReplicaStatus.Peer peer) {
        return view.configuration()
                .filter(configuration ->
                        configuration.members().stream()
                                .noneMatch(member -> member.node().equals(peer.node())))
                .isPresent();
    }

    private static ReplicaState stateOf(ReplicaStatus.Peer peer) {
        if (peer.inSync()) {
            return ReplicaState.REPLICA_STATE_IN_SYNC;
        }
        if (peer.syncing()) {
            return ReplicaState.REPLICA_STATE_SYNCING;
        }
        return switch (peer.trouble()) {
            case PROVIDER_FAILED -> ReplicaState.REPLICA_STATE_FAILED;
            case SPLIT_BRAIN -> ReplicaState.REPLICA_STATE_SPLIT_BRAIN;
            case NONE -> ReplicaState.REPLICA_STATE_OUTDATED;
        };
    }

    private void device(ResourceStatus.Builder out, ResourceView view) {
        final DeviceControl.State device = view.device();
        if (device == null) {
            return;
        }
        device.link().map(Path::toString).ifPresent(out::setDevice);
        out.setAttachment(
                Attachment.newBuilder()
                        .setKind(attachmentKind)
                        .setState(device.state())
                        .setDevice(device.device().map(Path::toString).orElse(""))
                        .setLastError(device.lastError()));
    }

    private static void statistics(ResourceStatus.Builder out, ResourceView view) {
        final Statistics counted = view.statistics();
        if (counted == null) {
            return;
        }
        final var statistics =
                dev.hast.control.v1.Statistics.newBuilder()
                        .setReads(counted.reads)
                        .setWrites(counted.writes)
                        .setDeletes(counted.deletes)
                        .setFlushes(counted.flushes)
                        .setReadBytes(counted.readBytes)
                        .setWrittenBytes(counted.writtenBytes)
                        .setLocalReadErrors(counted.localReadErrors)
                        .setLocalWriteErrors(counted.localWriteErrors)
                        .setLocalFlushErrors(counted.localFlushErrors)
                        .setSentBytes(counted.sentBytes)
                        .setReceivedBytes(counted.receivedBytes);
        view.replica()
                .ifPresent(replica ->
                        statistics
                                .setActivityLogUpdates(replica.activityLogUpdates())
                                .setQueueLocal(replica.inFlight())
                                .setQueueReceive((int) (replica.sequence() - replica.watermark()))
                                .setQueueSend(replica.waiting()));
        out.setStatistics(statistics);
    }

    private static Failover.Builder failover(FailoverClock.Failover last) {
        final Failover.Builder out =
                Failover.newBuilder()
                        .setFrom(last.from())
                        .setTo(last.to())
                        .setReason(last.reason())
                        .setAtMs(last.at().toEpochMilli());
        long total = 0;
        for (FailoverClock.Step step : last.steps()) {
            total += step.nanos();
            out.addSteps(
                    Failover.Step.newBuilder()
                            .setName(step.name())
                            .setDurationUs(step.nanos() / 1000));
        }
        return out.setTotalUs(total / 1000);
    }

    private static Settings settings(ResourceDocument document) {
        final var replication = document.replication();
        return Settings.newBuilder()
                .setMode(replication.mode().text())
                .setTimeoutMs((int) replication.timeout().toMillis())
                .setGrantMs((int) replication.grantDuration().toMillis())
                .setChecksum(replication.checksum().text())
                .setCompression(replication.compression().text())
                .setExtentBytes(document.extentSize().bytes())
                .setActivityLogExtents(document.activityLogExtents())
                .setOnArbiterLost(document.onArbiterLost().text())
                .setPreferredPrimary(document.primary().text())
                .build();
    }
}
