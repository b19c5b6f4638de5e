package dev.hast.ctl;

import dev.hast.control.v1.AddReplicaRequest;
import dev.hast.control.v1.AddReplicaResponse;
import dev.hast.control.v1.ArbiterStatus;
import dev.hast.control.v1.CreateRequest;
import dev.hast.control.v1.CreateResponse;
import dev.hast.control.v1.DescribeResponse;
import dev.hast.control.v1.DocumentChange;
import dev.hast.control.v1.DumpResponse;
import dev.hast.control.v1.Failover;
import dev.hast.control.v1.GrowRequest;
import dev.hast.control.v1.GrowResponse;
import dev.hast.control.v1.HandOverRequest;
import dev.hast.control.v1.HandOverResponse;
import dev.hast.control.v1.Progress;
import dev.hast.control.v1.ReloadResponse;
import dev.hast.control.v1.RemoveReplicaRequest;
import dev.hast.control.v1.RemoveReplicaResponse;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ResolveSplitBrainRequest;
import dev.hast.control.v1.ResolveSplitBrainResponse;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.ResyncRequest;
import dev.hast.control.v1.ResyncResponse;
import dev.hast.control.v1.Role;
import dev.hast.control.v1.SetDocumentsRequest;
import dev.hast.control.v1.SetDocumentsResponse;
import dev.hast.control.v1.SetRoleRequest;
import dev.hast.control.v1.SetRoleResponse;
import dev.hast.control.v1.StartVerifyRequest;
import dev.hast.control.v1.StartVerifyResponse;
import dev.hast.control.v1.StopRequest;
import dev.hast.control.v1.StopResponse;
import dev.hast.daemon.control.ChangeSignal;
import dev.hast.daemon.control.ControlException;
import dev.hast.daemon.control.ControlException.Reason;
import dev.hast.daemon.control.ControlTarget;
import dev.hast.daemon.control.EventLog;
import dev.hast.daemon.control.VirtualIpTarget;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A daemon on node `hast-a` without volumes: it has statuses and changes them as it is asked. What
/// is synced or verified comes a third nearer to its end with each look at it.
final class FakeDaemon implements ControlTarget {

    private static final long GIB = 1L << 30;

    private final Map<String, ResourceStatus> resources = new LinkedHashMap<>();
    private final ChangeSignal changes = new ChangeSignal();
    private final EventLog events = new EventLog(100);
    private final List<String> asked = new ArrayList<>();

    synchronized void put(ResourceStatus status) {
        resources.put(status.getName(), status);
        changes.changed();
    }

    /// What changing requests have arrived.
    synchronized List<String> asked() {
        return List.copyOf(asked);
    }

    private synchronized void ask(String request) {
        asked.add(request);
    }

    private synchronized ResourceStatus find(String name) throws ControlException {
        var found = resources.get(name);
        if (found == null) {
            throw new ControlException(
                    Reason.NOT_FOUND,
                    "no resource "
                            + name
                            + " on node hast-a; known are: "
                            + String.join(", ", resources.keySet()));
        }
        return found;
    }

    @Override
    public VirtualIpTarget virtualIps() {
        return new FakeVirtualIps(this::ask);
    }

    @Override
    public DescribeResponse describe() {
        return DescribeResponse.newBuilder()
                .setNode("hast-a")
                .setVersion("0.1.0")
                .setStartedMs(Samples.NOW.toEpochMilli() - 3_725_000)
                .setArbiter(ArbiterStatus.newBuilder().setType("etcd").setReachable(true))
                .addListen("192.168.100.197:8457")
                .setCertificateEndsMs(Samples.NOW.toEpochMilli() + 86_400_000L * 20)
                .setIo("io_uring")
                .addWarnings(
                        "the certificate of node hast-a ends on 2026-12-11T09:00:00Z; issue a new one")
                .build();
    }

    @Override
    public synchronized List<ResourceStatus> status(List<String> names) throws ControlException {
        for (var name : names) {
            find(name);
        }
        // Only what is looked at by name, so that two watchers don't push each other's.
        resources.replaceAll((name, status) -> names.contains(name) ? advance(status) : status);
        return resources.values().stream()
                .filter(r -> names.isEmpty() || names.contains(r.getName()))
                .toList();
    }

