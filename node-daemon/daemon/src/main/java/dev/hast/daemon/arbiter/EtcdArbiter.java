package dev.hast.daemon.arbiter;

import com.google.protobuf.ByteString;
import dev.hast.core.configuration.Configuration;
import dev.hast.daemon.arbiter.etcd.v3.Compare;
import dev.hast.daemon.arbiter.etcd.v3.KeyValue;
import dev.hast.daemon.arbiter.etcd.v3.PutRequest;
import dev.hast.daemon.arbiter.etcd.v3.RangeRequest;
import dev.hast.daemon.arbiter.etcd.v3.RangeResponse;
import dev.hast.daemon.arbiter.etcd.v3.RequestOp;
import dev.hast.daemon.arbiter.etcd.v3.TxnRequest;
import dev.hast.daemon.arbiter.etcd.v3.TxnResponse;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The register in etcd: one key a resource, read linearizably, changed by a transaction that
/// compares the key's `mod_revision`.
///
/// All work is done on one event loop of its own.
///
/// ## How lost changes are settled
///
/// A transaction whose answer was lost may be carried out at any later time: by a member that was
/// frozen and wakes, or by one that forwards it late. A read that shows the old revision therefore
/// says nothing about it. It is dead as soon as the key has left the revision that it compares. So
/// after [ArbiterOutcome.Unknown] the next [#read] that finds the key still there writes the very
/// same record once more (or, where there is none yet, carries the creation through), which moves
/// the key on and takes the lost transaction its ground.
public final class EtcdArbiter implements Arbiter {

    private static final ArbiterOutcome.Unavailable CLOSED =
            new ArbiterOutcome.Unavailable(
                    "the arbiter's client is closed, because hastd is stopping");

    private final EtcdSettings settings;
    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final EtcdCluster cluster;

    /// Changes whose outcome nobody knows, by resource name.
    private final Map<String, Unsettled> unsettled = new HashMap<>();

    /// @param from the revision that the lost transaction compares
    /// @param proposed what it would write
    private record Unsettled(long from, ByteString proposed) {}

