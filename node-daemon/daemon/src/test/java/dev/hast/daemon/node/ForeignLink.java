package dev.hast.daemon.node;

import dev.hast.core.replication.Message;
import dev.hast.daemon.pki.LiveTls;
import dev.hast.daemon.pki.NodeTls;
import dev.hast.daemon.pki.PkiException;
import dev.hast.daemon.replication.Link;
import dev.hast.daemon.replication.LinkBuffers;
import dev.hast.daemon.replication.LinkDialer;
import dev.hast.daemon.replication.LinkEndpoint;
import dev.hast.daemon.replication.LinkListener;
import dev.hast.daemon.storage.BlockBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Somebody that speaks the protocol, calls itself a node, and dials `a` for its resource.
final class ForeignLink implements AutoCloseable {

    private static final LinkListener DEAF =
            new LinkListener() {
                @Override
                public void linkUp(Link link) {}

                @Override
                public void linkDown(Link link, String cause) {}

                @Override
                public void message(Link link, Message message) {}

                @Override
                public void note(Link link, String topic, byte[] note) {}

                @Override
                public void write(
                        Link link, LinkListener.WriteFrame frame, @Nullable ByteBuf data) {}

                @Override
                public void confirm(Link link, long epoch, long sequence, boolean written) {}

                @Override
                public void readReply(
                        Link link, long id, int result, @Nullable ByteBuf data, int length) {}
            };

    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final LinkDialer dialer;

    /// @param name what it says that it is
    /// @param tls what it proves
    ForeignLink(String name, NodeTls tls, int port) throws PkiException {
        final var endpoint =
                new LinkEndpoint(
                        name,
                        loops,
                        EpollServerSocketChannel.class,
                        EpollSocketChannel.class,
                        new LinkBuffers(new BlockBuffers(16L << 20)),
                        refusal -> {},
                        Optional.of(new LiveTls(tls)));
        dialer =
                new LinkDialer(
                        endpoint,
                        Nodes.RESOURCE,
                        "a",
                        new InetSocketAddress("127.0.0.1", port),
                        DEAF);
        loops.execute(dialer::start);
    }

    String lastError() throws Exception {
        return loops.submit((Callable<String>) dialer::lastError).get(5, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        loops.execute(dialer::stop);
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
