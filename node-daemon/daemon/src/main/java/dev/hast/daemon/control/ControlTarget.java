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
import dev.hast.control.v1.SetDocumentsRequest;
import dev.hast.control.v1.SetDocumentsResponse;
import dev.hast.control.v1.SetRoleRequest;
import dev.hast.control.v1.SetRoleResponse;
import dev.hast.control.v1.StartVerifyRequest;
import dev.hast.control.v1.StartVerifyResponse;
import dev.hast.control.v1.StopRequest;
import dev.hast.control.v1.StopResponse;
import java.util.List;

/// What the control API can ask of a daemon: what is behind its gRPC server, in plain Java.
///
/// Every method is called on a virtual thread of its own, many at a time, and may block until the
/// work is done; it must not be called on an event loop. Requests arrive checked for what can be
/// checked without state: names are valid names and required fields are there. A method that can't
/// do what is asked throws [ControlException] with a message for the person who asked; anything
/// else that it throws is logged as a fault and shown as one.
public interface ControlTarget {

    /// The daemon as a whole.
    DescribeResponse describe();

    /// Resources with a replica on this node, in the order of the documents.
    ///
    /// @param names which; all when empty
    /// @throws ControlException NOT_FOUND when one of the names is no resource of this node
    List<ResourceStatus> status(List<String> names) throws ControlException;

    /// The service addresses of this node.
    VirtualIpTarget virtualIps();

    /// Told at each transition; watchers of the status wait on it.
    ChangeSignal changes();

    /// Where transitions are noted; watchers of events wait on it.
    EventLog events();

    CreateResponse create(CreateRequest request) throws ControlException, InterruptedException;

    /// One result for each resource: an error with one doesn't keep the others from theirs.
    SetRoleResponse setRole(SetRoleRequest request) throws ControlException, InterruptedException;

    HandOverResponse handOver(HandOverRequest request)
            throws ControlException, InterruptedException;

    StartVerifyResponse startVerify(StartVerifyRequest request)
            throws ControlException, InterruptedException;

    void stopVerify(String name) throws ControlException, InterruptedException;

    ResyncResponse resync(ResyncRequest request) throws ControlException, InterruptedException;

    void pause(String name) throws ControlException, InterruptedException;

    void resume(String name) throws ControlException, InterruptedException;

    AddReplicaResponse addReplica(AddReplicaRequest request)
            throws ControlException, InterruptedException;

    RemoveReplicaResponse removeReplica(RemoveReplicaRequest request)
            throws ControlException, InterruptedException;

    GrowResponse grow(GrowRequest request) throws ControlException, InterruptedException;

    ResolveSplitBrainResponse resolveSplitBrain(ResolveSplitBrainRequest request)
            throws ControlException, InterruptedException;

    DumpResponse dump(String name) throws ControlException, InterruptedException;

    ReloadResponse reload() throws ControlException, InterruptedException;

    SetDocumentsResponse setDocuments(SetDocumentsRequest request)
            throws ControlException, InterruptedException;

    /// Hands over what can be, then answers, then stops the daemon.
    StopResponse stop(StopRequest request) throws ControlException, InterruptedException;
}