    /// Connects when first asked.
    public EtcdArbiter(EtcdSettings settings) {
        this.settings = settings;
        this.group =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("arbiter-etcd", true),
                        NioIoHandler.newFactory());
        this.loop = group.next();
        this.cluster = new EtcdCluster(settings, loop);
    }

    @Override
    public ArbiterKind kind() {
        return ArbiterKind.ETCD;
    }

    @Override
    public void read(
            String resourceName,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfRead> answer) {
        Arbiter.requireName(resourceName);
        final Consumer<ArbiterOutcome.OfRead> reply =
                outcome -> Delivery.to(executor, () -> answer.accept(outcome));
        onLoop(
                () -> reply.accept(CLOSED),
                () ->
                        cluster.range(
                                key(resourceName),
                                ending -> {
                                    switch (ending) {
                                        case EtcdCluster.Ending.Answered<RangeResponse>(
                                                        RangeResponse response,
                                                        boolean ignored) ->
                                                settleAndReply(
                                                        resourceName, response.getKvsList(), reply);
                                        case EtcdCluster.Ending.Failed<RangeResponse>(
                                                        String cause,
                                                        boolean ignored) ->
                                                reply.accept(new ArbiterOutcome.Unavailable(cause));
                                        case EtcdCluster.Ending.Rejected<RangeResponse>(
                                                        String cause,
                                                        boolean ignored) ->
                                                reply.accept(new ArbiterOutcome.Refused(cause));
                                    }
                                }));
    }

    @Override
    public void compareAndSet(
            String resourceName,
            Revision expected,
            Configuration proposed,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfSwap> answer) {
        Arbiter.requireName(resourceName);
        final ByteString bytes = ByteString.copyFrom(ConfigurationCodec.encode(proposed));
        final Consumer<ArbiterOutcome.OfSwap> reply =
                outcome -> Delivery.to(executor, () -> answer.accept(outcome));
        final TxnRequest request = transaction(key(resourceName), expected.value(), bytes);
        onLoop(
                () -> reply.accept(CLOSED),
                () ->
                        cluster.txn(
                                key(resourceName),
                                request,
                                ending -> {
                                    switch (ending) {
                                        case EtcdCluster.Ending.Answered<TxnResponse>(
                                                        TxnResponse response,
                                                        boolean lost) ->
                                                reply.accept(
                                                        swapped(
                                                                resourceName,
                                                                response,
                                                                bytes,
                                                                lost));
                                        case EtcdCluster.Ending.Failed<TxnResponse>(
                                                        String cause,
                                                        boolean lost) ->
                                                reply.accept(
                                                        lost
                                                                ? unknown(
                                                                        resourceName,
                                                                        expected,
                                                                        bytes,
                                                                        cause)
                                                                : new ArbiterOutcome.Unavailable(
                                                                        cause));
                                        case EtcdCluster.Ending.Rejected<TxnResponse>(
                                                        String cause,
                                                        boolean lost) ->
                                                reply.accept(
                                                        lost
                                                                ? unknown(
                                                                        resourceName,
                                                                        expected,
                                                                        bytes,
                                                                        cause)
                                                                : new ArbiterOutcome.Refused(
                                                                        cause));
                                    }
                                }));
    }

    @Override
    public Watch watch(String resourceName, Executor executor, Runnable hint) {
        Arbiter.requireName(resourceName);
        final EtcdWatch watch =
                new EtcdWatch(cluster, loop, key(resourceName), () -> Delivery.to(executor, hint));
        onLoop(() -> {}, watch::open);
        return () -> onLoop(() -> {}, watch::close);
    }

    @Override
    public void close() {
        onLoop(() -> {}, cluster::close);
        group.shutdownGracefully(50, 2_000, TimeUnit.MILLISECONDS);
    }

    private ArbiterOutcome.OfSwap swapped(
            String resourceName, TxnResponse response, ByteString proposed, boolean lost) {
        if (response.getSucceeded()) {
            unsettled.remove(resourceName);
            return new ArbiterOutcome.Swapped(new Revision(response.getHeader().getRevision()));
        }
        final List<KeyValue> current = response.getResponses(0).getResponseRange().getKvsList();
        final Unsettled before = unsettled.get(resourceName);
        final boolean ours = lost || (before != null && before.proposed().equals(proposed));
        noteSeen(resourceName, modRevision(current));
        if (ours && !current.isEmpty() && current.getFirst().getValue().equals(proposed)) {
            return new ArbiterOutcome.Swapped(new Revision(modRevision(current)));
        }
        return switch (decode(resourceName, current)) {
            case ArbiterOutcome.Read read -> new ArbiterOutcome.Conflict(read, lost);
            case ArbiterOutcome.Unavailable unavailable -> unavailable;
            case ArbiterOutcome.Refused refused -> refused;
        };
    }

    private ArbiterOutcome.Unknown unknown(
            String resourceName, Revision expected, ByteString proposed, String cause) {
        unsettled.put(resourceName, new Unsettled(expected.value(), proposed));
        return new ArbiterOutcome.Unknown(cause);
    }

    private void settleAndReply(
            String resourceName, List<KeyValue> current, Consumer<ArbiterOutcome.OfRead> reply) {
        noteSeen(resourceName, modRevision(current));
        final Unsettled open = unsettled.get(resourceName);
        if (open == null) {
            reply.accept(decode(resourceName, current));
            return;
        }
        final ByteString bytes =
                current.isEmpty() ? open.proposed() : current.getFirst().getValue();
        cluster.txn(
                key(resourceName),
                transaction(key(resourceName), open.from(), bytes),
                ending -> {
                    switch (ending) {
                        case EtcdCluster.Ending.Answered<TxnResponse>(
                                        TxnResponse response,
                                        boolean ignored) -> {
                            unsettled.remove(resourceName, open);
                            reply.accept(decode(resourceName, after(response, bytes)));
                        }
                        case EtcdCluster.Ending.Failed<TxnResponse>(
                                        String cause,
                                        boolean ignored) ->
                                reply.accept(new ArbiterOutcome.Unavailable(cause));
                        case EtcdCluster.Ending.Rejected<TxnResponse>(
                                        String cause,
                                        boolean ignored) ->
                                reply.accept(new ArbiterOutcome.Refused(cause));
                    }
                });
    }

    /// The key's state after a transaction that would have written `bytes`.
    private static List<KeyValue> after(TxnResponse response, ByteString bytes) {
        return response.getSucceeded()
                ? List.of(
                        KeyValue.newBuilder()
                                .setModRevision(response.getHeader().getRevision())
                                .setValue(bytes)
                                .build())
                : response.getResponses(0).getResponseRange().getKvsList();
    }

    /// A key that has left the revision never comes back to it: mod_revision only grows, also over
    /// a deletion.
    private void noteSeen(String resourceName, long modRevision) {
        final Unsettled open = unsettled.get(resourceName);
        if (open != null && open.from() != modRevision) {
            unsettled.remove(resourceName);
        }
    }

    private ArbiterOutcome.OfRead decode(String resourceName, List<KeyValue> current) {
        if (current.isEmpty()) {
            return new ArbiterOutcome.Read(Optional.empty(), Revision.ABSENT);
        }
        final KeyValue found = current.getFirst();
        try {
            return new ArbiterOutcome.Read(
                    Optional.of(ConfigurationCodec.decode(found.getValue().toByteArray())),
                    new Revision(found.getModRevision()));
        } catch (UnreadableRecordException e) {
            return new ArbiterOutcome.Refused(
                    "cannot use the record of resource '%s' in etcd (key %s, revision %d): %s"
                            .formatted(
                                    resourceName,
                                    settings.key(resourceName),
                                    found.getModRevision(),
                                    e.getMessage()));
        }
    }

    private ByteString key(String resourceName) {
        return ByteString.copyFromUtf8(settings.key(resourceName));
    }

    private static long modRevision(List<KeyValue> current) {
        return current.isEmpty() ? 0 : current.getFirst().getModRevision();
    }

    /// If the key is at `expected`, put `value`; else tell what is there.
    private static TxnRequest transaction(ByteString key, long expected, ByteString value) {
        return TxnRequest.newBuilder()
                .addCompare(
                        Compare.newBuilder()
                                .setResult(Compare.Result.EQUAL)
                                .setTarget(Compare.Target.MOD)
                                .setKey(key)
                                .setModRevision(expected))
                .addSuccess(
                        RequestOp.newBuilder()
                                .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(value)))
                .addFailure(
                        RequestOp.newBuilder()
                                .setRequestRange(RangeRequest.newBuilder().setKey(key)))
                .build();
    }

    private void onLoop(Runnable otherwise, Runnable task) {
        try {
            loop.execute(() -> {
                if (cluster.closed()) {
                    otherwise.run();
                } else {
                    task.run();
                }
            });
        } catch (RejectedExecutionException e) {
            otherwise.run();
        }
    }
}
