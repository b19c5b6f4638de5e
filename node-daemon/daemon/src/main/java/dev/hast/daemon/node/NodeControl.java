package dev.hast.daemon.node;

import dev.hast.control.v1.AddReplicaRequest;
import dev.hast.control.v1.AddReplicaResponse;
import dev.hast.control.v1.ArbiterStatus;
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
import dev.hast.control.v1.ResourceState;
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
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.daemon.arbiter.ArbiterKind;
import dev.hast.daemon.arbiter.ObservedArbiter;
import dev.hast.daemon.control.ChangeSignal;
import dev.hast.daemon.control.ControlException;
import dev.hast.daemon.control.ControlException.Reason;
import dev.hast.daemon.control.ControlTarget;
import dev.hast.daemon.control.EventLog;
import dev.hast.daemon.control.VirtualIpTarget;
import dev.hast.daemon.document.DocumentChanges;
import dev.hast.daemon.document.DocumentSet;
import dev.hast.daemon.document.LoadOutcome;
import dev.hast.daemon.pki.PkiException;
import dev.hast.daemon.resource.Resource;
import dev.hast.daemon.resource.ResourceException;
import dev.hast.daemon.resource.ResourceView;
import dev.hast.daemon.resource.StatusView;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The control API's orders, carried out on this node's resources.
final class NodeControl implements ControlTarget {

    private static final Duration ORDER_MAX = Duration.ofSeconds(30);
    private static final Duration CREATE_MAX = Duration.ofHours(24);
    private static final Duration RESTART_HOLD = Duration.ofSeconds(10);

    private record Since(ResourceState state, long millis) {}

    private final NodeDaemon daemon;
    private final ResourceMoves moves;
    private final StatusView view;
    private final long startedMillis = System.currentTimeMillis();
    private final Map<String, Since> since = new ConcurrentHashMap<>();

    NodeControl(NodeDaemon daemon) {
        this.daemon = daemon;
        this.moves = new ResourceMoves(daemon);
        this.view = new StatusView(daemon.document().name(), daemon.attachmentKind());
    }

    @Override
    public DescribeResponse describe() {
        final DescribeResponse.Builder out =
                DescribeResponse.newBuilder()
                        .setNode(daemon.document().name())
                        .setVersion(Version.TEXT)
                        .setStartedMs(startedMillis)
                        .setArbiter(arbiter())
                        .setIo(daemon.io())
                        .addAllWarnings(daemon.warnings());
        daemon.document().listen().forEach(endpoint -> out.addListen(endpoint.text()));
        daemon.tls().ifPresent(tls -> out.setCertificateEndsMs(tls.notAfter().toEpochMilli()));
        return out.build();
    }

    private ArbiterStatus arbiter() {
        final ArbiterStatus.Builder out =
                ArbiterStatus.newBuilder()
                        .setType(daemon.arbiterKind().name().toLowerCase(Locale.ROOT));
        if (daemon.arbiterKind() != ArbiterKind.NONE) {
            final ObservedArbiter.Health health = daemon.askArbiter();
            out.setReachable(health.reachable()).setLastError(health.lastError());
            if (health.reachable()) {
                out.setLastContactMs(System.currentTimeMillis());
            }
        }
        return out.build();
    }

    @Override
    public List<ResourceStatus> status(List<String> names) throws ControlException {
        final List<ResourceStatus> found = new ArrayList<>();
        for (Resource resource : select(names)) {
            try {
                found.add(status(resource));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ControlException(Reason.TIMED_OUT, "interrupted", e);
            }
        }
        return found;
    }

    private ResourceStatus status(Resource resource) throws ControlException, InterruptedException {
        final ResourceView seen = await(resource.view(), ORDER_MAX);
        final ResourceStatus now = view.of(seen, 0);
        final Since known =
                since.merge(
                        resource.name(),
                        new Since(now.getState(), System.currentTimeMillis()),
                        (before, after) -> before.state() == after.state() ? before : after);
        final ResourceStatus.Builder out = now.toBuilder().setStateSinceMs(known.millis());
        daemon.verifies()
                .of(
                        resource.name(),
                        now.hasVerify() ? Optional.of(now.getVerify()) : Optional.empty())
                .ifPresent(out::setVerify);
        return out.build();
    }

