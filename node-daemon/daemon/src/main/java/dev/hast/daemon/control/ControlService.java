package dev.hast.daemon.control;

import static dev.hast.daemon.control.Answers.answer;

import dev.hast.control.v1.AddReplicaRequest;
import dev.hast.control.v1.AddReplicaResponse;
import dev.hast.control.v1.ControlGrpc;
import dev.hast.control.v1.CreateRequest;
import dev.hast.control.v1.CreateResponse;
import dev.hast.control.v1.DescribeRequest;
import dev.hast.control.v1.DescribeResponse;
import dev.hast.control.v1.DumpRequest;
import dev.hast.control.v1.DumpResponse;
import dev.hast.control.v1.Event;
import dev.hast.control.v1.GrowRequest;
import dev.hast.control.v1.GrowResponse;
import dev.hast.control.v1.HandOverRequest;
import dev.hast.control.v1.HandOverResponse;
import dev.hast.control.v1.PauseRequest;
import dev.hast.control.v1.PauseResponse;
import dev.hast.control.v1.ReloadRequest;
import dev.hast.control.v1.ReloadResponse;
import dev.hast.control.v1.RemoveReplicaRequest;
import dev.hast.control.v1.RemoveReplicaResponse;
import dev.hast.control.v1.ResolveSplitBrainRequest;
import dev.hast.control.v1.ResolveSplitBrainResponse;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.ResumeRequest;
import dev.hast.control.v1.ResumeResponse;
import dev.hast.control.v1.ResyncRequest;
import dev.hast.control.v1.ResyncResponse;
import dev.hast.control.v1.Role;
import dev.hast.control.v1.SetDocumentsRequest;
import dev.hast.control.v1.SetDocumentsResponse;
import dev.hast.control.v1.SetRoleRequest;
import dev.hast.control.v1.SetRoleResponse;
import dev.hast.control.v1.StartVerifyRequest;
import dev.hast.control.v1.StartVerifyResponse;
import dev.hast.control.v1.StatusRequest;
import dev.hast.control.v1.StatusResponse;
import dev.hast.control.v1.StatusUpdate;
import dev.hast.control.v1.StopRequest;
import dev.hast.control.v1.StopResponse;
import dev.hast.control.v1.StopVerifyRequest;
import dev.hast.control.v1.StopVerifyResponse;
import dev.hast.control.v1.WatchEventsRequest;
import dev.hast.control.v1.WatchStatusRequest;
import dev.hast.daemon.control.ControlException.Reason;
import io.grpc.stub.StreamObserver;
import java.util.List;

/// The gRPC service: checks each request, asks the target, answers. Runs on virtual threads.
final class ControlService extends ControlGrpc.ControlImplBase {

    private final ControlTarget target;
    private final Rates rates = new Rates();

    ControlService(ControlTarget target) {
        this.target = target;
    }

    @Override
    public void describe(DescribeRequest request, StreamObserver<DescribeResponse> caller) {
        answer("Describe", caller, target::describe);
    }

    @Override
    public void getStatus(StatusRequest request, StreamObserver<StatusResponse> caller) {
        answer(
                "GetStatus",
                caller,
                () -> {
                    Requests.resources(request.getNamesList());
                    return StatusResponse.newBuilder()
                            .setNode(target.describe().getNode())
                            .addAllResources(rated(target.status(request.getNamesList())))
                            .build();
                });
    }

    private List<ResourceStatus> rated(List<ResourceStatus> resources) {
        long now = System.nanoTime();
        return resources.stream().map(r -> rates.rated(r, now)).toList();
    }

    @Override
    public void watchStatus(WatchStatusRequest request, StreamObserver<StatusUpdate> caller) {
        new Watch<>("WatchStatus", caller).run(new StatusWatch(target, rates, request));
    }

    @Override
    public void watchEvents(WatchEventsRequest request, StreamObserver<Event> caller) {
        new Watch<>("WatchEvents", caller).run(new EventWatch(target, request));
    }

    @Override
    public void create(CreateRequest request, StreamObserver<CreateResponse> caller) {
        answer(
                "Create",
                caller,
                () -> {
                    Requests.resource(request.getName());
                    return target.create(request);
                });
    }

