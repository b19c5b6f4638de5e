package dev.hast.daemon.replication;

import dev.hast.daemon.pki.PkiException;
import dev.hast.daemon.storage.ReceiveRing;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Keeps one link to a peer: dials, and dials again when it breaks. Of two nodes, the one whose
/// name sorts first dials.
public final class LinkDialer {

    private static final int CONNECT_MILLIS_MAX = 3_000;
    private static final long RETRY_MILLIS_FIRST = 100;
    private static final long RETRY_MILLIS_MAX = 1_000;

    private final LinkEndpoint endpoint;
    private final String resource;
    private final String peer;
    private final InetSocketAddress address;
    private final LinkListener listener;
    private @Nullable Channel channel;
    private boolean stopped;
    private long retryMillis = RETRY_MILLIS_FIRST;
    private String lastError = "not connected yet";
    private final RefusalLog refusals;

    public LinkDialer(
            LinkEndpoint endpoint,
            String resource,
            String peer,
            InetSocketAddress address,
            LinkListener listener) {
        this.endpoint = endpoint;
        this.refusals = new RefusalLog(endpoint.metrics());
        this.resource = resource;
        this.peer = peer;
        this.address = address;
        this.listener = listener;
    }

    /// Whether `node` dials `other` or waits to be dialled.
    public static boolean dials(String node, String other) {
        return node.compareTo(other) < 0;
    }

    /// Why there is no link, for the status.
    public String lastError() {
        return lastError;
    }

    public void start() {
        if (stopped) {
            return;
        }
        // A name is resolved again at each try: addresses change.
        final InetSocketAddress fresh =
                new InetSocketAddress(address.getHostString(), address.getPort());
        final var bootstrap =
                new Bootstrap()
                        .group(endpoint.loops())
                        .channel(endpoint.channel())
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
                        .handler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel child) throws PkiException {
                                        prepare(child);
                                    }
                                });
        ReceiveRing.receive(endpoint.loops(), bootstrap);
        final ChannelFuture connecting = bootstrap.connect(fresh);
        channel = connecting.channel();
        connecting.addListener((ChannelFuture done) -> {
            if (done.isSuccess()) {
                done.channel().closeFuture().addListener(closed -> retry());
            } else {
                lastError = String.valueOf(done.cause().getMessage());
                retry();
            }
        });
    }

    private void prepare(Channel child) throws PkiException {
        if (endpoint.tls().isPresent()) {
            child.pipeline().addLast("tls", endpoint.tls().get().client(child, peer));
        }
        new Link(resource, endpoint.node(), child, endpoint.buffers(), new Dialled());
    }

    private void retry() {
        if (!stopped) {
            endpoint.loops().schedule(this::start, retryMillis, TimeUnit.MILLISECONDS);
            retryMillis = Math.min(RETRY_MILLIS_MAX, retryMillis * 2);
        }
    }

    public void stop() {
        stopped = true;
        if (channel != null) {
            channel.close();
        }
    }

    private final class Dialled implements Link.Opening {

        @Override
        public void connected(Link link) {
            link.greet(peer);
        }

        @Override
        public void greeted(Link link, LinkGreeting greeting) {
            if (greeting.from().equals(peer) && greeting.resource().equals(resource)) {
                lastError = "";
                retryMillis = RETRY_MILLIS_FIRST;
                link.open(peer, listener);
            } else {
                link.broken(
                        Refusal.STRANGER,
                        "%s answers as node %s".formatted(address, greeting.from()));
            }
        }

        @Override
        public void failed(Link link, Refusal refusal, String cause) {
            lastError = cause;
            refusals.refused(refusal, address, cause);
        }

        @Override
        public void broken(Link link, Refusal refusal, String cause) {
            lastError = cause;
            refusals.refused(refusal, address, cause);
        }
    }
}