    private List<Resource> select(List<String> names) throws ControlException {
        if (names.isEmpty()) {
            return List.copyOf(daemon.resources().values());
        }
        final List<Resource> found = new ArrayList<>();
        for (String name : names) {
            found.add(resource(name));
        }
        return found;
    }

    private Resource resource(String name) throws ControlException {
        final Resource resource = daemon.resources().get(name);
        if (resource == null) {
            throw new ControlException(
                    Reason.NOT_FOUND,
                    "node %s has no resource %s; `hastctl status` lists those it has, `hastctl reload` reads new documents"
                            .formatted(daemon.document().name(), name));
        }
        return resource;
    }

    static <T> T await(CompletableFuture<T> future, Duration limit)
            throws ControlException, InterruptedException {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new ControlException(
                    Reason.TIMED_OUT,
                    "not finished in time; it may still be carried out, look at the status",
                    e);
        } catch (ExecutionException e) {
            final Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof ResourceException || cause instanceof java.io.IOException) {
                throw new ControlException(
                        Reason.REFUSED, String.valueOf(cause.getMessage()), cause);
            }
            throw new IllegalStateException(cause);
        }
    }

    @Override
    public VirtualIpTarget virtualIps() {
        return daemon.addresses();
    }

    @Override
    public ChangeSignal changes() {
        return daemon.changes();
    }

    @Override
    public EventLog events() {
        return daemon.events();
    }

    @Override
    public CreateResponse create(CreateRequest request)
            throws ControlException, InterruptedException {
        final Resource resource = resource(request.getName());
        final Resource.Created created =
                await(
                        resource.create(
                                (int) request.getExtentBytes(),
                                request.getMediaBytes(),
                                request.getForce()),
                        CREATE_MAX);
        daemon.changes().changed();
        return CreateResponse.newBuilder()
                .setProvider(created.provider().toString())
                .setSizeBytes(
                        resource.document()
                                .size()
                                .map(size -> size.bytes())
                                .orElse(created.capacity()))
                .setExtentBytes(created.extentBytes())
                .setActivityLogExtents(resource.document().activityLogExtents())
                .build();
    }

    @Override
    public SetRoleResponse setRole(SetRoleRequest request)
            throws ControlException, InterruptedException {
        final SetRoleResponse.Builder out = SetRoleResponse.newBuilder();
        for (Resource resource : select(request.getNamesList())) {
            final SetRoleResponse.Result.Builder result =
                    SetRoleResponse.Result.newBuilder().setName(resource.name());
            try {
                result.setPrevious(status(resource).getRole());
                await(moves.setRole(resource, request), ORDER_MAX);
            } catch (ControlException e) {
                result.setError(String.valueOf(e.getMessage()));
            }
            out.addResults(result);
        }
        return out.build();
    }

    @Override
    public HandOverResponse handOver(HandOverRequest request)
            throws ControlException, InterruptedException {
        return moves.handOver(resource(request.getName()), request);
    }

    @Override
    public StartVerifyResponse startVerify(StartVerifyRequest request)
            throws ControlException, InterruptedException {
        final Resource resource = resource(request.getName());
        final long size = await(resource.ask(replica -> replica.volumeSize()), ORDER_MAX);
        final VerifyLog verifies = daemon.verifies();
        final var before = verifies.begun(request.getName(), request.getRepair());
        final CompletableFuture<String> done =
                resource.order(
                        (replica, answer, now) -> replica.verify(request.getRepair(), answer, now));
        // Behind the order on the same loop: by then it was refused, or it runs.
        await(resource.ask(replica -> replica.volumeSize()), ORDER_MAX);
        if (done.isCompletedExceptionally()) {
            verifies.refused(request.getName(), before);
            await(done, ORDER_MAX);
        }
        done.whenComplete((said, failed) ->
                verifies.ended(request.getName(), failed == null ? "done" : cause(failed)));
        return StartVerifyResponse.newBuilder().setTotalBytes(size).build();
    }

    private static String cause(Throwable failed) {
        final Throwable cause = failed.getCause() == null ? failed : failed.getCause();
        return String.valueOf(cause.getMessage());
    }

    @Override
    public void stopVerify(String name) throws ControlException, InterruptedException {
        tell(resource(name), replica -> replica.stopVerify(System.nanoTime()));
    }

    private static void tell(
            Resource resource, java.util.function.Consumer<dev.hast.core.replication.Replica> order)
            throws ControlException, InterruptedException {
        await(
                resource.ask(replica -> {
                    order.accept(replica);
                    return true;
                }),
                ORDER_MAX);
    }

    @Override
    public ResyncResponse resync(ResyncRequest request)
            throws ControlException, InterruptedException {
        final Resource resource = resource(request.getName());
        tell(resource, replica -> replica.resyncNow(request.getNode(), System.nanoTime()));
        final ReplicaStatus status =
                await(resource.ask(replica -> replica.status(System.nanoTime())), ORDER_MAX);
        final ResyncResponse.Builder out = ResyncResponse.newBuilder();
        status.peers().stream()
                .filter(ReplicaStatus.Peer::syncing)
                .forEach(peer ->
                        out.addNodes(peer.node())
                                .setTotalBytes(out.getTotalBytes() + peer.dirtyBytes()));
        return out.build();
    }

    @Override
    public void pause(String name) throws ControlException, InterruptedException {
        tell(resource(name), replica -> replica.pauseResync(true, System.nanoTime()));
    }

    @Override
    public void resume(String name) throws ControlException, InterruptedException {
        tell(resource(name), replica -> replica.pauseResync(false, System.nanoTime()));
    }

    @Override
    public AddReplicaResponse addReplica(AddReplicaRequest request)
            throws ControlException, InterruptedException {
        final Resource resource = resource(request.getName());
        if (resource.document().replicaOn(request.getNode()).isEmpty()) {
            throw new ControlException(
                    Reason.REFUSED,
                    "the document of %s has no replica on %s; add it to spec.replicas on every node, `hastctl reload`, and it joins by itself"
                            .formatted(resource.name(), request.getNode()));
        }
        await(
                resource.order((replica, answer, now) ->
                        replica.addReplica(request.getNode(), answer, now)),
                ORDER_MAX);
        return AddReplicaResponse.getDefaultInstance();
    }

    @Override
    public RemoveReplicaResponse removeReplica(RemoveReplicaRequest request)
            throws ControlException, InterruptedException {
        await(
                resource(request.getName())
                        .order((replica, answer, now) ->
                                replica.removeReplica(request.getNode(), answer, now)),
                ORDER_MAX);
        return RemoveReplicaResponse.newBuilder()
                .addWarnings(
                        "take %s out of spec.replicas too, or the next reload adds it again"
                                .formatted(request.getNode()))
                .build();
    }

    @Override
    public GrowResponse grow(GrowRequest request) throws ControlException, InterruptedException {
        final Resource resource = resource(request.getName());
        final long before = await(resource.ask(replica -> replica.volumeSize()), ORDER_MAX);
        final long size =
                request.getSizeBytes() == 0
                        ? await(resource.ask(replica -> replica.capacity()), ORDER_MAX)
                        : request.getSizeBytes();
        await(resource.grow(size), ORDER_MAX);
        return GrowResponse.newBuilder().setFromBytes(before).setToBytes(size).build();
    }

    @Override
    public ResolveSplitBrainResponse resolveSplitBrain(ResolveSplitBrainRequest request)
            throws ControlException, InterruptedException {
        final Resource resource = resource(request.getName());
        if (!request.getVictim().equals(daemon.document().name())) {
            throw new ControlException(
                    Reason.REFUSED,
                    "the order goes to the victim: run `hastctl split-brain resolve %s --victim %s` on %s"
                            .formatted(resource.name(), request.getVictim(), request.getVictim()));
        }
        final long own =
                status(resource).getSplitBrain().getBranchesList().stream()
                        .filter(branch -> branch.getNode().equals(request.getVictim()))
                        .mapToLong(branch -> branch.getOwnBytes())
                        .sum();
        await(
                resource.order((replica, answer, now) -> replica.discardData(answer, now)),
                ORDER_MAX);
        return ResolveSplitBrainResponse.newBuilder().setLostBytes(own).build();
    }

    @Override
    public DumpResponse dump(String name) throws ControlException, InterruptedException {
        final Resource resource = resource(name);
        final ResourceView seen = await(resource.view(), ORDER_MAX);
        final DumpResponse.Builder out =
                DumpResponse.newBuilder()
                        .setResource(name)
                        .setNode(daemon.document().name())
                        .setProvider(
                                resource.document()
                                        .replicaOn(daemon.document().name())
                                        .map(r -> r.place().text())
                                        .orElse(""))
                        .setExtentBytes(resource.document().extentSize().bytes())
                        .setActivityLogExtents(resource.document().activityLogExtents())
                        .setDataOffset(seen.dataOffset())
                        .setFormatVersion(dev.hast.core.metadata.SuperblockCodec.VERSION);
        seen.replica().ifPresent(replica -> DumpView.add(out, replica));
        seen.configuration().ifPresent(configuration -> DumpView.add(out, configuration));
        return out.build();
    }

    @Override
    public ReloadResponse reload() {
        return switch (daemon.read()) {
            case LoadOutcome.Refused refused ->
                    ReloadResponse.newBuilder()
                            .addAllErrors(refused.errors().stream().map(e -> e.text()).toList())
                            .build();
            case LoadOutcome.Loaded(DocumentSet next) -> {
                final DocumentChanges changes = daemon.compare(next);
                if (changes.isForbidden()) {
                    yield ReloadResponse.newBuilder().addAllErrors(changes.forbidden()).build();
                }
                try {
                    daemon.apply(next, changes);
                } catch (PkiException e) {
                    yield ReloadResponse.newBuilder().addErrors(e.getMessage()).build();
                }
                yield ReloadResponse.newBuilder().addAllChanges(ChangesView.of(changes)).build();
            }
        };
    }

    @Override
    public SetDocumentsResponse setDocuments(SetDocumentsRequest request) {
        final Map<String, String> texts = new LinkedHashMap<>();
        request.getDocumentsList()
                .forEach(document -> texts.put(document.getName(), document.getText()));
        return switch (daemon.read(texts)) {
            case LoadOutcome.Refused refused ->
                    SetDocumentsResponse.newBuilder()
                            .addAllErrors(refused.errors().stream().map(e -> e.text()).toList())
                            .build();
            case LoadOutcome.Loaded(DocumentSet next) -> {
                final DocumentChanges changes = daemon.compare(next);
                if (changes.isForbidden()) {
                    yield SetDocumentsResponse.newBuilder()
                            .addAllErrors(changes.forbidden())
                            .build();
                }
                try {
                    daemon.apply(next, changes);
                    daemon.keep(texts);
                } catch (PkiException e) {
                    yield SetDocumentsResponse.newBuilder().addErrors(e.getMessage()).build();
                } catch (IOException e) {
                    yield SetDocumentsResponse.newBuilder()
                            .addErrors(
                                    "applied, but not kept for a restart: %s; make room in the state directory, and send them again"
                                            .formatted(e.getMessage()))
                            .build();
                }
                yield SetDocumentsResponse.newBuilder()
                        .addAllChanges(ChangesView.of(changes))
                        .build();
            }
        };
    }

    @Override
    public StopResponse stop(StopRequest request) {
        // The answer has to leave before the control API goes.
        Thread.ofPlatform()
                .name("hast-stop")
                .start(() -> daemon.stop(request.getRestart(), RESTART_HOLD));
        return StopResponse.getDefaultInstance();
    }
}
