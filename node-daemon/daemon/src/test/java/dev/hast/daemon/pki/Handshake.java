package dev.hast.daemon.pki;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLSession;

/// A TLS handshake over a real socket on the loopback interface, after which the server says one
/// byte.
final class Handshake implements AutoCloseable {

    private static final long DEADLINE_SECONDS = 30;

    /// What one side came to: the session, or why it refused.
    sealed interface Side {}

    record Agreed(SSLSession session) implements Side {}

    record Failed(Throwable cause) implements Side {
        /// The messages of the cause and of its causes.
        String reasons() {
            var out = new StringBuilder();
            for (var c = cause; c != null; c = c.getCause()) {
                out.append(c.getMessage()).append('\n');
            }
            return out.toString();
        }
    }

    private final MultiThreadIoEventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final CompletableFuture<SSLSession> server = new CompletableFuture<>();
    private final CompletableFuture<SSLSession> client = new CompletableFuture<>();
    private final CompletableFuture<Byte> firstByte = new CompletableFuture<>();

    private Handshake(SslContext serverContext, SslContext clientContext)
            throws InterruptedException {
        var listening =
                new ServerBootstrap()
                        .group(loop)
                        .channel(NioServerSocketChannel.class)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        var tls = serverContext.newHandler(channel.alloc());
                                        tell(tls, server);
                                        tls.handshakeFuture()
                                                .addListener(done -> {
                                                    if (done.isSuccess()) {
                                                        channel.writeAndFlush(
                                                                Unpooled.wrappedBuffer(
                                                                        new byte[] {42}));
                                                    }
                                                });
                                        channel.pipeline().addLast(tls, new Quiet());
                                    }
                                })
                        .bind(InetAddress.getLoopbackAddress(), 0)
                        .sync()
                        .channel();
        int port = ((InetSocketAddress) listening.localAddress()).getPort();
        new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .handler(
                        new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel channel) {
                                var tls =
                                        clientContext.newHandler(
                                                channel.alloc(), "localhost", port);
                                tell(tls, client);
                                channel.pipeline().addLast(tls, new FirstByte());
                            }
                        })
                .connect(InetAddress.getLoopbackAddress(), port)
                .sync();
    }

    static Handshake between(SslContext server, SslContext client) throws InterruptedException {
        return new Handshake(server, client);
    }

    private static void tell(SslHandler tls, CompletableFuture<SSLSession> side) {
        tls.handshakeFuture()
                .addListener(done -> {
                    if (done.isSuccess()) {
                        side.complete(tls.engine().getSession());
                    } else {
                        side.completeExceptionally(done.cause());
                    }
                });
    }

    Side server() throws InterruptedException, TimeoutException {
        return outcome(server);
    }

    Side client() throws InterruptedException, TimeoutException {
        return outcome(client);
    }

    /// Whether the client got the server's byte: only then has the server agreed too.
    boolean clientWasServed() throws InterruptedException, TimeoutException {
        try {
            return firstByte.get(DEADLINE_SECONDS, TimeUnit.SECONDS) == 42;
        } catch (ExecutionException _) {
            return false;
        }
    }

    private static Side outcome(CompletableFuture<SSLSession> side)
            throws InterruptedException, TimeoutException {
        try {
            return new Agreed(side.get(DEADLINE_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return new Failed(e.getCause() == null ? e : e.getCause());
        }
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /// The handshake's future has told it already.
    private static final class Quiet extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    private final class FirstByte extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
            firstByte.complete(bytes.readByte());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            firstByte.completeExceptionally(cause);
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            firstByte.completeExceptionally(new java.io.EOFException("closed"));
        }
    }
}