    @Override
    public void setRole(SetRoleRequest request, StreamObserver<SetRoleResponse> caller) {
        answer(
                "SetRole",
                caller,
                () -> {
                    Requests.resources(request.getNamesList());
                    if (request.getRole() == Role.ROLE_UNSPECIFIED
                            || request.getRole() == Role.UNRECOGNIZED) {
                        throw new ControlException(
                                Reason.INVALID,
                                "no role is given; give init, primary or secondary");
                    }
                    return target.setRole(request);
                });
    }

    @Override
    public void handOver(HandOverRequest request, StreamObserver<HandOverResponse> caller) {
        answer(
                "HandOver",
                caller,
                () -> {
                    Requests.resource(request.getName());
                    if (!request.getTo().isEmpty()) {
                        Requests.node(request.getTo());
                    }
                    return target.handOver(request);
                });
    }

    @Override
    public void startVerify(
            StartVerifyRequest request, StreamObserver<StartVerifyResponse> caller) {
        answer(
                "StartVerify",
                caller,
                () -> {
                    Requests.resource(request.getName());
                    return target.startVerify(request);
                });
    }

    @Override
    public void stopVerify(StopVerifyRequest request, StreamObserver<StopVerifyResponse> caller) {
        answer(
                "StopVerify",
                caller,
                () -> {
                    target.stopVerify(Requests.resource(request.getName()));
                    return StopVerifyResponse.getDefaultInstance();
                });
    }

    @Override
    public void resync(ResyncRequest request, StreamObserver<ResyncResponse> caller) {
        answer(
                "Resync",
                caller,
                () -> {
                    Requests.resource(request.getName());
                    if (!request.getNode().isEmpty()) {
                        Requests.node(request.getNode());
                    }
                    return target.resync(request);
                });
    }

    @Override
    public void pause(PauseRequest request, StreamObserver<PauseResponse> caller) {
        answer(
                "Pause",
                caller,
                () -> {
                    target.pause(Requests.resource(request.getName()));
                    return PauseResponse.getDefaultInstance();
                });
    }

    @Override
    public void resume(ResumeRequest request, StreamObserver<ResumeResponse> caller) {
        answer(
                "Resume",
                caller,
                () -> {
                    target.resume(Requests.resource(request.getName()));
                    return ResumeResponse.getDefaultInstance();
                });
    }

    @Override
    public void addReplica(AddReplicaRequest request, StreamObserver<AddReplicaResponse> caller) {
        answer(
                "AddReplica",
                caller,
                () -> {
                    Requests.resource(request.getName());
                    Requests.node(request.getNode());
                    Requests.absolutePath(request.getProvider());
                    Requests.address(request.getAddress());
                    return target.addReplica(request);
                });
    }

    @Override
    public void removeReplica(
            RemoveReplicaRequest request, StreamObserver<RemoveReplicaResponse> caller) {
        answer(
                "RemoveReplica",
                caller,
                () -> {
                    Requests.resource(request.getName());
                    Requests.node(request.getNode());
                    return target.removeReplica(request);
                });
    }

    @Override
    public void grow(GrowRequest request, StreamObserver<GrowResponse> caller) {
        answer(
                "Grow",
                caller,
                () -> {
                    Requests.resource(request.getName());
                    return target.grow(request);
                });
    }

    @Override
    public void resolveSplitBrain(
            ResolveSplitBrainRequest request, StreamObserver<ResolveSplitBrainResponse> caller) {
        answer(
                "ResolveSplitBrain",
                caller,
                () -> {
                    Requests.resource(request.getName());
                    Requests.node(request.getVictim());
                    return target.resolveSplitBrain(request);
                });
    }

    @Override
    public void dump(DumpRequest request, StreamObserver<DumpResponse> caller) {
        answer("Dump", caller, () -> target.dump(Requests.resource(request.getName())));
    }

    @Override
    public void reload(ReloadRequest request, StreamObserver<ReloadResponse> caller) {
        answer("Reload", caller, target::reload);
    }

    @Override
    public void setDocuments(
            SetDocumentsRequest request, StreamObserver<SetDocumentsResponse> caller) {
        answer("SetDocuments", caller, () -> target.setDocuments(request));
    }

    @Override
    public void stop(StopRequest request, StreamObserver<StopResponse> caller) {
        answer("Stop", caller, () -> target.stop(request));
    }
}
