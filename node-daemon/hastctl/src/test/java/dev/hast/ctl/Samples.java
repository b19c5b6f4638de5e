package dev.hast.ctl;

import dev.hast.control.v1.Attachment;
import dev.hast.control.v1.DumpResponse;
import dev.hast.control.v1.Event;
import dev.hast.control.v1.Failover;
import dev.hast.control.v1.LinkState;
import dev.hast.control.v1.Progress;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ReplicaStatus;
import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.Role;
import dev.hast.control.v1.Settings;
import dev.hast.control.v1.SplitBrain;
import dev.hast.control.v1.Statistics;
import java.time.Instant;
import java.util.List;

/// Statuses as node `hast-a` sees them, one for each thing that a person must be able to tell
/// apart.
final class Samples {

    static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final long GIB = 1L << 30;

    private Samples() {}

    static ResourceStatus.Builder resource(String name, Role role, ResourceState state) {
        return ResourceStatus.newBuilder()
                .setName(name)
                .setId("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
                .setSizeBytes(10 * GIB)
                .setRole(role)
                .setState(state)
                .setEpoch(7)
                .setReign(0xfeedfacecafebeefL)
                .setSettings(
                        Settings.newBuilder()
                                .setMode("fullsync")
                                .setTimeoutMs(2000)
                                .setGrantMs(3000)
                                .setChecksum("crc32c")
                                .setCompression("hole")
                                .setExtentBytes(2 << 20)
                                .setActivityLogExtents(256)
                                .setOnArbiterLost("suspend")
                                .setPreferredPrimary("auto"))
                .setStatistics(Statistics.getDefaultInstance());
    }

    static ReplicaStatus.Builder replica(String node, LinkState link, ReplicaState state) {
        return ReplicaStatus.newBuilder()
                .setNode(node)
                .setRole(
                        link == LinkState.LINK_STATE_LOCAL
                                ? Role.ROLE_PRIMARY
                                : Role.ROLE_SECONDARY)
                .setLink(link)
                .setState(state)
                .setProvider("/dev/vg0/database")
                .setAddress(
                        "192.168.100." + (197 + node.charAt(node.length() - 1) - 'a') + ":8457");
    }

    /// Primary here, one replica in sync, one being brought back after a failover.
    static ResourceStatus database() {
        return resource("database", Role.ROLE_PRIMARY, ResourceState.RESOURCE_STATE_SERVING)
                .setPrimary("hast-a")
                .addAllInSync(List.of("hast-a", "hast-b"))
                .addAllMembers(List.of("hast-a", "hast-b", "hast-c"))
                .addReplicas(
                        replica(
                                "hast-a",
                                LinkState.LINK_STATE_LOCAL,
                                ReplicaState.REPLICA_STATE_IN_SYNC))
                .addReplicas(
                        replica(
                                        "hast-b",
                                        LinkState.LINK_STATE_CONNECTED,
                                        ReplicaState.REPLICA_STATE_IN_SYNC)
                                .setGrantRemainingMs(2740)
                                .setRoundTripUs(210)
                                .setLinkSinceMs(NOW.toEpochMilli() - 93_784_000))
                .addReplicas(
                        replica(
                                        "hast-c",
                                        LinkState.LINK_STATE_CONNECTED,
                                        ReplicaState.REPLICA_STATE_SYNCING)
                                .setDirtyBytes(6 * GIB)
                                .setSource("192.168.100.197")
                                .setResync(
                                        Progress.newBuilder()
                                                .setDoneBytes(4_617_089_843L)
                                                .setTotalBytes(10 * GIB)
                                                .setBytesPerSecond(112L << 20)
                                                .setRemainingMs(53_000)))
                .setDevice("/dev/hast/database")
                .setAttachment(
                        Attachment.newBuilder()
                                .setKind("kernel-nbd")
                                .setState("attached")
                                .setDevice("/dev/nbd0")
                                .setExportSocket("/run/hast/database.nbd"))
                .setLastFailover(
                        Failover.newBuilder()
                                .setFrom("hast-c")
                                .setTo("hast-a")
                                .setReason("peer lost")
                                .setAtMs(NOW.toEpochMilli() - 252_000)
                                .setTotalUs(3_640_000)
                                .addSteps(
                                        Failover.Step.newBuilder()
                                                .setName("grant expired")
                                                .setDurationUs(3_500_000))
                                .addSteps(
                                        Failover.Step.newBuilder()
                                                .setName("arbiter")
                                                .setDurationUs(92_000))
                                .addSteps(
                                        Failover.Step.newBuilder()
                                                .setName("attach")
                                                .setDurationUs(48_000)))
                .setStatistics(
                        Statistics.newBuilder()
                                .setReads(23)
                                .setWrites(1_234_567)
                                .setFlushes(890)
                                .setActivityLogUpdates(41)
                                .setQueueLocal(3)
                                .setQueueReceive(2)
                                .setQueueIdle(251)
                                .setReadBytes(94_208)
                                .setWrittenBytes(5_056_786_432L)
                                .setSentBytes(10_113_572_864L))
                .build();
    }

    static ResourceStatus complete() {
        return resource("hast0", Role.ROLE_SECONDARY, ResourceState.RESOURCE_STATE_STANDBY)
                .setPrimary("hast-b")
                .addAllInSync(List.of("hast-a", "hast-b"))
                .addAllMembers(List.of("hast-a", "hast-b"))
                .addReplicas(
                        replica(
                                        "hast-a",
                                        LinkState.LINK_STATE_LOCAL,
                                        ReplicaState.REPLICA_STATE_IN_SYNC)
                                .setRole(Role.ROLE_SECONDARY)
                                .setProvider("/dev/da1"))
                .addReplicas(
                        replica(
                                        "hast-b",
                                        LinkState.LINK_STATE_CONNECTED,
                                        ReplicaState.REPLICA_STATE_IN_SYNC)
                                .setRole(Role.ROLE_PRIMARY))
                .build();
    }

    static ResourceStatus init() {
        return resource("scratch", Role.ROLE_INIT, ResourceState.RESOURCE_STATE_INIT)
                .setSizeBytes(0)
                .setId("")
                .addReplicas(
                        replica(
                                        "hast-a",
                                        LinkState.LINK_STATE_LOCAL,
                                        ReplicaState.REPLICA_STATE_ABSENT)
                                .setRole(Role.ROLE_INIT)
                                .setProvider("/srv/scratch.img"))
                .build();
    }

    static ResourceStatus suspended() {
        return resource("mail", Role.ROLE_PRIMARY, ResourceState.RESOURCE_STATE_SUSPENDED)
                .setPrimary("hast-a")
                .addAllInSync(List.of("hast-a", "hast-b"))
                .addAllMembers(List.of("hast-a", "hast-b"))
                .setSuspended(true)
                .setSuspendedReason(
                        "hast-b is lost and etcd does not answer; I/O goes on when either is back")
                .addReplicas(
                        replica(
                                "hast-a",
                                LinkState.LINK_STATE_LOCAL,
                                ReplicaState.REPLICA_STATE_IN_SYNC))
                .addReplicas(
                        replica(
                                        "hast-b",
                                        LinkState.LINK_STATE_DISCONNECTED,
                                        ReplicaState.REPLICA_STATE_OUTDATED)
                                .setDirtyBytes(6 << 20)
                                .setLastError("connection refused")
                                .setLastErrorMs(NOW.toEpochMilli() - 4_000))
                .setDevice("/dev/hast/mail")
                .addWarnings("only one replica is connected")
                .build();
    }

    static ResourceStatus splitBrain() {
        return resource("web", Role.ROLE_PRIMARY, ResourceState.RESOURCE_STATE_SPLIT_BRAIN)
                .setStateReason("hast-b was primary too")
                .setPrimary("hast-a")
                .addAllInSync(List.of("hast-a"))
                .addAllMembers(List.of("hast-a", "hast-b"))
                .addReplicas(
                        replica(
                                "hast-a",
                                LinkState.LINK_STATE_LOCAL,
                                ReplicaState.REPLICA_STATE_IN_SYNC))
                .addReplicas(
                        replica(
                                "hast-b",
                                LinkState.LINK_STATE_CONNECTED,
                                ReplicaState.REPLICA_STATE_SPLIT_BRAIN))
                .setSplitBrain(
                        SplitBrain.newBuilder()
                                .setCommonEpoch(5)
                                .addBranches(
                                        SplitBrain.Branch.newBuilder()
                                                .setNode("hast-a")
                                                .setEpoch(7)
                                                .setOwnBytes(1 << 30))
                                .addBranches(
                                        SplitBrain.Branch.newBuilder()
                                                .setNode("hast-b")
                                                .setEpoch(6)
                                                .setOwnBytes(6 << 20)))
                .build();
    }

    static DumpResponse dump(String name) {
        return DumpResponse.newBuilder()
                .setResource(name)
                .setProvider("/dev/vg0/" + name)
                .setDataBytes(10 * GIB)
                .setExtentBytes(2 << 20)
                .setActivityLogExtents(256)
                .setDataOffset(1 << 20)
                .setId("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
                .setFormatVersion(1)
                .setNode("hast-a")
                .setEpoch(7)
                .setReign(0xfeedfacecafebeefL)
                .setPreviousRole(Role.ROLE_PRIMARY)
                .addHistory(
                        DumpResponse.Reign.newBuilder()
                                .setReign(0x1122334455667788L)
                                .setBeginEpoch(1)
                                .setPrimary("hast-c"))
                .addHistory(
                        DumpResponse.Reign.newBuilder()
                                .setReign(0xfeedfacecafebeefL)
                                .setBeginEpoch(6)
                                .setPrimary("hast-a"))
                .addDirtyMaps(
                        DumpResponse.DirtyMap.newBuilder().setNode("hast-c").setDirtyBytes(6 * GIB))
                .addMembers("hast-a")
                .addMembers("hast-b")
                .addMembers("hast-c")
                .addInSync("hast-a")
                .addInSync("hast-b")
                .setPrimary("hast-a")
                .addCopies("first whole")
                .addCopies("second whole")
                .build();
    }

    static List<Event> events() {
        return List.of(
                event("database", "disconnect", 0)
                        .setPeer("hast-c")
                        .setCause("connection reset")
                        .build(),
                event("database", "role", 1200)
                        .setFrom("secondary")
                        .setTo("primary")
                        .setEpoch(7)
                        .setCause("peer lost: hast-c")
                        .build(),
                event("", "arbiter", 5000)
                        .setFrom("reachable")
                        .setTo("unreachable")
                        .setCause("deadline exceeded")
                        .build());
    }

    private static Event.Builder event(String resource, String kind, long afterMs) {
        return Event.newBuilder()
                .setAtMs(NOW.toEpochMilli() + afterMs)
                .setNode("hast-a")
                .setResource(resource)
                .setKind(kind);
    }
}
