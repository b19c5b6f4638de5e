package dev.hast.daemon.arbiter;

import com.google.protobuf.ByteString;
import dev.hast.daemon.arbiter.etcd.v3.WatchCreateRequest;
import dev.hast.daemon.arbiter.etcd.v3.WatchGrpc;
import dev.hast.daemon.arbiter.etcd.v3.WatchRequest;
import dev.hast.daemon.arbiter.etcd.v3.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A stream of hints that one key has changed; opened again, at another member, when it breaks.
/// Owned by the arbiter's event loop.
///
/// Every opening is a hint too, because changes may have been missed before it.
final class EtcdWatch {

    private static final long REOPEN_MILLIS = 1_000;

    private final EtcdCluster cluster;
    private final EventLoop loop;
    private final ByteString key;
    private final Runnable hint;
    private @Nullable ClientCallStreamObserver<WatchRequest> stream;
    private boolean closed;

    EtcdWatch(EtcdCluster cluster, EventLoop loop, ByteString key, Runnable hint) {
        this.cluster = cluster;
        this.loop = loop;
        this.key = key;
        this.hint = hint;
    }

    void open() {
        if (closed || cluster.closed()) {
            return;
        }
        final EtcdMember member = cluster.preferred();
        cluster.tokens()
                .obtain(
                        member,
                        answer -> {
                            switch (answer) {
                                case EtcdAnswer.Answered<Optional<String>>(
                                                Optional<String> token) ->
                                        open(member, token);
                                case EtcdAnswer.NotSent<Optional<String>> ignored -> reopenLater();
                                case EtcdAnswer.Lost<Optional<String>> ignored -> reopenLater();
                                case EtcdAnswer.Rejected<Optional<String>> ignored -> reopenLater();
                                case EtcdAnswer.TokenStale<Optional<String>> ignored ->
                                        reopenLater();
                            }
                        });
    }

    void close() {
        closed = true;
        if (stream != null) {
            stream.cancel("no longer wanted", null);
            stream = null;
        }
    }

    private void open(EtcdMember member, Optional<String> token) {
        if (closed) {
            return;
        }
        final Channel channel;
        try {
            channel = member.channel(token);
        } catch (IOException e) {
            reopenLater();
            return;
        }
        final var observer = new Hints(member);
        ClientCalls.asyncBidiStreamingCall(
                        channel.newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT), observer)
                .onNext(
                        WatchRequest.newBuilder()
                                .setCreateRequest(WatchCreateRequest.newBuilder().setKey(key))
                                .build());
    }

    private void reopenLater() {
        if (!closed && !cluster.closed()) {
            loop.schedule(() -> open(), REOPEN_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private final class Hints implements ClientResponseObserver<WatchRequest, WatchResponse> {
        private final EtcdMember member;
        private boolean ended;

        Hints(EtcdMember member) {
            this.member = member;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<WatchRequest> requests) {
            stream = requests;
        }

        @Override
        public void onNext(WatchResponse response) {
            if (response.getCanceled()) {
                end();
            } else if (!closed && (response.getCreated() || response.getEventsCount() > 0)) {
                hint.run();
            }
        }

        @Override
        public void onError(Throwable failure) {
            end();
        }

        @Override
        public void onCompleted() {
            end();
        }

        private void end() {
            if (ended || closed) {
                return;
            }
            ended = true;
            final var ending = stream;
            stream = null;
            if (ending != null) {
                ending.cancel("the stream ended", null);
            }
            cluster.avoid(member);
            reopenLater();
        }
    }
}
