package dev.hast.daemon.replication;

import dev.hast.daemon.pki.NodeTls;
import dev.hast.daemon.storage.ReceiveRing;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/// Where peers connect to: one address for all resources of a node.
///
/// A connection must prove by its certificate to be the node that it claims to be, name a resource
/// of ours within some seconds, and be one of that resource's nodes; or it is closed, counted and,
/// the first time, logged.
public final class LinkServer implements AutoCloseable {

    /// Connections that have not named themselves yet; the oldest makes room for one more.
    private static final int UNNAMED_MAX = 256;

    /// Who takes links of a resource from a node.
    @FunctionalInterface
    public interface Resources {
        /// Called on the loop. Empty with an unknown resource or node.
        Optional<LinkListener> find(String resource, String fromNode);
    }

    private final Channel channel;

    // On the loop.
    private final Set<Link> unnamed = new LinkedHashSet<>();
    private final RefusalLog refusals;

    /// Binds; throws when the address cannot be had.
    public LinkServer(LinkEndpoint endpoint, InetSocketAddress address, Resources resources)
            throws InterruptedException, IOException {
        this.refusals = new RefusalLog(endpoint.metrics());
        final var bootstrap =
                new ServerBootstrap()
                        .group(endpoint.loops())
                        .channel(endpoint.serverChannel())
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .option(ChannelOption.SO_BACKLOG, 128)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                        .childHandler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel child) {
                                        accept(child, endpoint, resources);
                                    }
                                });
        ReceiveRing.receive(endpoint.loops(), bootstrap);
        final ChannelFuture bound = bootstrap.bind(address).await();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "replication cannot listen on %s: %s; correct spec.listen"
                            .formatted(address, bound.cause().getMessage()),
                    bound.cause());
        }
        channel = bound.channel();
    }

    /// The address it listens on; the port that the system chose if 0 was asked for.
    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    private void accept(Channel child, LinkEndpoint endpoint, Resources resources) {
        makeRoom();
        endpoint.tls().ifPresent(tls -> child.pipeline().addLast("tls", tls.server(child)));
        unnamed.add(
                new Link(
                        "",
                        endpoint.node(),
                        child,
                        endpoint.buffers(),
                        new Accepted(endpoint.node(), resources)));
    }

    /// Connections that never name themselves must not keep peers out: the oldest makes room.
    private void makeRoom() {
        if (unnamed.size() >= UNNAMED_MAX) {
            final Link oldest = unnamed.iterator().next();
            unnamed.remove(oldest);
            oldest.broken(
                    Refusal.TOO_MANY,
                    "%d connections have not named themselves".formatted(UNNAMED_MAX));
        }
    }

    private final class Accepted implements Link.Opening {
        private final String node;
        private final Resources resources;
        private @Nullable SocketAddress from;

        Accepted(String node, Resources resources) {
            this.node = node;
            this.resources = resources;
        }

        @Override
        public void connected(Link link) {
            // The dialling side speaks first.
            from = link.channel().remoteAddress();
        }

        @Override
        public void greeted(Link link, LinkGreeting greeting) {
            unnamed.remove(link);
            final String stranger = stranger(link, greeting);
            final Optional<LinkListener> listener =
                    stranger == null
                            ? resources.find(greeting.resource(), greeting.from())
                            : Optional.empty();
            if (stranger != null) {
                link.refuse(Refusal.STRANGER, stranger);
            } else if (listener.isEmpty()) {
                link.refuse(
                        Refusal.UNKNOWN_RESOURCE,
                        "node %s has no resource %s with a replica on %s; check the documents of both nodes"
                                .formatted(node, greeting.resource(), greeting.from()));
            } else {
                link.answer(greeting);
                link.open(greeting.from(), listener.get());
            }
        }

        private @Nullable String stranger(Link link, LinkGreeting greeting) {
            if (!greeting.to().equals(node)) {
                return "this is node %s, not %s; correct the address in the document"
                        .formatted(node, greeting.to());
            }
            final SslHandler tls = link.channel().pipeline().get(SslHandler.class);
            if (tls == null) {
                return null;
            }
            try {
                final String proved = NodeTls.peerNode(tls.engine().getSession());
                return proved.equals(greeting.from())
                        ? null
                        : "the certificate is of node %s, the greeting of %s"
                                .formatted(proved, greeting.from());
            } catch (SSLPeerUnverifiedException e) {
                return "no certificate was shown";
            }
        }

        @Override
        public void failed(Link link, Refusal refusal, String cause) {
            unnamed.remove(link);
            refusals.refused(refusal, from, cause);
        }

        @Override
        public void broken(Link link, Refusal refusal, String cause) {
            refusals.refused(refusal, from, cause);
        }
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
    }
}
