package dev.hast.daemon.pki;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/// The newest reading of a node's TLS files, for all that listens and dials. New connections use
/// it; when it is replaced, the open ones that would not be let in any more are told by a
/// [Distrusted] on their pipeline.
///
/// Thread-safe.
public final class LiveTls {

    /// A user event: the other end's certificate is no longer believed, the connection must end.
    ///
    /// @param cause what is wrong with it, and what to do
    public record Distrusted(String cause) {}

    private record Loaded(
            NodeTls tls, SslContext server, SslContext control, Map<String, SslContext> clients) {
        static Loaded of(NodeTls tls) throws PkiException {
            return new Loaded(tls, tls.server(), tls.controlServer(), new ConcurrentHashMap<>());
        }
    }

    private final Set<Channel> open = ConcurrentHashMap.newKeySet();
    private final SslContext control = new ControlContext();
    private volatile Loaded loaded;

    public LiveTls(NodeTls first) throws PkiException {
        loaded = Loaded.of(first);
    }

    /// The reading in force.
    public NodeTls now() {
        return loaded.tls;
    }

    /// What a connection that a peer opens begins with.
    public SslHandler server(Channel channel) {
        final Loaded now = loaded;
        return watched(channel, now, now.server.newHandler(channel.alloc()));
    }

    /// What a connection to a peer begins with, which must prove to be that node.
    public SslHandler client(Channel channel, String peer) throws PkiException {
        final Loaded now = loaded;
        SslContext context = now.clients.get(peer);
        if (context == null) {
            context = now.tls.client(peer);
            now.clients.put(peer, context);
        }
        return watched(channel, now, context.newHandler(channel.alloc()));
    }

    /// What was replaced within the handshake must not let anybody in.
    private SslHandler watched(Channel channel, Loaded began, SslHandler handler) {
        watch(channel);
        handler.handshakeFuture()
                .addListener(done -> {
                    if (loaded != began) {
                        judge(channel);
                    }
                });
        return handler;
    }

    /// For gRPC, which keeps the context that it is given: this one stands for the newest.
    public SslContext controlServer() {
        return control;
    }

    /// Has a connection told when its certificate is no longer believed.
    public void watch(Channel channel) {
        open.add(channel);
        channel.closeFuture().addListener(closed -> open.remove(channel));
    }

    /// Takes another reading over.
    public void replace(NodeTls next) throws PkiException {
        loaded = Loaded.of(next);
        open.forEach(channel -> channel.eventLoop().execute(() -> judge(channel)));
    }

    /// Looks at one connection, on its loop.
    public void judge(Channel channel) {
        final SslHandler handler = channel.pipeline().get(SslHandler.class);
        if (handler != null && handler.handshakeFuture().isSuccess()) {
            final Optional<String> cause = loaded.tls.distrust(handler.engine().getSession());
            cause.ifPresent(
                    text -> channel.pipeline().fireUserEventTriggered(new Distrusted(text)));
        }
    }

    private final class ControlContext extends SslContext {

        @Override
        public boolean isClient() {
            return false;
        }

        @Override
        public List<String> cipherSuites() {
            return loaded.control.cipherSuites();
        }

        @Override
        @SuppressWarnings("deprecation") // Netty still asks for it.
        public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
            return loaded.control.applicationProtocolNegotiator();
        }

        @Override
        public SSLEngine newEngine(ByteBufAllocator allocator) {
            return loaded.control.newEngine(allocator);
        }

        @Override
        public SSLEngine newEngine(ByteBufAllocator allocator, String host, int port) {
            return loaded.control.newEngine(allocator, host, port);
        }

        @Override
        public SSLSessionContext sessionContext() {
            return loaded.control.sessionContext();
        }
    }
}
