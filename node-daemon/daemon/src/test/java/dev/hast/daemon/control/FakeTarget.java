package dev.hast.daemon.control;

import dev.hast.control.v1.AddReplicaRequest;
import dev.hast.control.v1.AddReplicaResponse;
import dev.hast.control.v1.CreateRequest;
import dev.hast.control.v1.CreateResponse;
import dev.hast.control.v1.DescribeResponse;
import dev.hast.control.v1.DumpResponse;
import dev.hast.control.v1.GrowRequest;
import dev.hast.control.v1.GrowResponse;
import dev.hast.control.v1.HandOverRequest;
import dev.hast.control.v1.HandOverResponse;
import dev.hast.control.v1.ReloadResponse;
import dev.hast.control.v1.RemoveReplicaRequest;
import dev.hast.control.v1.RemoveReplicaResponse;
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
import dev.hast.control.v1.VirtualIpOrderRequest;
import dev.hast.control.v1.VirtualIpStatus;
import dev.hast.daemon.control.ControlException.Reason;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// A daemon of resources that are only names, roles and statistics.
final class FakeTarget implements ControlTarget {

    private final Map<String, ResourceStatus> resources = new LinkedHashMap<>();
    private final ChangeSignal changes = new ChangeSignal();
    private final EventLog events = new EventLog(16);

    /// A pause stays in the target until this is released.
    final CountDownLatch pauseMayEnd = new CountDownLatch(1);

    synchronized void put(ResourceStatus status) {
        resources.put(status.getName(), status);
        changes.changed();
    }

    synchronized void remove(String name) {
        resources.remove(name);
        changes.changed();
    }

    @Override
    public VirtualIpTarget virtualIps() {
        return new VirtualIpTarget() {
            @Override
            public List<VirtualIpStatus> status(List<String> names) throws ControlException {
                if (names.contains("absent")) {
                    throw new ControlException(Reason.NOT_FOUND, "no VirtualIP absent");
                }
                return List.of(VirtualIpStatus.newBuilder().setName("service").build());
            }

            @Override
            public String order(String name, VirtualIpOrderRequest.Order order) {
                return name + " " + order;
            }
        };
    }

    @Override
    public DescribeResponse describe() {
        return DescribeResponse.newBuilder().setNode("hast-a").build();
    }

    @Override
    public synchronized List<ResourceStatus> status(List<String> names) throws ControlException {
        for (var name : names) {
            if (!resources.containsKey(name)) {
                throw new ControlException(
                        Reason.NOT_FOUND, "no resource " + name + " on node hast-a");
            }
        }
        return resources.values().stream()
                .filter(r -> names.isEmpty() || names.contains(r.getName()))
                .toList();
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
        throw new ControlException(
                Reason.REFUSED, "/dev/da1 holds an ext4 file system; use --force to overwrite it");
    }

    @Override
    public synchronized SetRoleResponse setRole(SetRoleRequest request) {
        var response = SetRoleResponse.newBuilder();
        resources.replaceAll((name, status) -> {
            response.addResultsBuilder().setName(name).setPrevious(status.getRole());
            return status.toBuilder().setRole(request.getRole()).build();
        });
        changes.changed();
        return response.build();
    }

    @Override
    public HandOverResponse handOver(HandOverRequest request) throws ControlException {
        throw new ControlException(Reason.TIMED_OUT, "not done in time");
    }

    @Override
    public StartVerifyResponse startVerify(StartVerifyRequest request) throws ControlException {
        throw new ControlException(Reason.BUSY, "a verify runs already");
    }

    @Override
    public void stopVerify(String name) {
        throw new IllegalStateException("a secret of the inside");
    }

    @Override
    public ResyncResponse resync(ResyncRequest request) throws ControlException {
        throw new ControlException(Reason.UNAVAILABLE, "no peer answers");
    }

    @Override
    public void pause(String name) throws InterruptedException {
        pauseMayEnd.await();
    }

    @Override
    public void resume(String name) {}

    @Override
    public AddReplicaResponse addReplica(AddReplicaRequest request) {
        return AddReplicaResponse.getDefaultInstance();
    }

    @Override
    public RemoveReplicaResponse removeReplica(RemoveReplicaRequest request) {
        return RemoveReplicaResponse.getDefaultInstance();
    }

    @Override
    public GrowResponse grow(GrowRequest request) {
        return GrowResponse.getDefaultInstance();
    }

    @Override
    public ResolveSplitBrainResponse resolveSplitBrain(ResolveSplitBrainRequest request) {
        return ResolveSplitBrainResponse.getDefaultInstance();
    }

    @Override
    public DumpResponse dump(String name) {
        return DumpResponse.newBuilder()
                .setResource(name)
                .setPreviousRole(Role.ROLE_PRIMARY)
                .build();
    }

    @Override
    public ReloadResponse reload() {
        return ReloadResponse.getDefaultInstance();
    }

    @Override
    public SetDocumentsResponse setDocuments(SetDocumentsRequest request) {
        return SetDocumentsResponse.getDefaultInstance();
    }

    @Override
    public StopResponse stop(StopRequest request) {
        return StopResponse.getDefaultInstance();
    }
}
