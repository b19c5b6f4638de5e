package dev.hast.daemon.arbiter;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ClientStreamTracer;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// One etcd member, and our connection to it. Owned by the arbiter's event loop.
///
/// gRPC waits longer and longer before it connects again to a peer that was away, up to minutes. So
/// a channel that failed, or on which a request was not answered in time, is replaced: the next
/// request then tries the member afresh.
final class EtcdMember {

    private static final Metadata.Key<String> TOKEN =
            Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

    /// etcd closes connections that ping more often than every 5 s.
    private static final long KEEP_ALIVE_SECONDS = 10;

    private static final long KEEP_ALIVE_TIMEOUT_SECONDS = 3;

    private final URI address;
    private final EtcdSettings settings;
    private final EventLoop loop;
    private final List<ManagedChannel> replaced = new ArrayList<>();
    private @Nullable ManagedChannel channel;
    private boolean verified;

    EtcdMember(URI address, EtcdSettings settings, EventLoop loop) {
        this.address = address;
        this.settings = settings;
        this.loop = loop;
    }

    String name() {
        return address.getHost() + ":" + address.getPort();
    }

    /// Whether this connection has shown that it leads to the cluster that we know.
    boolean verified() {
        return verified;
    }

    void verify() {
        verified = true;
    }

    /// Sends one request; the answer comes on the loop.
    <Q, R> void call(
            MethodDescriptor<Q, R> method,
            Q request,
            Optional<String> token,
            long timeoutNanos,
            Consumer<EtcdAnswer<R>> answer) {
        final Channel target;
        try {
            target = channel(token);
        } catch (IOException e) {
            loop.execute(() ->
                    answer.accept(
                            new EtcdAnswer.NotSent<>(
                                    "etcd at %s: cannot prepare TLS: %s".formatted(name(), e))));
            return;
        }
        final AtomicBoolean sent = new AtomicBoolean();
        final CallOptions options =
                CallOptions.DEFAULT
                        .withDeadlineAfter(timeoutNanos, TimeUnit.NANOSECONDS)
                        .withStreamTracerFactory(new SentTracer(sent));
        ClientCalls.asyncUnaryCall(
                target.newCall(method, options),
                request,
                new StreamObserver<R>() {
                    private @Nullable R response;

                    @Override
                    public void onNext(R value) {
                        response = value;
                    }

                    @Override
                    public void onError(Throwable failure) {
                        final Status status = Status.fromThrowable(failure);
                        if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
                            replaceChannel();
                        }
                        answer.accept(EtcdAnswer.ofFailure(status, sent.get(), name()));
                    }

                    @Override
                    public void onCompleted() {
                        answer.accept(
                                response == null
                                        ? new EtcdAnswer.Lost<>(
                                                "etcd at " + name() + ": an answer without content")
                                        : new EtcdAnswer.Answered<>(response));
                    }
                });
    }

    /// The connection, for a stream of hints.
    Channel channel(Optional<String> token) throws IOException {
        if (channel != null && channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            replaceChannel();
        }
        if (channel == null) {
            channel = connect();
        }
        if (token.isEmpty()) {
            return channel;
        }
        final Metadata headers = new Metadata();
        headers.put(TOKEN, token.get());
        return ClientInterceptors.intercept(
                channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    void close() {
        replaceChannel();
        replaced.forEach(ManagedChannel::shutdownNow);
        replaced.clear();
    }

    /// Requests on the old channel keep their own deadlines.
    private void replaceChannel() {
        verified = false;
        replaced.removeIf(ManagedChannel::isTerminated);
        if (channel != null) {
            replaced.add(channel.shutdown());
            channel = null;
        }
    }

    private ManagedChannel connect() throws IOException {
        final NettyChannelBuilder builder =
                NettyChannelBuilder.forAddress(address.getHost(), address.getPort())
                        .eventLoopGroup(loop)
                        .channelType(NioSocketChannel.class)
                        .executor(loop)
                        .disableRetry()
                        .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                        .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                        // The arbiter is never behind the proxy that the environment may name.
                        .proxyDetector(any -> null);
        if ("http".equals(address.getScheme())) {
            return builder.usePlaintext().build();
        }
        final SslContextBuilder context = GrpcSslContexts.forClient();
        try {
            if (settings.tls().isPresent()) {
                load(context, settings.tls().get());
            }
            return builder.sslContext(context.build()).build();
        } catch (IllegalArgumentException e) {
            throw new SSLException(e.getMessage() + " in one of " + settings.tls(), e);
        }
    }

    private static void load(SslContextBuilder context, EtcdSettings.Tls tls) throws IOException {
        try (var authorities = Files.newInputStream(tls.authorities())) {
            context.trustManager(authorities);
        }
        if (tls.identity().isPresent()) {
            try (var certificate = Files.newInputStream(tls.identity().get().certificate());
                    var key = Files.newInputStream(tls.identity().get().key())) {
                context.keyManager(certificate, key);
            }
        }
    }

    /// Notes when a request is put on a connection. Called on gRPC's threads.
    private static final class SentTracer extends ClientStreamTracer.Factory {
        private final AtomicBoolean sent;

        SentTracer(AtomicBoolean sent) {
            this.sent = sent;
        }

        @Override
        public ClientStreamTracer newClientStreamTracer(
                ClientStreamTracer.StreamInfo info, Metadata headers) {
            return new ClientStreamTracer() {
                @Override
                public void streamCreated(Attributes transport, Metadata streamHeaders) {
                    sent.set(true);
                }
            };
        }
    }
}
