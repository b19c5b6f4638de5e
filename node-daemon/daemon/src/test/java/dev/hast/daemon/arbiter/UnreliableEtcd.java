package dev.hast.daemon.arbiter;

import com.google.protobuf.ByteString;
import dev.hast.daemon.arbiter.etcd.v3.KVGrpc;
import dev.hast.daemon.arbiter.etcd.v3.KeyValue;
import dev.hast.daemon.arbiter.etcd.v3.PutRequest;
import dev.hast.daemon.arbiter.etcd.v3.PutResponse;
import dev.hast.daemon.arbiter.etcd.v3.RangeRequest;
import dev.hast.daemon.arbiter.etcd.v3.RangeResponse;
import dev.hast.daemon.arbiter.etcd.v3.ResponseHeader;
import dev.hast.daemon.arbiter.etcd.v3.ResponseOp;
import dev.hast.daemon.arbiter.etcd.v3.TxnRequest;
import dev.hast.daemon.arbiter.etcd.v3.TxnResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Stands in for an etcd whose answers get lost exactly when a test wants it: a real gRPC server
/// with as much of a store as the arbiter uses. That the store is like etcd's is what the tests on
/// real servers show.
final class UnreliableEtcd extends KVGrpc.KVImplBase implements AutoCloseable {

    /// What becomes of a transaction.
    enum Fate {
        ANSWERED,
        /// Carried out, but the answer is lost.
        LOST_AFTER,
        /// Kept, to be carried out by [#carryOutLate]; the caller sees a broken connection.
        LATE,
        /// Carried out, and answered with what etcd says when its space is used up.
        OUT_OF_SPACE,
        /// Not carried out, and answered so.
        OVERLOADED
    }

    private final Server server;
    private final Map<ByteString, KeyValue> store = new HashMap<>();
    private final Deque<Fate> fates = new ArrayDeque<>();
    private final List<TxnRequest> late = new ArrayList<>();
    private Fate usual = Fate.ANSWERED;
    private Runnable afterNextTxn = () -> {};
    private long revision = 1;

    UnreliableEtcd() throws IOException {
        server =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .addService(this)
                        .build()
                        .start();
    }

    EtcdSettings settings() {
        return EtcdSettings.of(List.of(URI.create("http://127.0.0.1:" + server.getPort())));
    }

    /// The fates of the next transactions; after them, the usual one.
    synchronized void next(Fate... some) {
        fates.addAll(List.of(some));
    }

    synchronized void usually(Fate fate) {
        usual = fate;
    }

    /// Runs once, after the next transaction was carried out and before it is answered.
    synchronized void afterNextTxn(Runnable action) {
        afterNextTxn = action;
    }

    synchronized long revision() {
        return revision;
    }

    /// As if an older copy of the store had been put in its place.
    synchronized void goBackTo(long older) {
        revision = older;
    }

    /// Another client's unconditional write.
    synchronized void put(String key, byte[] value) {
        revision++;
        put(
                PutRequest.newBuilder()
                        .setKey(ByteString.copyFromUtf8(key))
                        .setValue(ByteString.copyFrom(value))
                        .build());
    }

    /// Wakes the frozen member: it works off what it had received.
    synchronized int carryOutLate() {
        final int count = late.size();
        late.forEach(this::carryOut);
        late.clear();
        return count;
    }

    @Override
    public synchronized void range(RangeRequest request, StreamObserver<RangeResponse> answer) {
        answer.onNext(range(request));
        answer.onCompleted();
    }

    @Override
    public synchronized void txn(TxnRequest request, StreamObserver<TxnResponse> answer) {
        final Fate fate = fates.isEmpty() ? usual : fates.removeFirst();
        switch (fate) {
            case ANSWERED -> {
                answer.onNext(carryOut(request));
                answer.onCompleted();
            }
            case LOST_AFTER -> {
                carryOut(request);
                answer.onError(
                        Status.UNAVAILABLE.withDescription("transport is closing").asException());
            }
            case LATE -> {
                late.add(request);
                answer.onError(
                        Status.UNAVAILABLE.withDescription("transport is closing").asException());
            }
            case OUT_OF_SPACE -> {
                carryOut(request);
                answer.onError(
                        Status.RESOURCE_EXHAUSTED
                                .withDescription("etcdserver: mvcc: database space exceeded")
                                .asException());
            }
            case OVERLOADED ->
                    answer.onError(
                            Status.RESOURCE_EXHAUSTED
                                    .withDescription("etcdserver: too many requests")
                                    .asException());
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private TxnResponse carryOut(TxnRequest request) {
        final boolean holds =
                request.getCompareList().stream()
                        .allMatch(c -> modRevision(c.getKey()) == c.getModRevision());
        final TxnResponse.Builder response = TxnResponse.newBuilder().setSucceeded(holds);
        if (holds) {
            revision++;
        }
        for (var operation : holds ? request.getSuccessList() : request.getFailureList()) {
            if (operation.hasRequestPut()) {
                put(operation.getRequestPut());
                response.addResponses(
                        ResponseOp.newBuilder().setResponsePut(PutResponse.getDefaultInstance()));
            } else {
                response.addResponses(
                        ResponseOp.newBuilder()
                                .setResponseRange(range(operation.getRequestRange())));
            }
        }
        response.setHeader(header());
        final Runnable action = afterNextTxn;
        afterNextTxn = () -> {};
        action.run();
        return response.build();
    }

    private void put(PutRequest put) {
        store.put(
                put.getKey(),
                KeyValue.newBuilder()
                        .setKey(put.getKey())
                        .setValue(put.getValue())
                        .setModRevision(revision)
                        .build());
    }

    private RangeResponse range(RangeRequest request) {
        final var response = RangeResponse.newBuilder().setHeader(header());
        final KeyValue found = store.get(request.getKey());
        return found == null ? response.build() : response.addKvs(found).setCount(1).build();
    }

    private long modRevision(ByteString key) {
        final KeyValue found = store.get(key);
        return found == null ? 0 : found.getModRevision();
    }

    private ResponseHeader header() {
        return ResponseHeader.newBuilder()
                .setClusterId(7)
                .setMemberId(8)
                .setRevision(revision)
                .build();
    }
}