    private static ResourceStatus advance(ResourceStatus status) {
        var next = status.toBuilder();
        for (var replica : next.getReplicasBuilderList()) {
            if (replica.getState() == ReplicaState.REPLICA_STATE_SYNCING
                    && replica.getLastError().equals("test")) {
                var progress = advance(replica.getResync());
                replica.setResync(progress);
                if (progress.getDoneBytes() >= progress.getTotalBytes()) {
                    replica.setState(ReplicaState.REPLICA_STATE_IN_SYNC)
                            .clearResync()
                            .clearLastError();
                    next.addInSync(replica.getNode());
                }
            }
        }
        if (next.getVerify().getRunning()) {
            var progress = advance(next.getVerify().getProgress());
            next.getVerifyBuilder().setProgress(progress);
            if (progress.getDoneBytes() >= progress.getTotalBytes()) {
                next.getVerifyBuilder()
                        .setRunning(false)
                        .setResult("done")
                        .setEndedMs(Samples.NOW.toEpochMilli());
            }
        }
        return next.build();
    }

    private static Progress advance(Progress progress) {
        return progress.toBuilder()
                .setDoneBytes(
                        Math.min(
                                progress.getTotalBytes(),
                                progress.getDoneBytes() + progress.getTotalBytes() / 3 + 1))
                .build();
    }

    @Override
    public ChangeSignal changes() {
        return changes;
    }

    @Override
    public EventLog events() {
        return events;
    }

    @Override
    public CreateResponse create(CreateRequest request) throws ControlException {
        find(request.getName());
        if (!request.getForce()) {
            throw new ControlException(
                    Reason.REFUSED,
                    "/dev/vg0/"
                            + request.getName()
                            + " holds an ext4 file system; create with --force overwrites it");
        }
        ask("create " + request.getName());
        return CreateResponse.newBuilder()
                .setProvider("/dev/vg0/" + request.getName())
                .setSizeBytes(request.getMediaBytes() == 0 ? 10 * GIB : request.getMediaBytes())
                .setExtentBytes(request.getExtentBytes() == 0 ? 2 << 20 : request.getExtentBytes())
                .setActivityLogExtents(256)
                .build();
    }

    @Override
    public synchronized SetRoleResponse setRole(SetRoleRequest request) throws ControlException {
        var response = SetRoleResponse.newBuilder();
        for (var status : status(request.getNamesList())) {
            var result =
                    response.addResultsBuilder()
                            .setName(status.getName())
                            .setPrevious(status.getRole());
            if (request.getRole() == Role.ROLE_PRIMARY && !request.getForce()) {
                result.setError("hast-b is primary; move it with hastctl handover");
                continue;
            }
            ask("role " + request.getRole() + " " + status.getName());
            put(status.toBuilder().setRole(request.getRole()).build());
        }
        return response.build();
    }

    @Override
    public HandOverResponse handOver(HandOverRequest request) throws ControlException {
        find(request.getName());
        if (request.getTo().equals("hast-c")) {
            throw new ControlException(
                    Reason.REFUSED, "the replica on hast-c is not in sync; wait for its resync");
        }
        return HandOverResponse.newBuilder()
                .setHandOver(
                        Failover.newBuilder()
                                .setFrom("hast-a")
                                .setTo(request.getTo().isEmpty() ? "hast-b" : request.getTo())
                                .setTotalUs(87_500)
                                .addSteps(
                                        Failover.Step.newBuilder()
                                                .setName("drain")
                                                .setDurationUs(12_000))
                                .addSteps(
                                        Failover.Step.newBuilder()
                                                .setName("arbiter")
                                                .setDurationUs(60_500))
                                .addSteps(
                                        Failover.Step.newBuilder()
                                                .setName("attach")
                                                .setDurationUs(15_000)))
                .build();
    }

    @Override
    public StartVerifyResponse startVerify(StartVerifyRequest request) throws ControlException {
        var status = find(request.getName()).toBuilder();
        status.getVerifyBuilder()
                .setRunning(true)
                .clearResult()
                .setRepair(request.getRepair())
                .setDifferingBytes(request.getName().equals("hast0") ? 4 << 20 : 0)
                .setProgress(progress());
        put(status.build());
        return StartVerifyResponse.newBuilder().setTotalBytes(10 * GIB).build();
    }

    @Override
    public void stopVerify(String name) {
        ask("stop verify " + name);
    }

    @Override
    public ResyncResponse resync(ResyncRequest request) throws ControlException {
        var status = find(request.getName()).toBuilder();
        var response = ResyncResponse.newBuilder();
        for (var replica : status.getReplicasBuilderList()) {
            if (replica.getNode().equals("hast-c")) {
                replica.setState(ReplicaState.REPLICA_STATE_SYNCING)
                        .setResync(progress())
                        .setLastError("test");
                response.addNodes("hast-c").setTotalBytes(10 * GIB);
            }
        }
        put(status.build());
        return response.build();
    }

    private static Progress progress() {
        return Progress.newBuilder()
                .setTotalBytes(10 * GIB)
                .setBytesPerSecond(112L << 20)
                .setRemainingMs(91_000)
                .build();
    }

    @Override
    public void pause(String name) throws ControlException {
        find(name);
        ask("pause " + name);
    }

    @Override
    public void resume(String name) throws ControlException {
        find(name);
        ask("resume " + name);
    }

    @Override
    public AddReplicaResponse addReplica(AddReplicaRequest request) {
        ask(
                "add "
                        + request.getName()
                        + " "
                        + request.getNode()
                        + " "
                        + request.getProvider()
                        + " "
                        + request.getAddress());
        return AddReplicaResponse.newBuilder()
                .addWarnings("the documents do not name hast-d yet")
                .build();
    }

    @Override
    public RemoveReplicaResponse removeReplica(RemoveReplicaRequest request) {
        ask("remove " + request.getName() + " " + request.getNode());
        return RemoveReplicaResponse.getDefaultInstance();
    }

    @Override
    public GrowResponse grow(GrowRequest request) {
        return GrowResponse.newBuilder()
                .setFromBytes(10 * GIB)
                .setToBytes(request.getSizeBytes() == 0 ? 32 * GIB : request.getSizeBytes())
                .build();
    }

    @Override
    public ResolveSplitBrainResponse resolveSplitBrain(ResolveSplitBrainRequest request) {
        ask("resolve " + request.getName() + " victim " + request.getVictim());
        return ResolveSplitBrainResponse.newBuilder().setLostBytes(6 << 20).build();
    }

    @Override
    public DumpResponse dump(String name) throws ControlException {
        find(name);
        return Samples.dump(name);
    }

    @Override
    public ReloadResponse reload() {
        if (asked().contains("pause hast0")) {
            return ReloadResponse.newBuilder()
                    .addErrors(
                            "/etc/hast/db.yaml:5:3: spec.sise: unknown field; did you mean size?")
                    .build();
        }
        return ReloadResponse.newBuilder()
                .addChanges(
                        change(
                                "HastResource database",
                                "replication.mode",
                                "fullsync",
                                "async",
                                "live"))
                .addChanges(change("HastResource scratch", "added", "-", "-", "live"))
                .addChanges(change("HastNode hast-a", "io", "auto", "portable", "restart"))
                .build();
    }

    private static DocumentChange change(
            String document, String what, String before, String after, String effect) {
        return DocumentChange.newBuilder()
                .setDocument(document)
                .setWhat(what)
                .setBefore(before)
                .setAfter(after)
                .setEffect(effect)
                .build();
    }

    @Override
    public SetDocumentsResponse setDocuments(SetDocumentsRequest request) {
        return SetDocumentsResponse.getDefaultInstance();
    }

    @Override
    public StopResponse stop(StopRequest request) {
        ask(request.getRestart() ? "restart" : "stop");
        return StopResponse.newBuilder()
                .addMoved(StopResponse.Moved.newBuilder().setName("database").setTo("hast-b"))
                .addLeft("alone")
                .build();
    }
}
